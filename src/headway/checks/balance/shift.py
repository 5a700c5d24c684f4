"""403 shift: the test part of a given split, or validation where there is none, is unlike training.

A logistic regression on principal components of the features is to tell both parts apart, in a cross-validation that
keeps groups and identical files whole. It compares images of the same class only, so that other shares of the classes
tell it nothing. Found where the lower end of the 95 % interval of its AUROC is above 0.6; 0.5 is chance. Of a larger
part 5,000 images are drawn.

Evidence: the ``part``, ``auroc``, ``low``, ``high``, and where one can be named the ``class`` that differs most, with
its ``class_auroc``. The images are those of the part, and the value is the probability, from 0 to 1, that one is of the
part rather than of training: the most unlike training first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from headway.checks.balance.parts import judged_part
from headway.checks.balance.separation import score_sides, separation
from headway.checks.base import Found, TooLittle
from headway.dataset.names import SPLIT_NAMES, TRAIN
from headway.preparation.association import sample_rows
from headway.splits import merge_groups

if TYPE_CHECKING:
    from headway.checks.context import Context
    from headway.facts.audit import Measure
    from headway.types import IntArray

_LEAST = 20  # images of each part, of a group or identical ones one
_MOST = 5_000
_ALIKE = 0.6  # AUROC
_NAMED = 10  # images of a class in each part, for it to be named


def run(context: Context) -> Iterator[Found]:
    """Find out whether training and what is judged by can be told apart."""
    judged = judged_part(context)
    if judged is None or context.part is None:
        return
    units = merge_groups(context.hashes, context.data.groups)
    random = np.random.default_rng(context.seed)
    parts = [np.flatnonzero(context.part == part) for part in (TRAIN, judged)]
    rows = _comparable([part[sample_rows(len(part), _MOST, random)] for part in parts], context.labels, units)
    fewest = min(len(np.unique(units[rows[context.part[rows] == part]])) for part in (TRAIN, judged))
    if fewest < _LEAST:
        raise TooLittle("pictures-per-part", _LEAST, fewest)
    is_judged = context.part[rows] == judged
    classes, own = np.unique(context.labels[rows], return_inverse=True)
    hashes = [context.hashes[row] for row in rows.tolist()]
    scores = score_sides(context.features[rows], is_judged, own, units[rows], hashes, context.seed)
    rows, is_judged, own = rows[scores.rows], is_judged[scores.rows], own[scores.rows]
    found = separation(scores.values, is_judged, own, units[rows])
    if found.low <= _ALIKE:
        return
    evidence: dict[str, Measure] = {
        "part": SPLIT_NAMES[judged],
        "auroc": found.auroc,
        "low": found.low,
        "high": found.high,
    }
    counts = np.bincount(2 * own + is_judged, minlength=2 * len(classes)).reshape(-1, 2)
    by_class = np.where((counts >= _NAMED).all(axis=1) & (classes >= 0), found.by_class, 0)
    if len(classes) > 1 and by_class.any():
        most = int(by_class.argmax())
        evidence |= {"class": context.data.classes[classes[most]], "class_auroc": float(by_class[most])}
    probabilities = 1 / (1 + np.exp(-scores.values[is_judged].astype(np.float64)))
    order = np.argsort(-probabilities, kind="stable")
    yield Found("warning", rows[is_judged][order], evidence, values=probabilities[order].tolist())


def _comparable(parts: Sequence[IntArray], labels: IntArray, units: IntArray) -> IntArray:
    """Return the images of classes that have two units in each of the parts."""
    first, second = (_classes_of_several(labels[rows], units[rows]) for rows in parts)
    rows = np.concatenate(parts)
    return rows[np.isin(labels[rows], np.intersect1d(first, second))]


def _classes_of_several(labels: IntArray, units: IntArray) -> IntArray:
    classes, counts = np.unique(np.unique(np.stack([labels, units]), axis=1)[0], return_counts=True)
    return classes[counts > 1]
