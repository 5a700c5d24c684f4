"""108 properties-follow-class: a property of files by which a class can be told.

What a network is to learn by the things in the pictures it then learns by how they were saved: the score is wrong for
pictures that were saved otherwise. Of copies and of groups one image counts. A tie between values and classes must be
strong, and stronger than the strongest of any property in each of 999 shufflings of the labels (Westfall and Young
1993, "Resampling-Based Multiple Testing"). Severe where colour mode, format, depth, compression or orientation tag does
so nearly always; a warning for a weaker tie, and for size, aspect and border, which can be of the things themselves; a
note for bytes per pixel, which are more where there is more to see.

Evidence: property, value and class (which values go with which classes), inside and outside (how many of these classes
and of the others have them), accuracy (of predicting the class by this property alone, each image by the others),
majority (how many are of the largest class), correlation, p.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from headway.checks.base import Found, TooLittle
from headway.checks.files.association import Tie, accuracy_alone, count, strength, strongest_tie
from headway.checks.files.properties import Property, properties
from headway.splits import merge_groups

if TYPE_CHECKING:
    from headway.checks.context import Context
    from headway.facts.audit import Measure, Severity
    from headway.types import IntArray

FEWEST = 40  # labelled images
_SHUFFLINGS, _SHUFFLED = 999, 5000
_SAME, _STRONG = 0.8, 0.6
# What things themselves have, too, must say more.
_LEAST = {"size": 0.7, "aspect": 0.75, "bytes": 0.75}
_OF_FILES = ("mode", "format", "depth", "quality", "orientation")


def run(context: Context) -> Iterator[Found]:
    """Find properties that follow the class."""
    rows = single_images(context)
    if context.n_classes < 2:
        raise TooLittle("classes", 2, context.n_classes)
    if len(rows) < FEWEST:
        raise TooLittle("labels", FEWEST, len(rows))
    found = list(properties(context, rows))
    ties = [strongest_tie(_table(context, one)) for one in found]
    strong = [(one, tie) for one, tie in zip(found, ties, strict=True) if tie and tie.phi >= _least(one)]
    if strong:
        chances = _by_chance(context, found)
        yield from (_found(context, one, tie, chances) for one, tie in strong if tie.phi > chances[-1])


def single_images(context: Context) -> IntArray:
    """Return the labelled images, one of each group of copies or of images that belong together."""
    labelled = np.flatnonzero(context.labels >= 0)
    units = merge_groups(context.hashes, context.data.groups)[labelled]
    return labelled[np.sort(np.unique(units, return_index=True)[1])]


def _least(one: Property) -> float:
    return _LEAST.get(one.name, _STRONG)


def _table(context: Context, one: Property) -> np.ndarray:
    return count(one.codes, context.labels[one.rows], len(one.values), context.n_classes)


def _by_chance(context: Context, found: Sequence[Property]) -> list[float]:
    """Return the strongest ties of any property with shuffled labels, ascending."""
    rng = np.random.default_rng(context.seed)
    parts = []
    for one in found:
        some = rng.permutation(len(one.rows))[:_SHUFFLED]
        parts.append((one.codes[some], context.labels[one.rows[some]], len(one.values)))
    return sorted(
        max(strength(count(codes, rng.permutation(labels), n, context.n_classes)) for codes, labels, n in parts)
        for _ in range(_SHUFFLINGS)
    )


def _found(context: Context, one: Property, tie: Tie, chances: Sequence[float]) -> Found:
    table = _table(context, one)
    labels = context.labels[one.rows]
    concerned = np.isin(one.codes, tie.values) & np.isin(labels, tie.classes)
    evidence: dict[str, Measure] = {
        "property": one.name,
        "value": ", ".join(one.values[value] for value in np.sort(tie.values).tolist()),
        "class": ", ".join(context.data.classes[label] for label in np.sort(tie.classes).tolist()),
        "inside": tie.inside,
        "outside": tie.outside,
        "accuracy": accuracy_alone(table),
        "majority": float(table.sum(axis=0).max() / table.sum()),
        "correlation": tie.phi,
        "p": (1 + sum(chance >= tie.phi for chance in chances)) / (1 + len(chances)),
    }
    return Found(_severity(one, tie), one.rows[concerned], evidence)


def _severity(one: Property, tie: Tie) -> Severity:
    if one.name == "bytes":
        return "note"
    return "severe" if one.name in _OF_FILES and tie.phi >= _SAME else "warning"
