"""Which images belong together: groups, and identical files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from headway.errors import DataError

if TYPE_CHECKING:
    from headway.types import IntArray


def merge_groups(hashes: Sequence[bytes], groups: IntArray | None) -> IntArray:
    """Put identical files, and the images of one given group, into one group, and so on through chains of these.

    ``hashes`` are those of the contents; groups (n,) are numbered from 0 in order of appearance.

    Examples
    --------
    >>> merge_groups([b"a", b"b", b"a", b"c"], np.array([7, 8, 9, 9])).tolist()
    [0, 1, 0, 0]
    """
    numbers: dict[bytes, int] = {}
    content = np.array([numbers.setdefault(digest, len(numbers)) for digest in hashes], dtype=np.int64)
    if groups is None:
        return content
    check_groups(groups, len(content))
    group = np.unique(groups, return_inverse=True)[1]
    parent = list(range(int(group.max(initial=-1)) + 1))

    def root(of: int) -> int:
        while parent[of] != of:
            parent[of] = parent[parent[of]]
            of = parent[of]
        return of

    # Only a file that occurs again can join two groups.
    again = np.flatnonzero(np.bincount(content, minlength=1)[content] > 1)
    first: dict[int, int] = {}
    for file, member in zip(content[again].tolist(), group[again].tolist(), strict=True):
        one, other = root(first.setdefault(file, member)), root(member)
        parent[other] = one
    roots = np.array([root(member) for member in range(len(parent))], dtype=np.int64)
    return by_appearance(roots[group])


def repeats(hashes: Sequence[bytes], rows: IntArray, others: IntArray) -> NDArray[np.bool_]:
    """Say which of ``rows`` (m,) have the very content of one of ``others``, by the hashes of all images.

    Examples
    --------
    >>> repeats([b"a", b"b", b"a"], np.array([1, 2]), np.array([0])).tolist()
    [False, True]
    """
    seen = {hashes[row] for row in others.tolist()}
    return np.array([hashes[row] in seen for row in rows.tolist()], dtype=bool)


def by_appearance(keys: IntArray) -> IntArray:
    """Renumber keys (n,) from 0 in order of their first appearance: their own numbers mean nothing."""
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def check_groups(groups: IntArray, n: int) -> None:
    """Refuse groups that are not one per image."""
    if len(groups) != n:
        raise DataError(f"there must be one group per picture: got {len(groups)} for {n} pictures")
