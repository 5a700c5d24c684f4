"""502 shortcut: what is beside the point tells the classes apart nearly as well as the network does.

A forest learns the class from properties of files alone, another from the size, another from the colours of the
corners, each out of fold, of copies and groups one image. What they gain over guessing the largest class is divided by
what the network gains on the same images. Found where that is nearly all, much of what there is to gain, and more than
guessing by McNemar's exact test, which is a permutation of who of the two was right. Severe where it is properties of
files, which say nothing of the things; a warning for size and corners, which may: aeroplanes have sky around them. The
whole edge would say too much of the things themselves, which reach it: it tells trousers from sneakers.

Evidence: by ("files", "size" or "corners"), accuracy (by that alone), majority (of the largest class), network (its
accuracy out of fold), pictures (how many were predicted), p.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headway.checks.base import Found, TooLittle
from headway.checks.files.properties import Property, properties, sample
from headway.checks.files.properties_follow_class import single_images
from headway.checks.fitness.corners import corner_colours
from headway.metrics import mcnemar
from headway.splits import folds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.checks.context import Context
    from headway.facts.audit import Measure, Severity
    from headway.types import FloatArray, IntArray

FEWEST = 60  # pictures
_FOLDS, _TREES = 5, 50
_OF_FILES = ("mode", "format", "depth", "quality", "orientation")
_OF_ALL_THERE_IS = 0.5  # that must be gained at least
_BY_CHANCE = 0.001


class _Hint(NamedTuple):
    """What might be a shortcut: its numbers, and how much of the network's gain makes it one."""

    by: str
    severity: Severity
    columns: FloatArray
    share: float


def run(context: Context) -> Iterator[Found]:
    """Find shortcuts."""
    if context.predictions is None:
        raise TooLittle("predictions", FEWEST, 0)
    rows = np.intersect1d(single_images(context), context.predictions.rows)
    rows = sample(context, rows)
    labels = context.labels[rows]
    enough = np.bincount(labels, minlength=context.n_classes)[labels] >= _FOLDS
    rows, labels = rows[enough], labels[enough]
    if len(rows) < FEWEST:
        raise TooLittle("predictions", FEWEST, len(rows))
    counts = np.bincount(labels)
    if np.count_nonzero(counts) < 2:
        return
    guessed = labels == counts.argmax()
    known = context.predictions.probabilities[np.searchsorted(context.predictions.rows, rows)].argmax(axis=1) == labels
    majority, network = float(guessed.mean()), float(known.mean())
    for hint in _hints(context, rows):
        right = _right_out_of_fold(context, hint.columns, rows, labels)
        accuracy = float(right.mean())
        gain = accuracy - majority
        if gain < max(_OF_ALL_THERE_IS * (1 - majority), hint.share * (network - majority)):
            continue
        p = mcnemar(int((right & ~guessed).sum()), int((guessed & ~right).sum())).exact
        if p <= _BY_CHANCE:
            evidence: dict[str, Measure] = {
                "by": hint.by,
                "accuracy": accuracy,
                "majority": majority,
                "network": network,
                "pictures": len(rows),
                "p": p,
            }
            yield Found(hint.severity, np.array([], np.int64), evidence)


def _hints(context: Context, rows: IntArray) -> Iterator[_Hint]:
    of_files = [one for one in properties(context, rows) if one.name in _OF_FILES]
    if of_files:
        yield _Hint("files", "severe", np.concatenate([_one_hot(one, rows) for one in of_files], axis=1), 0.8)
    sizes = [
        (fact.width, fact.height, fact.width / fact.height) for fact in map(context.facts.__getitem__, rows) if fact
    ]
    if len(sizes) == len(rows) and len(set(sizes)) > 1:
        yield _Hint("size", "warning", np.array(sizes, np.float32), 0.9)
    yield _Hint("corners", "warning", corner_colours(context.thumbnails(rows)), 0.9)


def _one_hot(one: Property, rows: IntArray) -> FloatArray:
    """Return a column for each value; all are 0 for images that the property is not known of."""
    columns = np.zeros((len(rows), len(one.values)), np.float32)
    columns[np.searchsorted(rows, one.rows), one.codes] = 1
    return columns


def _right_out_of_fold(context: Context, columns: FloatArray, rows: IntArray, labels: IntArray) -> NDArray[np.bool_]:
    """Say which images a forest predicts rightly that has not seen them."""
    from sklearn.ensemble import RandomForestClassifier

    right = np.zeros(len(rows), bool)
    contents = [context.hashes[row] for row in rows.tolist()]
    for train, held_out in folds(labels, contents=contents, n_folds=_FOLDS, seed=context.seed):
        forest = RandomForestClassifier(_TREES, min_samples_leaf=2, random_state=context.seed)
        forest.fit(columns[train], labels[train])
        right[held_out] = forest.predict(columns[held_out]) == labels[held_out]
    return right
