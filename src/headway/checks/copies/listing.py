"""From sets of images that belong together to what is listed of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headway.checks.base import Proposal

if TYPE_CHECKING:
    from headway.checks.context import Context
    from headway.facts.audit import Severity
    from headway.types import IntArray


_MANY = 0.02
_MANY_NEAR = 0.2  # series of one thing are no fault, and no rare thing


class Listing(NamedTuple):
    """Fields of a `Found`."""

    rows: IntArray
    partners: list[int]
    groups: list[int]
    proposals: list[Proposal | None]


def listing(sets: Iterable[IntArray], propose: Callable[[int, int], Proposal | None]) -> Listing:
    """List sets of images one after another, the largest first, each image beside the first of its set.

    ``propose`` gets the number of the set, from 1, and the position of the image in it.
    """
    ordered = sorted(sets, key=lambda rows: (-len(rows), int(rows[0])))
    rows, partners, groups, proposals = [], [], [], []
    for number, members in enumerate(ordered, 1):
        for place, row in enumerate(members.tolist()):
            rows.append(row)
            partners.append(int(members[0]) if place else int(members[1]))
            groups.append(number)
            proposals.append(propose(number, place))
    return Listing(np.array(rows, np.int64), partners, groups, proposals)


def together(keys: Sequence[object]) -> list[IntArray]:
    """Return the positions of each key that stands more than once."""
    places: dict[object, list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
    return [np.array(some) for some in places.values() if len(some) > 1]


def by_class(context: Context, sets: Iterable[IntArray]) -> list[IntArray]:
    """Divide sets of images by their classes, and leave out what then is alone; without a label is a class, too.

    Of a given split, those of training come first: they stay where one of a set does.
    """
    labels = context.labels
    part = np.zeros(len(context), np.int64) if context.part is None else context.part
    ordered = (rows[np.argsort(part[rows], kind="stable")] for rows in sets)
    return [
        rows[labels[rows] == label]
        for rows in ordered
        for label in np.unique(labels[rows])
        if (labels[rows] == label).sum() > 1
    ]


def not_grouped(context: Context, sets: Iterable[IntArray]) -> list[IntArray]:
    """Leave out sets that the data says are of one group: no split of Headway's parts them, as near copies need."""
    groups = context.data.groups
    return [rows for rows in sets if groups is None or len(np.unique(groups[rows])) > 1]


def severity(share: float, *, near: bool = False) -> Severity:
    """Return how grave copies are by their share: a few are good to know, many make scores doubtful."""
    return "warning" if share >= (_MANY_NEAR if near else _MANY) else "note"


def drop_all_but_the_first(place: int, *, sure: bool) -> Proposal | None:
    """Propose to keep one of a set; ``sure`` where nothing is lost by it."""
    return Proposal("drop", sure=sure) if place else None
