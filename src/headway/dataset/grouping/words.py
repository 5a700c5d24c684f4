"""Groups that file names call by a word and a number: ``patient12_slice3``, ``video7_frame0042``."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from headway.dataset.grouping.evidence import Evidence, Names, are_classes, are_plausible, number, sample

# One person is the same in every folder; the numbers of videos may begin anew in each.
_PERSONS = frozenset({"patient", "pat", "pt", "subject", "subj", "sub", "person", "participant", "donor", "individual"})
_TAKES = frozenset(
    {"video", "vid", "clip", "movie", "film", "case", "scene", "sequence", "seq", "session", "sess", "ses", "study"}
    | {"series", "exam", "visit", "slide", "plate", "specimen", "burst", "recording", "rec", "track", "volume", "vol"}
    | {"scan", "lesion"}
)
# The word, a number with at most two letters before it, and something behind that tells the pictures of one apart.
_WORDS = "|".join(sorted(_PERSONS | _TAKES))
_UNIT = re.compile(rf"(?<![a-z])(?:{_WORDS})(?:[-_ ]?|[-_ ][a-z]{{1,2}})[0-9]+(?![0-9])(?=.*[a-z0-9])", re.DOTALL)
_NUMBER = re.compile("[0-9]+")
_DEEPEST = 3  # units in one another: a patient, a session, a video
_NEARLY_ALL = 0.9  # of the names
_HALF = 0.5
_REPEATED = 0.1  # of the numbers in names are in several classes or splits, where these begin anew
_FEWEST = 2  # units of several pictures
_HARDLY_ANY = 0.3  # of some names: the others need not be looked at


def by_words(names: Names) -> Evidence | None:
    """Find the units that nearly all names have: the outermost of which there are enough.

    Where fewer names have any, or there are too few, the evidence is not clear.

    Examples
    --------
    >>> import numpy as np
    >>> paths = [f"patient{patient}_slice{one}.png" for patient in range(9) for one in range(3)]
    >>> found = by_words(Names(paths, np.repeat([0, 1, 0], 9), np.zeros(27, int)))
    >>> found.titles[:4], found.clear
    (['patient0', 'patient0', 'patient0', 'patient1'], True)
    """
    some = sample(names.paths)
    if sum(bool(_units(path)) for path in some) < _HARDLY_ANY * len(some):
        return None
    units = [_units(path) for path in names.paths]
    share = sum(map(bool, units)) / len(units)
    if share < _HALF:
        return None
    doubtful = None
    for depth in range(min(_DEEPEST, max(map(len, units)))):
        found = [unit[: depth + 1] for unit in units]
        keys = _scoped(found, names)
        groups = number(keys)
        if np.count_nonzero(np.bincount(groups) > 1) < _FEWEST or are_classes(groups, names.labels):
            continue
        evidence = Evidence("words", keys, [" ".join(unit) for unit in found], _pattern(found))
        if share >= _NEARLY_ALL and are_plausible(groups, names.labels):
            return evidence
        doubtful = doubtful or evidence
    return None if doubtful is None else Evidence("words", doubtful.keys, doubtful.titles, doubtful.pattern, False)


def _units(path: str) -> tuple[str, ...]:
    """Return the units in a path, the outermost first."""
    stem = path.rpartition(".")[0] or path
    return tuple(match[0] for match in _UNIT.finditer(stem.casefold()))[:_DEEPEST]


def _scoped(found: Sequence[tuple[str, ...]], names: Names) -> list[object]:
    """Return the keys of units: a video by its class and split, too, where several have the same numbers in names."""
    places = list(zip(names.labels.tolist(), names.splits.tolist(), strict=True))
    numbers: dict[object, set[tuple[int, int]]] = defaultdict(set)
    for unit, path, place in zip(found, names.paths, places, strict=True):
        numbers[unit, *_NUMBER.findall(path.rpartition("/")[2].rpartition(".")[0])].add(place)
    anew = sum(len(own) > 1 for own in numbers.values()) > _REPEATED * len(numbers)
    keys: list[object] = []
    for unit, place in zip(found, places, strict=True):
        everywhere = not anew or not unit or _word(unit[0]) in _PERSONS
        keys.append("" if not unit else unit if everywhere else (unit, place))
    return keys


def _word(unit: str) -> str:
    return re.match("[a-z]*", unit)[0]  # type: ignore[index]


def _pattern(found: Sequence[tuple[str, ...]]) -> str:
    """Return a pattern for the units at the depth that was looked at."""
    words = sorted({_word(unit[-1]) for unit in found if unit})
    return rf"(?i)((?:{'|'.join(words)})[-_ ]?[a-z]{{0,2}}[0-9]+)"
