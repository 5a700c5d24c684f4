"""What is dealt out as a whole, and in which order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from headway.errors import DataError
from headway.splits.groups import check_groups, merge_groups

if TYPE_CHECKING:
    from headway.types import IntArray


class Units:
    """What is dealt out as a whole: single images and groups.

    ``unit``, ``label`` and ``members`` (p,) are the pairs of unit and class that occur, sorted by unit, and how many
    images each pair has; those of unit u begin at ``start[u]``. ``order`` is all units, by content and seed; ``rank``
    (units,) is the place of each in it; ``per_class`` and ``totals`` (k,) are the units and images of each class.
    """

    def __init__(self, labels: IntArray, contents: Sequence[bytes] | None, groups: IntArray | None, seed: int) -> None:
        n, k = len(labels), int(labels.max()) + 1
        if contents is None:
            contents = [row.to_bytes(8) for row in range(n)]
        self.of_row = merge_groups(contents, groups)
        self.count = int(self.of_row.max()) + 1
        self.sizes = np.bincount(self.of_row)
        pairs, self.members = np.unique(self.of_row * k + labels, return_counts=True)
        self.unit, self.label = pairs // k, pairs % k
        self.start = np.searchsorted(self.unit, np.arange(self.count + 1))
        self.order = _order(self.of_row, contents, seed)
        self.rank = np.empty(self.count, dtype=np.int64)
        self.rank[self.order] = np.arange(self.count)
        self.per_class = np.bincount(self.label, minlength=k)
        self.totals = np.bincount(labels, minlength=k)

    def classes(self, unit: int) -> list[tuple[int, int]]:
        """Return the classes of a unit, and how many images it has of each."""
        pairs = slice(self.start[unit], self.start[unit + 1])
        return list(zip(self.label[pairs].tolist(), self.members[pairs].tolist(), strict=True))

    def largest_class(self) -> IntArray:
        """Return the class of which each unit has most images, the first of several."""
        best_first = np.lexsort((self.label, -self.members, self.unit))
        largest: IntArray = self.label[best_first[self.start[:-1]]]
        return largest


def _order(of_row: IntArray, contents: Sequence[bytes], seed: int) -> IntArray:
    """Order units by a hash of the seed and one of their contents: the least, which an image more seldom replaces."""
    least: dict[int, bytes] = {}
    for unit, content in zip(of_row.tolist(), contents, strict=True):
        least[unit] = min(content, least.get(unit, content))
    keys = {unit: hashlib.sha256(b"%d " % seed + content).digest() for unit, content in least.items()}
    return np.array(sorted(keys, key=keys.__getitem__), dtype=np.int64)


def units_by_class(units: Units, classes: IntArray, *, last_first: bool = False) -> dict[int, list[int]]:
    """Return the units of some classes, the smallest first, and of one size as they are ordered, or the last first."""
    rank = -units.rank if last_first else units.rank
    chosen = np.flatnonzero(np.isin(units.label, classes))
    chosen = chosen[np.lexsort((rank[units.unit[chosen]], units.sizes[units.unit[chosen]]))]
    found: dict[int, list[int]] = {int(label): [] for label in classes}
    for label, unit in zip(units.label[chosen].tolist(), units.unit[chosen].tolist(), strict=True):
        found[label].append(unit)
    return found


def spread_of(units: Units, parts: IntArray, bins: int) -> IntArray:
    """Return how many units of each class lie in each part, shape (classes, bins)."""
    inside = parts[units.unit] >= 0
    flat = units.label[inside] * bins + parts[units.unit[inside]]
    return np.bincount(flat, minlength=len(units.totals) * bins).reshape(-1, bins)


def check_labels(labels: ArrayLike, groups: IntArray | None) -> IntArray:
    """Return the labels as an array; refuse what cannot be split by class."""
    array = np.asarray(labels, dtype=np.int64)
    if not len(array):
        raise DataError("there are no pictures to split")
    if array.min() < 0:
        unlabelled = np.count_nonzero(array < 0)
        raise DataError(
            f"every picture needs a label to be split by class, and {unlabelled:,} of {len(array):,} have none"
        )
    if groups is not None:
        check_groups(groups, len(array))
    return array
