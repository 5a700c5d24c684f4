"""Nearly all of the nearest pairs of very many vectors: each is compared with those in the cells around it only.

The vectors are divided into cells, each around a centre (by k-means on a sample), and put in the order of their cells,
as in an inverted file (Jégou, Douze and Schmid 2011, "Product quantization for nearest neighbor search", section IV). A
vector is compared with all those of the cells whose centres are nearest to it, in matrix products: with about one in
12 of the others where there are a million. A graph (hierarchical navigable small world) took four times as long to
find as much.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from headway.checks.likeness.nearest import Nearest, sorted_pairs
from headway.heads.parallel import each, one_blas_thread, row_blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import FloatArray, IntArray

Item = TypeVar("Item")

FEWEST = 200_000  # vectors from which on this takes about half the time of the exact search, or less
_PROBES = 128  # cells that a vector is compared with
_LEARNED = 32  # vectors of the sample for each centre
_ROUNDS = 5
_AT_ONCE = 4096  # vectors on either side of a matrix product, at most
_TOGETHER = 16  # products before the limits rise


@one_blas_thread()
def nearly_all_pairs(vectors: FloatArray, *, most: int, least: float, seed: int = 0) -> IntArray:
    """Return about what `nearest_pairs` does: pairs (m, 2) of vectors of norm 1 with a cosine above ``least``."""
    n = len(vectors)
    centres = _centres(vectors, min(n, round(2 * n**0.5)), np.random.default_rng(seed))
    nearest_cells = _nearest_cells(vectors, centres, min(_PROBES, len(centres)))
    order = np.argsort(nearest_cells[:, 0], kind="stable")
    vectors, nearest_cells = vectors[order], nearest_cells[order]
    cells = [_pieces(start, end) for start, end in _bounds(nearest_cells[:, 0], len(centres))]
    nearest = Nearest(n, most, least)
    for rows in _batches([piece for pieces in cells for piece in pieces]):
        nearest.add(each(lambda piece: nearest.within(vectors[piece] @ vectors[piece].T, piece), rows))
    for visits in _batches(_visits(cells, nearest_cells)):
        found = each(lambda visit: nearest.of(vectors[visit[0]] @ vectors[visit[1]].T, *visit), visits)
        nearest.add_to_first(found)
    return sorted_pairs(order[nearest.pairs()], n)


def _centres(vectors: FloatArray, count: int, random: np.random.Generator) -> FloatArray:
    """Return centres of norm 1 by spherical k-means on a sample (Dhillon and Modha 2001)."""
    drawn = random.choice(len(vectors), min(len(vectors), _LEARNED * count), replace=False)
    sample = vectors[np.sort(drawn)]
    centres = sample[random.choice(len(sample), count, replace=False)]
    for _ in range(_ROUNDS):
        own = _nearest_cells(sample, centres, 1)[:, 0]
        order = np.argsort(own, kind="stable")
        occupied, starts = np.unique(own[order], return_index=True)
        sums = np.add.reduceat(sample[order], starts, axis=0)
        centres[occupied] = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    return centres


def _nearest_cells(vectors: FloatArray, centres: FloatArray, count: int) -> NDArray[np.int32]:
    """Return the cells around each vector, int32 (n, count), the nearest first and the others in any order."""

    def nearest(rows: slice) -> NDArray[np.int32]:
        likeness = vectors[rows] @ centres.T
        cells = np.argpartition(likeness, len(centres) - count, axis=1)[:, len(centres) - count :].astype(np.int32)
        every = np.arange(len(cells))
        best = likeness[every[:, None], cells].argmax(axis=1)
        cells[every, best], cells[every, 0] = cells[every, 0], cells[every, best]
        return np.asarray(cells)

    return np.concatenate(each(nearest, row_blocks(len(vectors))))


def _visits(cells: list[list[slice]], nearest_cells: NDArray[np.int32]) -> list[tuple[IntArray, slice]]:
    """Return which vectors are to be compared with which others: those around a cell, and of a large one the rest."""
    around = nearest_cells[:, 1:].ravel()
    order = np.argsort(around, kind="stable")
    visitors = (order // max(nearest_cells.shape[1] - 1, 1)).astype(np.int32)
    visits = []
    for pieces, (start, end) in zip(cells, _bounds(around[order], len(cells)), strict=True):
        for piece in pieces:
            visits += [(visitors[some], piece) for some in _pieces(start, end)]
            visits += [(np.arange(rest.start, rest.stop), piece) for rest in pieces if rest is not piece]
    return visits


def _bounds(cells: NDArray[np.int32], count: int) -> list[tuple[int, int]]:
    """Return where each cell begins and ends in ascending numbers of cells."""
    bounds = np.searchsorted(cells, np.arange(count + 1)).tolist()
    return list(pairwise(bounds))


def _pieces(start: int, end: int) -> list[slice]:
    return [slice(first, min(first + _AT_ONCE, end)) for first in range(start, end, _AT_ONCE)]


def _batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    return (items[start : start + _TOGETHER] for start in range(0, len(items), _TOGETHER))
