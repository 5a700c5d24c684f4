"""Standardised features, and the moments of several training parts of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from headway.errors import DataError
from headway.heads import parallel
from headway.heads.spectrum import principal_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import FloatArray

# A column is constant when it varies by less than float32 can tell apart from its mean.
_CONSTANT = 1e-6
# A unit of the backbone that is almost silent in training would be blown up a hundred times where it fires later.
_SCALE_FLOOR = 0.01
_COMPONENTS = 256
_ROWS_FOR_COMPONENTS = 2048


@dataclass(frozen=True, eq=False)
class Standardised:
    """A feature matrix with every column at mean 0 and standard deviation 1.

    This is only a change of units that keeps float32 sums exact enough; each training part still has its own
    standardisation on top of it, from `part_moments`.

    Parameters
    ----------
    values : float32 array (n, d)
        The standardised features.
    mean, scale : float64 array (d,)
        ``raw = values * scale + mean``. The scale of a constant column is 1.
    """

    values: FloatArray
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]

    def part_moments(self, parts: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
        """Mean and standard deviation of the columns over some rows only.

        Parameters
        ----------
        parts : bool array (f, n)
            Which rows belong to each part.

        Returns
        -------
        mean, scale : float32 array (f, d)
            In the units of ``values``. The scale is the standard deviation, but at least 1 % of the median one of the
            columns (in raw units), so that a column which hardly varies in the part cannot rule outside of it.
        """
        member = parts.astype(np.float32)
        shape = (len(parts), self.values.shape[1])
        total, squares = np.zeros(shape), np.zeros(shape)

        def sums(rows: slice) -> tuple[FloatArray, FloatArray]:
            values = self.values[rows]
            return member[:, rows] @ values, member[:, rows] @ (values * values)

        for sum_, sum_of_squares in parallel.each(sums, parallel.row_blocks(len(self.values))):
            total += sum_
            squares += sum_of_squares
        count = np.maximum(parts.sum(axis=1, keepdims=True), 1)
        mean = total / count
        raw = np.sqrt(np.maximum(squares / count - mean**2, 0)) * self.scale
        floors = np.array([_SCALE_FLOOR * np.median(row[row > 0]) if row.any() else 1.0 for row in raw])
        scale = np.maximum(raw, floors[:, None]) / self.scale
        return mean.astype(np.float32), scale.astype(np.float32)

    @cached_property
    def spectrum(self) -> tuple[FloatArray, FloatArray]:
        """Leading principal components (d, p) and their variances (p,): rough, from at most 2,048 of the rows."""
        rows = np.linspace(0, len(self.values) - 1, min(len(self.values), _ROWS_FOR_COMPONENTS)).astype(np.int64)
        return principal_components(self.values[rows], _COMPONENTS, np.random.default_rng(0), passes=1)

    def in_raw_units(self, mean: FloatArray, scale: FloatArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Turn the moments of a part into those of the raw features."""
        return self.mean + mean * self.scale, scale * self.scale


def standardise(features: FloatArray) -> Standardised:
    """Bring every column to mean 0 and standard deviation 1.

    Parameters
    ----------
    features : float32 array (n, d)
        At least one row and one column, all finite.

    Returns
    -------
    Standardised

    Raises
    ------
    DataError
        When the matrix is empty, not two-dimensional, or holds NaN or infinity.

    Examples
    --------
    >>> standardise(np.array([[1, 5], [3, 5]], "float32")).values.tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    if features.ndim != 2 or not features.size:
        raise DataError(f"features must be a matrix with at least one row and one column, got shape {features.shape}")
    blocks = parallel.row_blocks(len(features))
    sums = parallel.each(lambda rows: features[rows].sum(axis=0, dtype=np.float64), blocks)
    mean = np.add.reduce(sums) / len(features)
    if not np.isfinite(mean).all():
        bad = np.flatnonzero(~np.isfinite(features).all(axis=1))
        raise DataError(
            f"features must be finite, got NaN or infinity in {len(bad)} of {len(features)} rows "
            f"(first: row {bad[0] if len(bad) else 0}); clear them from the cache and compute them again"
        )
    values = np.empty(features.shape, dtype=np.float32)

    def centre(rows: slice) -> NDArray[np.float64]:
        np.subtract(features[rows], mean, out=values[rows], casting="same_kind")
        squares: NDArray[np.float64] = np.einsum("nd,nd->d", values[rows], values[rows]).astype(np.float64)
        return squares

    scale = np.sqrt(np.add.reduce(parallel.each(centre, blocks)) / len(features))
    scale[scale <= _CONSTANT * np.abs(mean)] = 1
    unit = scale.astype(np.float32)
    parallel.each(lambda rows: np.divide(values[rows], unit, out=values[rows]), blocks)
    return Standardised(values, mean, scale)
