"""302 confused-classes: pairs of classes that classifiers which had not seen the images hardly tell apart.

Of two classes, the images of both are asked which of the two is more probable; the share that is told right, the mean
over both classes, is 0.5 where nothing tells them apart. The pair is a warning where that share is below 0.7 beyond
chance, and, of several pairs, a note where it is below 0.9 and confusions go both ways. The pair must err twice as
often as half of the pairs do, three times for a note: classes that are all hard to tell apart are a hard problem rather
than a wrong one. Chance is counted over all pairs (Bonferroni).

Evidence: ``first`` and ``second``, the classes; ``apart``, the share that is told right; ``usual``, the same of the
median pair; ``first_as_second`` and ``second_as_first``, how many are predicted so among all classes; ``images`` of
the two. No images are listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headway.checks.base import Found, TooLittle

if TYPE_CHECKING:
    from headway.checks.context import Context
    from headway.facts.audit import Severity
    from headway.types import FloatArray, IntArray

LEAST_OF_CLASS = 20
ALIKE, SIMILAR = 0.7, 0.9  # told right, below which a pair is a warning, a note
MUCH_WORSE, FAR_WORSE = 2.0, 3.0  # times as many errors as the median pair, for a warning, a note
CHANCE = 0.01  # of a false alarm in all pairs together
LEAST_CONFUSIONS = 3  # each way, for a note
MOST_NOTES = 3
_MOST_CLASSES = 100  # larger ones are taken where there are more: pairs grow with the square


class Pair(NamedTuple):
    """Two classes, and how well they are told apart."""

    first: int
    second: int
    right: float  # mean of the shares told right of each
    images: int


def run(context: Context) -> Iterator[Found]:
    """Find pairs of classes that are hardly told apart."""
    predictions = context.predictions
    if predictions is None:
        raise TooLittle("predictions", 2 * LEAST_OF_CLASS, 0)
    labels, probabilities = context.labels[predictions.rows], predictions.probabilities
    sizes = np.bincount(labels, minlength=context.n_classes)
    if np.sort(sizes)[-2] < LEAST_OF_CLASS:
        raise TooLittle("pictures-per-class", LEAST_OF_CLASS, int(np.sort(sizes)[-2]))
    classes = sorted(np.argsort(-sizes, kind="stable")[:_MOST_CLASSES].tolist())
    pairs = _pairs(labels, probabilities, [one for one in classes if sizes[one] >= LEAST_OF_CLASS])
    usual = float(np.median([pair.right for pair in pairs]))
    confusions = np.zeros((context.n_classes, context.n_classes), dtype=np.int64)
    np.add.at(confusions, (labels, probabilities.argmax(axis=1)), 1)
    notes = 0
    for pair in sorted(pairs, key=lambda pair: pair.right):
        to, back = int(confusions[pair.first, pair.second]), int(confusions[pair.second, pair.first])
        severity = _severity(pair, usual, len(pairs), mutual=min(to, back) >= LEAST_CONFUSIONS)
        notes += severity == "note"
        if severity is None or (severity == "note" and notes > MOST_NOTES):
            continue
        yield Found(
            severity,
            np.array([], np.int64),
            {
                "first": context.data.classes[pair.first],
                "second": context.data.classes[pair.second],
                "apart": pair.right,
                "usual": usual,
                "first_as_second": to,
                "second_as_first": back,
                "images": pair.images,
            },
        )


def _pairs(labels: IntArray, probabilities: FloatArray, classes: list[int]) -> list[Pair]:
    rows = {one: np.flatnonzero(labels == one) for one in classes}
    pairs = []
    for first, second in combinations(classes, 2):
        ours, theirs = probabilities[rows[first]], probabilities[rows[second]]
        right = (ours[:, first] > ours[:, second]).mean() + (theirs[:, second] > theirs[:, first]).mean()
        pairs.append(Pair(first, second, float(right / 2), len(ours) + len(theirs)))
    return pairs


def _severity(pair: Pair, usual: float, n_pairs: int, *, mutual: bool) -> Severity | None:
    from scipy.stats import binom

    right, chance = round(pair.right * pair.images), CHANCE / n_pairs
    times = (1 - pair.right) / max(1 - usual, 1e-9) if n_pairs > 1 else np.inf
    if times >= MUCH_WORSE and binom.cdf(right, pair.images, ALIKE) < chance:
        return "warning"
    noted = n_pairs > 1 and mutual and times >= FAR_WORSE and binom.cdf(right, pair.images, SIMILAR) < chance
    return "note" if noted else None
