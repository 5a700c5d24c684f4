"""Exact search for the nearest pairs of many vectors, in blocks of bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from headway.heads.parallel import each, one_blas_thread

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

    _Pairs = tuple[IntArray, IntArray, FloatArray]

_BLOCK = 2048
_DIMENSIONS = 128
_SAMPLE = 4096  # vectors that the reduction is learned from
_TOGETHER = 8  # blocks that are compared before the limits rise
_WAITING = 2_000_000  # pairs that are gathered before the nearest of each vector are chosen

Similarity = Callable[[slice, slice], "FloatArray"]
"""Gives the similarities (m, n) of the vectors of one block to those of another."""


def reduce(features: FloatArray, seed: int = 0, dimensions: int = _DIMENSIONS) -> FloatArray:
    """Return features centred, reduced to about their principal components, and of norm 1, float32 (n, at most 128).

    The components are those of a random projection that was sharpened twice (Halko, Martinsson and Tropp 2011,
    "Finding structure with randomness", algorithm 4.4).
    """
    random = np.random.default_rng(seed)
    mean = features.mean(axis=0)
    rows = np.arange(len(features))
    if len(rows) > _SAMPLE:
        rows = np.sort(random.choice(rows, _SAMPLE, replace=False))
    if features.shape[1] > dimensions:
        sample = features[rows] - mean
        basis = random.standard_normal((features.shape[1], dimensions)).astype(np.float32)
        for _ in range(3):
            basis = np.linalg.qr(sample.T @ (sample @ basis))[0]
        reduced = features @ basis - mean @ basis
    else:
        reduced = features - mean
    norms = np.linalg.norm(reduced, axis=1, keepdims=True)
    return np.asarray(reduced / np.maximum(norms, 1e-12), np.float32)


def nearest_pairs(vectors: FloatArray, *, most: int, least: float, block: int = _BLOCK) -> IntArray:
    """Return pairs of vectors of norm 1 with a cosine above ``least``, int64 (m, 2), the smaller position first.

    A pair is there if either is among the ``most`` nearest of the other. Only the upper triangle is computed, and
    memory is flat: a block of similarities, and the nearest of each vector.
    """

    def similarity(rows: slice, columns: slice) -> FloatArray:
        return np.asarray(vectors[rows] @ vectors[columns].T)

    return nearest_by(similarity, len(vectors), most=most, least=least, block=block)


@one_blas_thread()
def nearest_by(similarity: Similarity, n: int, *, most: int, least: float, block: int = _BLOCK) -> IntArray:
    """Do what `nearest_pairs` does with any symmetric similarity of ``n`` things."""
    nearest = Nearest(n, most, least)
    blocks = [slice(start, min(start + block, n)) for start in range(0, n, block)]
    nearest.add(each(lambda rows: nearest.within(similarity(rows, rows), rows), blocks))
    together = [(rows, columns) for place, rows in enumerate(blocks) for columns in blocks[place + 1 :]]
    for start in range(0, len(together), _TOGETHER):
        few = together[start : start + _TOGETHER]
        nearest.add(each(lambda pair: nearest.among(similarity(*pair), *pair), few))
    return nearest.pairs()


class Nearest:
    """The nearest of each thing among the pairs offered so far."""

    def __init__(self, n: int, most: int, least: float) -> None:
        self.most = most
        self.limits = np.full(n, least, np.float32)  # a pair must be above that of one of its two
        self.found: list[_Pairs] = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))]
        self.waiting = 0

    def within(self, similarities: FloatArray, rows: slice) -> _Pairs:
        """Return the pairs of a block with itself, and raise the limits to what it finds: so few are gathered."""
        if len(similarities) > self.most:
            np.fill_diagonal(similarities, -1)
            last = np.partition(similarities, -self.most, axis=1)[:, -self.most]
            # A little less, as a pair must be above the limit.
            np.maximum(self.limits[rows], last - 1e-6, out=self.limits[rows])
        return self.among(similarities, rows, rows)

    def among(self, similarities: FloatArray, rows: slice, columns: slice) -> _Pairs:
        """Return the pairs of a block that are above the limit of one of their two."""
        limits = np.minimum(self.limits[rows][:, None], self.limits[columns][None, :])
        places = np.flatnonzero(similarities > limits)
        i, j = np.divmod(places, similarities.shape[1])
        values = similarities.ravel()[places]
        i, j = i + rows.start, j + columns.start
        upper = i < j
        return i[upper], j[upper], values[upper]

    def of(self, similarities: FloatArray, ones: IntArray, others: slice) -> _Pairs:
        """Return the pairs of some things with a block of others that are above the limit of the first of the two."""
        i, j = np.nonzero(similarities > self.limits[ones][:, None])
        return ones[i].astype(np.int64), j + others.start, similarities[i, j]

    def add(self, found: list[_Pairs]) -> None:
        """Take what was found in blocks, as near to either of the two."""
        self.add_to_first([pair for i, j, values in found for pair in ((i, j, values), (j, i, values))])

    def add_to_first(self, found: list[_Pairs]) -> None:
        """Take what was found, as near to the first of the two only."""
        for one, other, values in found:
            near = values > self.limits[one]
            self.found.append((one[near], other[near], values[near]))
            self.waiting += int(near.sum())
        if self.waiting > _WAITING:
            self._choose()

    def _choose(self) -> None:
        """Let go of all but the nearest of each, and raise the limits to what they leave."""
        one, other, values = (np.concatenate(columns) for columns in zip(*self.found, strict=True))
        order = np.lexsort((-values, one))
        one, other, values = one[order], other[order], values[order]
        starts = np.flatnonzero(np.r_[True, one[1:] != one[:-1]]) if len(one) else np.empty(0, np.int64)
        rank = np.arange(len(one)) - np.repeat(starts, np.diff(np.r_[starts, len(one)]))
        last = rank == self.most - 1
        self.limits[one[last]] = values[last]
        near = rank < self.most
        self.found = [(one[near], other[near], values[near])]
        self.waiting = 0

    def pairs(self) -> IntArray:
        """Return all pairs, (m, 2), the smaller first."""
        self._choose()
        return sorted_pairs(np.stack(self.found[0][:2], axis=1), len(self.limits))


def sorted_pairs(pairs: IntArray, n: int) -> IntArray:
    """Return pairs of ``n`` things in order, each once, the smaller first.

    Examples
    --------
    >>> sorted_pairs(np.array([[2, 1], [0, 2], [1, 2]]), 3).tolist()
    [[0, 2], [1, 2]]
    """
    codes = np.unique(pairs.min(axis=1) * n + pairs.max(axis=1))
    return np.stack(np.divmod(codes, n), axis=1)
