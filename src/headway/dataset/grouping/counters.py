"""Groups that file names tell by numbers alone: ``S01_T2_0005``, ``p3-07``, where counters begin anew in each."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from headway.dataset.grouping.evidence import Evidence, Names, are_classes, are_plausible, number, sample

if TYPE_CHECKING:
    from headway.types import IntArray

# What pictures of one thing are called; only these may stand between two numbers without a mark between.
_PARTS = (
    "slice|frame|view|image|img|im|photo|pic|picture|crop|patch|tile|cell|roi|shot|angle|rot|still|section|snapshot"
)
_NAME = re.compile(
    rf"(?P<group>.*[0-9][a-z]?)(?P<between>[-_ .(]+(?:[a-z]{{1,12}}[-_ ]?)?|{_PARTS})(?P<counter>[0-9]{{1,6}})\)?",
    re.DOTALL,
)
_NEARLY_ALL = 0.9  # of the names are made in this way
_HALF = 0.5  # of some names, or the others need not be looked at
_REPEATED = 0.1  # of the names are in several folders, where classes number their files anew
_MOST = 0.8  # of the groups begin at 0 or 1 and leave few numbers out; of the pictures are not alone in theirs
_GAPS = 1.5  # numbers for each picture
_FEWEST = 10  # groups of several pictures
_FEWEST_BY_CHANCE = 5  # groups that would mix classes, were they made of any pictures
_PURE = 0.8  # of which so many do not


@dataclass(frozen=True)
class _Level:
    """One counter of the names: what stands before it in each, and between the two."""

    before: Mapping[str, str]
    between: str


def by_counters(names: Names) -> Evidence | None:
    r"""Find what stands before a counter that begins anew there, in nearly all names; of several, the outermost.

    Names with the same beginning must be of one class far more often than chance makes them. Where they only seem to
    be, because every class numbers its files anew, the evidence is not clear.

    Examples
    --------
    >>> paths = [f"S{one // 3:02}_{one % 3}.png" for one in range(60)]
    >>> found = by_counters(Names(paths, np.arange(60) // 3 % 2, np.zeros(60, int)))
    >>> found.titles[:4], found.pattern, found.clear
    (['s00', 's00', 's00', 's01'], '(?i)(.*[0-9][a-z]?)_[0-9]+\\)?[.][^.]+$', True)
    """
    some = sample(names.paths)
    if sum(bool(_NAME.fullmatch(_stem(path))) for path in some) < _HALF * len(some):
        return None
    own = [_stem(path) for path in names.paths]
    anew = len(set(zip(own, names.splits.tolist(), strict=True))) < (1 - _REPEATED) * len(own)
    best: Evidence | None = None
    between = ""
    while (level := _level(own)) is not None:
        own = [level.before.get(name, name) for name in own]
        between = re.escape(level.between) + "[0-9]+" + (r"\)?" if not between else "") + between
        found = zip(own, names.labels.tolist(), names.splits.tolist(), strict=True)
        keys = [(name, label if anew else 0, split) for name, label, split in found]
        groups = number(keys)
        if are_classes(groups, names.labels) or not are_plausible(groups, names.labels):
            break
        pure = _are_pure(groups, names.labels)
        if not pure and not anew:
            break
        best = Evidence("counters", keys, own, rf"(?i)(.*[0-9][a-z]?){between}[.][^.]+$", clear=pure and not anew)
    return best


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0].casefold()


def _level(names: Sequence[str]) -> _Level | None:
    """Take the last counter off names; None where it does not begin anew after what stands before it."""
    matches = {name: match for name in set(names) if name and (match := _NAME.fullmatch(name))}
    usual = Counter(match["between"] for match in matches.values()).most_common(1)
    if not usual or usual[0][1] < _NEARLY_ALL * len(set(names)):
        return None
    between = usual[0][0]
    before = {name: match["group"] for name, match in matches.items() if match["between"] == between}
    counted: dict[str, set[int]] = defaultdict(set)
    for name, group in before.items():
        counted[group].add(int(matches[name]["counter"]))
    several = [numbers for numbers in counted.values() if len(numbers) > 1]
    if len(several) < _FEWEST or sum(map(len, several)) < _MOST * len(before):
        return None
    anew = [min(numbers) <= 1 and max(numbers) - min(numbers) < _GAPS * len(numbers) + 1 for numbers in several]
    return _Level(before, between) if sum(anew) >= _MOST * len(several) else None


def _are_pure(groups: IntArray, labels: IntArray) -> bool:
    """Return whether far more groups are of one class than groups of any pictures would be."""
    if labels.min() < 0:
        return False
    pairs, members = np.unique(np.stack([groups, labels]), axis=1, return_counts=True)
    sizes = np.bincount(groups)
    largest = np.zeros(len(sizes), np.int64)
    np.maximum.at(largest, pairs[0], members)
    several = sizes > 1
    mixed = np.count_nonzero(largest[several] < sizes[several])
    shares = np.bincount(labels) / len(labels)
    by_chance = float(sum(1 - np.sum(shares**size) for size in sizes[several].tolist()))
    return bool(by_chance >= _FEWEST_BY_CHANCE and mixed <= (1 - _PURE) * by_chance)
