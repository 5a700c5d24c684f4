"""Standardised features, and the moments of several training parts of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from headway.errors import DataError
from headway.heads import parallel
from headway.heads.span import Span, span_of
from headway.heads.spectrum import principal_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import FloatArray

# A column is constant when it varies by less than float32 can tell apart from its mean.
_CONSTANT = 1e-6
# A unit of the backbone that is almost silent in training would be scaled up a hundred times where it fires later.
_SCALE_FLOOR = 0.01
_COMPONENTS = 256
_COMPONENT_ROWS = 2048


@dataclass(frozen=True, eq=False)
class Standardised:
    """A feature matrix with every column at mean 0 and standard deviation 1.

    This is only a change of units that keeps float32 sums exact enough; each training part still has its own
    standardisation on top of it, from `part_moments`.
    """

    values: FloatArray  # (n, d)
    mean: NDArray[np.float64]  # (d,): raw = values * scale + mean
    scale: NDArray[np.float64]  # (d,); 1 for a constant column
    keeps_units: bool = False  # whether parts keep the units of the raw features, and are only centred: `unscaled`
    _alone: Lock = field(default_factory=Lock, init=False, repr=False)  # held where `span` is computed

    def part_moments(self, parts: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
        """Mean and scale (f, d) of the columns over the rows of each part (f, n), in the units of ``values``.

        The scale is the standard deviation, but at least 1 % of the columns' median one (in raw units), so that a
        column that is near-constant in the part does not dominate outside of it. It is 1 where raw units are kept.
        """
        if self.keeps_units:
            share = parts / np.maximum(parts.sum(axis=1, keepdims=True), 1)
            mean = parallel.times(share.astype(np.float32), self.values)
            return mean, np.ones_like(mean)
        member = parts.astype(np.float32)
        shape = (len(parts), self.values.shape[1])
        total, squares = np.zeros(shape), np.zeros(shape)

        def block_sums(rows: slice) -> tuple[FloatArray, FloatArray]:
            values = self.values[rows]
            return member[:, rows] @ values, member[:, rows] @ (values * values)

        for sum_, sum_of_squares in parallel.each(block_sums, parallel.row_blocks(len(self.values))):
            total += sum_
            squares += sum_of_squares
        count = np.maximum(parts.sum(axis=1, keepdims=True), 1)
        mean = total / count
        raw = np.sqrt(np.maximum(squares / count - mean**2, 0)) * self.scale
        scale = np.stack([floored(row) for row in raw]) / self.scale
        return mean.astype(np.float32), scale.astype(np.float32)

    @cached_property
    def spectrum(self) -> tuple[FloatArray, FloatArray]:
        """Leading principal components (d, p) and their variances (p,), approximately, from at most 2,048 rows."""
        rows = np.linspace(0, len(self.values) - 1, min(len(self.values), _COMPONENT_ROWS)).astype(np.int64)
        sample = self.values[rows]
        if self.keeps_units:
            sample -= sample.mean(axis=0)
        return principal_components(sample, _COMPONENTS, np.random.default_rng(0), passes=1)

    @property
    def span(self) -> Span:
        """The same rows in as few coordinates as there are of them, computed once."""
        with self._alone:  # threads that fit folds side by side wait for the first of them
            return self._span

    @cached_property
    def _span(self) -> Span:
        return span_of(self.values)

    def in_raw_units(self, mean: FloatArray, scale: FloatArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Convert the moments of a part to the units of the raw features."""
        return self.mean + mean * self.scale, scale * self.scale


def floored(deviation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return standard deviations (d,) as scales: at least 1 % of their median, so that none is almost zero."""
    floor = _SCALE_FLOOR * np.median(deviation[deviation > 0]) if deviation.any() else 1.0
    return np.maximum(deviation, floor)


def standardise(features: FloatArray, *, copy: bool = True) -> Standardised:
    """Bring every column of finite features (n, d) to mean 0 and standard deviation 1.

    Without ``copy`` the features are written over. An empty matrix, NaN or infinity is a `DataError`.

    Examples
    --------
    >>> standardise(np.array([[1, 5], [3, 5]], "float32")).values.tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    mean = _means(features)
    blocks = parallel.row_blocks(len(features))
    values = np.empty(features.shape, dtype=np.float32) if copy else features

    def centre(rows: slice) -> NDArray[np.float64]:
        np.subtract(features[rows], mean, out=values[rows], casting="same_kind")
        squares: NDArray[np.float64] = np.einsum("nd,nd->d", values[rows], values[rows]).astype(np.float64)
        return squares

    scale = np.sqrt(np.add.reduce(parallel.each(centre, blocks)) / len(features))
    scale[scale <= _CONSTANT * np.abs(mean)] = 1
    unit = scale.astype(np.float32)
    parallel.each(lambda rows: np.divide(values[rows], unit, out=values[rows]), blocks)
    return Standardised(values, mean, scale)


def _means(features: FloatArray) -> NDArray[np.float64]:
    """Means of the columns; values that are not finite are a `DataError`."""
    if features.ndim != 2 or not features.size:
        raise DataError(f"features must be a matrix with at least one row and one column, got shape {features.shape}")
    blocks = parallel.row_blocks(len(features))
    sums = parallel.each(lambda rows: features[rows].sum(axis=0, dtype=np.float64), blocks)
    mean: NDArray[np.float64] = np.add.reduce(sums) / len(features)
    if not np.isfinite(mean).all():
        bad = np.flatnonzero(~np.isfinite(features).all(axis=1))
        raise DataError(
            f"features must be finite, got NaN or infinity in {len(bad)} of {len(features)} rows "
            f"(first: row {bad[0] if len(bad) else 0}): clear them from the cache and compute them again"
        )
    return mean


def unscaled(features: FloatArray) -> Standardised:
    """Leave every column as it is, for a head that is penalised in raw units; nothing is copied.

    A linear head on centred features is one on raw features with another intercept, so a logistic head fitted to
    these minimises scikit-learn's objective on the features themselves.

    Examples
    --------
    >>> data = unscaled(np.array([[1, 5], [3, 5]], "float32"))
    >>> [moment.tolist() for moment in data.part_moments(np.array([[True, True]]))]
    [[[2.0, 5.0]], [[1.0, 1.0]]]
    """
    _means(features)
    n_columns = features.shape[1]
    return Standardised(features, np.zeros(n_columns), np.ones(n_columns), keeps_units=True)
