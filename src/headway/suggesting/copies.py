"""Copies in a pool: whoever labels one image need not label it again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

NEARLY_IDENTICAL = 0.995
"""Cosine of the features of two images from which on they count as one."""


def first_of_each(contents: Sequence[bytes]) -> IntArray:
    """Return the first image of each content, int64, ascending.

    Examples
    --------
    >>> first_of_each([b"a", b"b", b"a"]).tolist()
    [0, 1]
    """
    first: dict[bytes, int] = {}
    for row, content in enumerate(contents):
        first.setdefault(content, row)
    return np.fromiter(first.values(), np.int64, len(first))


def first_unlike(order: Iterable[int], directions: FloatArray, n: int) -> list[int]:
    """Return the first ``n`` images of an order that are not nearly identical with one before; fewer if there are not.

    ``directions`` (m, d) are the features of all images, of length 1.

    Examples
    --------
    >>> first_unlike([0, 1, 2], np.array([[1, 0], [1, 0], [0, 1]], "float32"), 2)
    [0, 2]
    """
    chosen: list[int] = []
    theirs = np.empty((min(n, len(directions)), directions.shape[1]), np.float32)
    for row in order:
        if len(chosen) == n:
            break
        if not (theirs[: len(chosen)] @ directions[row] >= NEARLY_IDENTICAL).any():
            theirs[len(chosen)] = directions[row]
            chosen.append(row)
    return chosen
