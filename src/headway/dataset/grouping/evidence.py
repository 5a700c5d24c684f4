"""What a way to tell groups found, and whether that may well be groups."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from headway.types import IntArray

_FEWEST = 5  # groups: a test part, and something to cross-validate
_FEWEST_OF_CLASS = 3  # groups: one to test on, and two to learn from
_MOST_OF_ALL = 1 / 3  # of the pictures, in one group
_SAMPLE = 1000  # names
_MOST_SHORT = 0.1  # of the pictures may be of classes of fewer groups


@dataclass(frozen=True)
class Names:
    """The images of a data set, by what may tell groups.

    Parameters
    ----------
    paths : sequence of str
        Below the folder that all lie in, with ``/`` between their parts.
    labels : int64 array (n,)
        Their classes, -1 where there are none.
    splits : int64 array (n,)
        Their given splits, 0 for all where there are none.
    """

    paths: Sequence[str]
    labels: IntArray
    splits: IntArray


@dataclass(frozen=True)
class Evidence:
    """Groups that were found.

    Parameters
    ----------
    by : {"words", "counters", "copies", "times"}
        As in `headway.facts.data.FoundGroups`.
    keys : sequence of hashable
        The group of each image; ``""`` for one on its own.
    titles : sequence of str
        What to call the group of each.
    pattern : str or None
        A regular expression that finds the same groups.
    clear : bool
        Whether they are used unasked.
    """

    by: Literal["words", "counters", "copies", "times"]
    keys: Sequence[Hashable]
    titles: Sequence[str]
    pattern: str | None = None
    clear: bool = True


def number(keys: Sequence[Hashable]) -> IntArray:
    """Return the number of each key's group, in order of appearance; an image with the key ``""`` is one of its own.

    Examples
    --------
    >>> number(["a", "", "a", ""]).tolist()
    [0, 1, 0, 2]
    """
    numbers: dict[Hashable, int] = {}
    return np.array(
        [numbers.setdefault(("", row) if key == "" else (key,), len(numbers)) for row, key in enumerate(keys)], np.int64
    )


def sample(paths: Sequence[str]) -> Sequence[str]:
    """Return some of very many paths, from all over: enough to see that names are not made in a certain way."""
    return paths[:: max(len(paths) // _SAMPLE, 1)]


def are_classes(groups: IntArray, labels: IntArray) -> bool:
    """Return whether groups are another name for the classes: one to each."""
    pairs = np.unique(np.stack([labels, groups]), axis=1)
    return int(labels.max()) >= 0 and bool((np.bincount(pairs[0] + 1)[1:] <= 1).all())


def are_plausible(groups: IntArray, labels: IntArray) -> bool:
    """Return whether there are enough groups, in nearly every class, and none that is too large to be dealt."""
    sizes = np.bincount(groups)
    if len(sizes) < _FEWEST or sizes.max() > _MOST_OF_ALL * len(groups):
        return False
    pairs = np.unique(np.stack([labels, groups]), axis=1)
    units = np.bincount(pairs[0] + 1, minlength=int(labels.max()) + 2)
    short = int(np.count_nonzero(units[labels + 1] < _FEWEST_OF_CLASS))
    return short <= _MOST_SHORT * len(groups)
