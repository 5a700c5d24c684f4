"""Candidates among very many vectors, by an index that finds nearly all of them."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import numpy as np

from headway.stopping import safe_point

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

FEWEST = 400_000  # vectors from which on the index is used, as the exact search takes time with their square
_BLOCK = 10_000


def is_installed() -> bool:
    """Say whether there is an index: ``headway[index]``."""
    return importlib.util.find_spec("usearch") is not None


def approximate_pairs(vectors: FloatArray, *, most: int, least: float) -> IntArray:
    """Return about what `nearest_pairs` does: pairs (m, 2) of vectors of norm 1 with a cosine above ``least``.

    The index is the hierarchical graph of Malkov and Yashunin (2018, "Efficient and robust approximate nearest neighbor
    search using hierarchical navigable small world graphs"), by usearch, of numbers of 16 bits.
    """
    from usearch.index import Index

    n = len(vectors)
    index = Index(ndim=vectors.shape[1], metric="ip", dtype="f16")
    found = []
    for start in range(0, n, _BLOCK):
        safe_point()
        index.add(np.arange(start, min(start + _BLOCK, n)), vectors[start : start + _BLOCK])
    for start in range(0, n, _BLOCK):
        safe_point()
        matches = index.search(vectors[start : start + _BLOCK], min(most + 1, n))
        keys = np.atleast_2d(np.asarray(matches.keys, np.int64))
        near = np.atleast_2d(np.asarray(matches.distances)) < 1 - least
        rows = start + np.arange(len(keys))[:, None]
        one, place = np.nonzero(near & (keys != rows))
        found.append(np.sort(np.stack([one + start, keys[one, place]], axis=1), axis=1))
    return np.unique(np.concatenate(found), axis=0)
