"""Which features repeat another: correlations in blocks, so that no matrix of all pairs is held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from headway.heads import parallel

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

BLOCK_COLUMNS = 512
_THREAD_COLUMNS = 4096  # that one thread correlates with a block


@dataclass(frozen=True, eq=False)
class Redundancy:
    """The feature most like each of d features, -1 and 0 where there is none."""

    nearest: IntArray  # (d,): the other feature with the largest absolute correlation
    correlation: FloatArray  # (d,): Pearson's r with it
    repeats: IntArray  # (d,): an earlier one, not redundant itself, with which |r| reaches the limit
    earlier: FloatArray  # (d,): the largest |r| with such an earlier one


@parallel.one_blas_thread()
def redundancy(features: FloatArray, usable: NDArray[np.bool_], limit: float) -> Redundancy:
    """Find the feature most like each one, by absolute correlation, and those that repeat a ``usable`` one.

    ``limit`` is the absolute correlation, between 0 and 1, from which on a feature repeats another. Time grows with
    n d², memory beside one copy of the features with d.

    Examples
    --------
    >>> x = np.array([[1, 2, 1], [2, 4, -1], [3, 6, 1], [4, 8, -1]], "float32")
    >>> found = redundancy(x, np.ones(3, bool), 0.95)
    >>> found.nearest.tolist(), found.repeats.tolist()
    ([1, 0, 0], [-1, 0, -1])
    """
    d = features.shape[1]
    unit = _unit(features)
    best, earlier = np.zeros(d, np.float32), np.zeros(d, np.float32)
    nearest, repeats = np.full(d, -1), np.full(d, -1)
    distinct = usable.copy()
    for start in range(0, d, BLOCK_COLUMNS):
        block = slice(start, min(start + BLOCK_COLUMNS, d))
        products = _with_earlier(unit, block)
        own = np.arange(block.stop - start)
        products[start + own, own] = 0
        size = np.abs(products)
        likest = size.argmax(axis=0)
        _improve(best, nearest, block, products[likest, own], likest)
        later = size[:start].argmax(axis=1)
        _improve(best, nearest, slice(0, start), products[np.arange(start), later], later + start)
        size[:start][~distinct[:start]] = 0
        if start:
            earlier[block], repeats[block] = size[:start].max(axis=0), size[:start].argmax(axis=0)
        for column in range(start, block.stop):
            among = np.where(distinct[start:column], size[start:column, column - start], 0)
            if len(among) and among.max() > earlier[column]:
                earlier[column], repeats[column] = among.max(), start + among.argmax()
            distinct[column] &= earlier[column] < limit
        repeats[block][earlier[block] < limit] = -1
    return Redundancy(nearest, np.clip(best, -1, 1), repeats, np.minimum(earlier, 1))


def _with_earlier(unit: FloatArray, block: slice) -> FloatArray:
    """Correlations (stop, block) of a block of features with all up to its end."""
    parts = [slice(first, min(first + _THREAD_COLUMNS, block.stop)) for first in range(0, block.stop, _THREAD_COLUMNS)]
    return np.concatenate(parallel.each(lambda part: unit[:, part].T @ unit[:, block], parts))


def _unit(features: FloatArray) -> FloatArray:
    """Centre columns and scale them to length 1: their products are correlations. Constant ones become 0."""
    unit: FloatArray = features - features.mean(axis=0, dtype=np.float64).astype(np.float32)
    # What float32 cannot hold of a column far from 0, its mean above all.
    unit -= unit.mean(axis=0)
    lengths = np.sqrt(np.einsum("ij,ij->j", unit, unit, dtype=np.float64))
    unit *= np.where(lengths > 0, 1 / np.where(lengths > 0, lengths, 1), 0).astype(np.float32)
    return unit


def _improve(best: FloatArray, nearest: IntArray, where: slice, found: FloatArray, index: IntArray) -> None:
    """Take over correlations, and the features that they are with, where these are larger."""
    better = np.abs(found) > np.abs(best[where])
    best[where][better] = found[better]
    nearest[where][better] = index[better]
