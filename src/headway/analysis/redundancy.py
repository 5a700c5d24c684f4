"""Which features repeat another: correlations in blocks, so that no matrix of all pairs is held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

_BLOCK = 512  # columns


@dataclass(frozen=True, eq=False)
class Redundancy:
    """The nearest other of each feature.

    Attributes
    ----------
    nearest : int64 array (d,)
        The other feature with the largest absolute correlation; -1 where there is none.
    correlation : float32 array (d,)
        Pearson's r with it; 0 where there is none.
    repeats : int64 array (d,)
        An earlier feature, itself no repetition, with which the absolute correlation reaches the limit; -1 where there
        is none. Without the features that repeat, none is left that another one repeats.
    """

    nearest: IntArray
    correlation: FloatArray
    repeats: IntArray


def redundancy(features: FloatArray, usable: NDArray[np.bool_], limit: float) -> Redundancy:
    """Find the nearest other of each feature, by absolute correlation.

    Time grows with n d², memory beside one copy of the features with d.

    Parameters
    ----------
    features : float32 array (n, d)
    usable : bool array (d,)
        The features that can be repeated by others; the rest have neighbours, but are none to repeat.
    limit : float
        Absolute correlation from which on a feature repeats another, between 0 and 1.

    Returns
    -------
    Redundancy

    Examples
    --------
    >>> x = np.array([[1, 2, 1], [2, 4, -1], [3, 6, 1], [4, 8, -1]], "float32")
    >>> found = redundancy(x, np.ones(3, bool), 0.95)
    >>> found.nearest.tolist(), found.repeats.tolist()
    ([1, 0, 0], [-1, 0, -1])
    """
    d = features.shape[1]
    unit = _unit(features)
    best = np.zeros(d, np.float32)
    nearest = np.full(d, -1)
    repeats = np.full(d, -1)
    kept = usable.copy()
    for start in range(0, d, _BLOCK):
        stop = min(start + _BLOCK, d)
        products = unit[:, :stop].T @ unit[:, start:stop]  # (stop, block): every pair once, the block's own twice
        products[np.arange(start, stop), np.arange(stop - start)] = 0
        size = np.abs(products)
        above = size.argmax(axis=0)
        _improve(best, nearest, slice(start, stop), products[above, np.arange(stop - start)], above)
        right = size[:start].argmax(axis=1)
        _improve(best, nearest, slice(0, start), products[np.arange(start), right], right + start)
        close = size >= limit
        for column in np.flatnonzero(close.any(axis=0)).tolist():
            before = start + column
            others = np.flatnonzero(close[:before, column] & kept[:before])
            if len(others):
                repeats[before] = others[size[others, column].argmax()]
                kept[before] = False
    return Redundancy(nearest, np.clip(best, -1, 1), repeats)


def _unit(features: FloatArray) -> FloatArray:
    """Centre columns and scale them to length 1: their products are correlations. Constant ones become 0."""
    unit: FloatArray = features - features.mean(axis=0, dtype=np.float64).astype(np.float32)
    # What float32 cannot hold of a column far from 0, its mean above all.
    unit -= unit.mean(axis=0)
    lengths = np.sqrt(np.einsum("ij,ij->j", unit, unit, dtype=np.float64))
    unit *= np.where(lengths > 0, 1 / np.where(lengths > 0, lengths, 1), 0).astype(np.float32)
    return unit


def _improve(best: FloatArray, nearest: IntArray, where: slice, found: FloatArray, index: IntArray) -> None:
    better = np.abs(found) > np.abs(best[where])
    best[where][better] = found[better]
    nearest[where][better] = index[better]
