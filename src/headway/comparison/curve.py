"""The learning curve: what a logistic head on frozen features reaches with fewer training images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway import metrics
from headway.facts.transfer import CurvePoint
from headway.preparation import Preparation
from headway.search import refit, search
from headway.types import Silent

if TYPE_CHECKING:
    from headway.embedding import FeatureTable
    from headway.fitting.division import Division
    from headway.types import IntArray, Progress

PARTS = (8, 4, 2, 1)  # an eighth of the training images, a quarter …
_DRAWS = 3  # a part of few images depends on which they are
_MANY = 5_000  # training images: from here on one draw will do
_FOLDS = 3
_FEWEST = 4  # images of a class


def measure(
    table: FeatureTable, outputs: tuple[str, ...], division: Division, *, seed: int, progress: Progress
) -> tuple[CurvePoint, ...]:
    """Fit an eighth, a quarter, a half and all of the training images; score on the same test images.

    Parts in which a class has fewer than 4 images are left out.
    """
    development, test = division.development_rows, division.parts.test
    labels = division.labels
    tested = table.read(test, outputs)
    jobs = [(part, draw) for part in PARTS for draw in range(1 if part == 1 or len(development) >= _MANY else _DRAWS)]
    progress.start("learning curve", len(jobs))
    scores: dict[int, list[tuple[int, float]]] = {}
    for part, draw in jobs:
        rows = development if part == 1 else _sample(development, labels, part, seed + draw)
        progress.advance()
        if np.bincount(labels[rows]).min(initial=_FEWEST, where=np.bincount(labels[development]) > 0) < _FEWEST:
            continue
        features, own = table.read(rows, outputs), labels[rows]
        preparation = Preparation()
        result = search(
            {"last": features},
            own,
            division.folds_of(rows, _FOLDS, seed),
            n_classes=division.n_classes,
            head="logistic",
            preparations={"last": preparation},
            seed=seed,
            progress=Silent(),
        )
        head, transform = refit(
            result.choice, features, own, n_classes=division.n_classes, preparation=preparation, seed=seed
        )
        predicted = head.logits(transform.apply(tested)).argmax(axis=1)
        scores.setdefault(part, []).append((len(rows), metrics.accuracy(labels[test], predicted)))
    return tuple(
        CurvePoint(max(n for n, _ in draws), float(np.mean([accuracy for _, accuracy in draws])))
        for draws in scores.values()
    )


def _sample(rows: IntArray, labels: IntArray, part: int, seed: int) -> IntArray:
    """Return one in ``part`` images of each class, drawn at random."""
    random = np.random.default_rng(seed)
    by_class = [random.permutation(rows[labels[rows] == c]) for c in np.unique(labels[rows])]
    return np.sort(np.concatenate([own[: max(round(len(own) / part), 1)] for own in by_class]))
