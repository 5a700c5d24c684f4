"""Coordinate systems for the weights of linear heads: the columns of the features, their rows, and these rows' span."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import numpy as np

from headway.heads import parallel
from headway.heads.span import spares
from headway.heads.standardising import unscaled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.heads.standardising import Standardised
    from headway.types import FloatArray

# Up to here an eigendecomposition for every part is cheaper than the products with all columns that it spares.
MAX_ROWS = 1000
_MAX_ROWS_OF_MANY = 3000  # the same with at least so many classes, for which more products are spared
_MANY_CLASSES = 256
_BLOCK_CLASSES = 256  # whose products are computed at a time
_LEAST_EIGENVALUE = 1e-6  # of the largest: what float32 products leave of a direction without variance


class Coordinates(Protocol):
    """What the solver needs to know about the features, for f training parts of the same n rows.

    Inner products of weights are the same in all coordinates, so that the penalty is; so are the logits.
    """

    size: int
    """Number of coordinates, m."""

    def logits(self, coef: FloatArray) -> FloatArray:
        """Logits (k, f, n) of all rows, without intercepts, from weights (k, f, m)."""

    def gradient(self, residual: FloatArray) -> FloatArray:
        """Transpose of `logits`: (k, f, n) to (k, f, m)."""

    def precondition(self, coef: FloatArray, strength: FloatArray) -> FloatArray:
        """About ``(I + strength * XᵀX / n)⁻¹ coef`` for the rows X of each part; strength is (k, f)."""

    def on_columns(self, coef: FloatArray, part: int) -> FloatArray:
        """Weights (k, d) of the features standardised on the part, from weights (k, m)."""


def coordinates(
    data: Standardised,
    parts: NDArray[np.bool_],
    moments: tuple[FloatArray, FloatArray],
    n_classes: int,
    *,
    once: bool = False,
) -> Coordinates:
    """Return the coordinates that make the solver's products small, for parts (f, n) and their moments (f, d).

    Rows where there are fewer of them than columns and at most 1,000, or 3,000 of many classes; their span where there
    are more and raw units are kept, otherwise columns; always columns where a problem is solved only ``once``.
    """
    n, d = data.values.shape
    if once:
        return Columns(data, moments)
    if n < d and n <= (MAX_ROWS if n_classes < _MANY_CLASSES else _MAX_ROWS_OF_MANY):
        return Rows(data, parts, moments)
    return Spanned(data, parts) if data.keeps_units and spares(n, d) else Columns(data, moments)


class Columns:
    """Weights of the standardised features themselves.

    The preconditioner knows the leading principal components of all rows and takes the others to vary as little as the
    last one (Frangella, Tropp, Udell: Randomized Nyström preconditioning, SIAM J. Matrix Anal. Appl. 44, 2023).
    """

    def __init__(self, data: Standardised, moments: tuple[FloatArray, FloatArray]) -> None:
        self.values = data.values
        self.mean, self.scale = moments
        self.size = data.values.shape[1]
        self._components, self._variances = data.spectrum

    def logits(self, coef: FloatArray) -> FloatArray:
        """Logits of all rows."""
        scaled = coef / self.scale
        offset = np.einsum("kfd,fd->kf", scaled, self.mean)
        product = parallel.times_transposed(scaled.reshape(-1, self.size), self.values).reshape(*offset.shape, -1)
        product -= offset[:, :, None]
        return product

    def gradient(self, residual: FloatArray) -> FloatArray:
        """Transpose of `logits`."""
        k, f, n = residual.shape
        gradient = parallel.times(residual.reshape(-1, n), self.values).reshape(k, f, self.size)
        gradient -= residual.sum(axis=2)[:, :, None] * self.mean
        gradient /= self.scale
        return gradient

    def precondition(self, coef: FloatArray, strength: FloatArray) -> FloatArray:
        """Divide by one plus so much of the variance."""
        rest = 1 / (1 + strength[..., None] * self._variances[-1])
        known = 1 / (1 + strength[..., None] * self._variances) - rest
        solved: FloatArray = coef * rest + (coef @ self._components * known) @ self._components.T
        return solved

    def on_columns(self, coef: FloatArray, part: int) -> FloatArray:
        """Weights of the standardised features."""
        return coef


class Spanned(Columns):
    """Weights of features in the coordinates of their span, as if these were the columns."""

    def __init__(self, data: Standardised, parts: NDArray[np.bool_]) -> None:
        self._span = data.span
        inside = unscaled(self._span.values)
        super().__init__(inside, inside.part_moments(parts))

    def on_columns(self, coef: FloatArray, part: int) -> FloatArray:
        """Weights of the features."""
        return self._span.on_columns(coef)


class Rows:
    """Coordinates on the principal axes of each part: there are no more of them than rows, and XᵀX is diagonal.

    They come from the eigenvectors U and eigenvalues Λ of the part's kernel K, the inner products of its standardised
    rows: its rows are ``K U Λ^-1/2``, and so are all others with their own inner products for K. Weights outside of
    the span of the part's rows would only cost penalty, so the optimum is the one over all columns.
    """

    def __init__(self, data: Standardised, parts: NDArray[np.bool_], moments: tuple[FloatArray, FloatArray]) -> None:
        self.values, self.parts = data.values, parts
        self.mean, self.scale = moments
        self.size = int(parts.sum(axis=1).max())
        self._rows = np.zeros((len(parts), len(data.values), self.size), dtype=np.float32)
        self._axes = np.zeros((len(parts), self.size, self.size), dtype=np.float32)
        self._variances = np.zeros((len(parts), self.size), dtype=np.float32)
        parallel.each(self._decompose, range(len(parts)))

    def logits(self, coef: FloatArray) -> FloatArray:
        """Logits of all rows."""
        return self._per_part(lambda own, part: coef[own, part] @ self._rows[part].T, len(coef), len(self.values))

    def gradient(self, residual: FloatArray) -> FloatArray:
        """Transpose of `logits`."""
        return self._per_part(lambda own, part: residual[own, part] @ self._rows[part], len(residual), self.size)

    def precondition(self, coef: FloatArray, strength: FloatArray) -> FloatArray:
        """Divide by one plus so much of the variance."""
        return coef / (1 + strength[..., None] * self._variances)

    def on_columns(self, coef: FloatArray, part: int) -> FloatArray:
        """Weights of the standardised features."""
        rows = self._standardised(part)[self.parts[part]]
        weights: FloatArray = coef @ self._axes[part, : len(rows)].T @ rows
        return weights

    def _standardised(self, part: int) -> FloatArray:
        standardised: FloatArray = (self.values - self.mean[part]) / self.scale[part]
        return standardised

    def _decompose(self, part: int) -> None:
        rows, own = self._standardised(part), self.parts[part]
        # The product of a matrix with itself takes half the time of another; few rows take less still.
        kernel = rows @ rows[own].T if 2 * own.sum() < len(own) else (rows @ rows.T)[:, own]
        values, vectors = np.linalg.eigh(kernel[own].astype(np.float64))
        varying = values > _LEAST_EIGENVALUE * values[-1]
        axes = (vectors[:, varying] / np.sqrt(values[varying])).astype(np.float32)
        n, m = axes.shape
        self._axes[part, :n, :m] = axes
        self._rows[part, :, :m] = kernel @ axes
        self._variances[part, :m] = values[varying] / n

    def _per_part(self, product: Callable[[slice, int], FloatArray], k: int, columns: int) -> FloatArray:
        """Compute for every part, and of many classes for some of them at a time, which other cores can do."""
        result = np.empty((k, len(self.parts), columns), dtype=np.float32)

        def fill(place: tuple[slice, int]) -> None:
            own, part = place
            result[own, part] = product(own, part)

        classes = [slice(start, start + _BLOCK_CLASSES) for start in range(0, k, _BLOCK_CLASSES)]
        parallel.each(fill, [(own, part) for part in range(len(self.parts)) for own in classes])
        return result
