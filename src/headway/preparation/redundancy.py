"""How much each feature repeats earlier ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.heads import parallel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import FloatArray

_BLOCK = 512  # columns at a time: their correlations with 25,000 kept ones take 51 MB


def redundancy(features: FloatArray, most: float) -> NDArray[np.float64]:
    """Largest absolute correlation of every feature with an earlier one that is kept.

    A feature is kept when that is at most ``most``. A constant feature repeats the intercept: 1.

    Parameters
    ----------
    features : float32 array (n, d)
        A copy, which is written over.
    most : float
        From 0 to 1.

    Returns
    -------
    float64 array (d,)

    Examples
    --------
    >>> features = np.array([[1, -2, 0, 5], [2, -4, 1, 5], [3, -6, 0, 5]], "float32")
    >>> redundancy(features, 0.95).round(3).tolist()
    [0.0, 1.0, 0.0, 1.0]
    """
    n_features = features.shape[1]
    largest = np.zeros(n_features)
    kept = np.empty((n_features, len(features)), dtype=np.float32)  # a feature a row
    n_kept = 0
    for start in range(0, n_features, _BLOCK):
        block, constant = _unit(features[:, start : start + _BLOCK])
        before = np.zeros(len(block))
        if n_kept:
            before = np.max(
                parallel.each(lambda rows: np.abs(kept[rows] @ block.T).max(axis=0), _blocks(n_kept)),  # noqa: B023
                axis=0,
            )
        within = np.abs(block @ block.T)
        open_, found = np.zeros(len(block), dtype=bool), before.astype(np.float64)
        for column in range(len(block)):
            if open_.any():
                found[column] = max(found[column], within[column, open_].max())
            if constant[column]:
                found[column] = 1
            open_[column] = found[column] <= most
        largest[start : start + _BLOCK] = np.minimum(found, 1)
        count = int(open_.sum())
        kept[n_kept : n_kept + count] = block[open_]
        n_kept += count
    return largest


def _blocks(n: int) -> list[slice]:
    return [slice(start, min(start + 4096, n)) for start in range(0, n, 4096)]


def _unit(block: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Features as rows of mean 0 and length 1, and which of them are constant."""
    constant = block.min(axis=0) == block.max(axis=0)
    centred = (block - block.mean(axis=0, dtype=np.float64)).T
    length = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    unit = np.ascontiguousarray(centred / np.where(length > 0, length, 1), dtype=np.float32)
    return unit, constant
