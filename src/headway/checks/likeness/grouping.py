"""Groups of images that all are near each other, and chains of those that are not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from headway.types import IntArray


def components(pairs: IntArray) -> list[IntArray]:
    """Return the images that are joined by pairs, one step after another: sorted arrays, by their first image."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(pairs):
        return []
    rows, places = np.unique(pairs, return_inverse=True)
    one, other = places.reshape(-1, 2).T
    graph = coo_array((np.ones(len(pairs)), (one, other)), shape=(len(rows), len(rows)))
    labels = connected_components(graph, directed=False)[1]
    order = np.argsort(labels, kind="stable")
    return sorted(np.split(rows[order], np.flatnonzero(np.diff(labels[order])) + 1), key=lambda part: int(part[0]))


def divide(pairs: IntArray) -> tuple[list[IntArray], list[IntArray]]:
    """Return groups, in each of which every pair is near, and chains: what is joined although some pairs are not near.

    Examples
    --------
    >>> groups, chains = divide(np.array([[0, 1], [0, 2], [1, 2], [5, 6], [6, 7]]))
    >>> [group.tolist() for group in groups], [chain.tolist() for chain in chains]
    ([[0, 1, 2]], [[5, 6, 7]])
    """
    joined = components(pairs)
    of = {row: place for place, part in enumerate(joined) for row in part.tolist()}
    counts: defaultdict[int, int] = defaultdict(int)
    for row in pairs[:, 0].tolist():
        counts[of[row]] += 1
    whole = [counts[place] == len(part) * (len(part) - 1) // 2 for place, part in enumerate(joined)]
    groups = [part for part, is_group in zip(joined, whole, strict=True) if is_group]
    return groups, [part for part, is_group in zip(joined, whole, strict=True) if not is_group]


def missing(pairs: IntArray, largest: int) -> Iterator[tuple[int, int]]:
    """Yield the pairs that would make groups of what is joined, of at most ``largest`` images each."""
    there = set(map(tuple, pairs.tolist()))
    for part in components(pairs):
        if len(part) <= largest:
            rows = part.tolist()
            yield from ((a, b) for k, a in enumerate(rows) for b in rows[k + 1 :] if (a, b) not in there)
