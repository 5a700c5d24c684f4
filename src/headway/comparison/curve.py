"""The learning curve: what a logistic head on frozen features reaches with fewer training pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from headway import metrics
from headway.preparation import Preparation
from headway.search import refit, search
from headway.splits import folds
from headway.types import Silent

if TYPE_CHECKING:
    from headway.embedding import FeatureTable
    from headway.fitting.division import Division
    from headway.types import IntArray, Progress

PARTS = (8, 4, 2, 1)  # an eighth of the training pictures, a quarter …
_DRAWS = 3  # a part of few pictures depends on which they are
_MANY = 5_000  # training pictures: from here on one draw will do
_FOLDS = 3
_LEAST = 4  # pictures of a class


@dataclass(frozen=True)
class Point:
    """A point of the curve.

    Parameters
    ----------
    pictures : int
        How many were learnt from.
    accuracy : float
        On the test split, the mean over draws.
    """

    pictures: int
    accuracy: float


def measure(
    table: FeatureTable, outputs: tuple[str, ...], division: Division, *, seed: int, progress: Progress | None = None
) -> tuple[Point, ...]:
    """Learn from an eighth, a quarter, a half and all of the training pictures; test on the same test pictures.

    Parameters
    ----------
    table : FeatureTable
        Features of the division's pictures.
    outputs : tuple of str
        Those that are read.
    division : Division
        Which pictures are learnt from, and which are tested on.
    seed : int
        Of the draws and folds.
    progress : Progress, optional
        Told how many fits are done.

    Returns
    -------
    tuple of Point
        By growing number of pictures; without parts in which a class has fewer than 4.
    """
    learnt, test = division.learnt, division.parts.test
    labels = division.labels
    truth = labels[test]
    tested = table.read(test, outputs)
    jobs = [(part, draw) for part in PARTS for draw in range(1 if part == 1 or len(learnt) >= _MANY else _DRAWS)]
    if progress is not None:
        progress.start("learning curve", len(jobs))
    found: dict[int, list[tuple[int, float]]] = {}
    for part, draw in jobs:
        rows = learnt if part == 1 else _part(learnt, labels, part, seed + draw)
        if progress is not None:
            progress.advance()
        if np.bincount(labels[rows]).min(initial=_LEAST, where=np.bincount(labels[learnt]) > 0) < _LEAST:
            continue
        features, own = table.read(rows, outputs), labels[rows]
        preparation = Preparation()
        result = search(
            {"last": features},
            own,
            folds(own, groups=division.groups[rows], n_folds=_FOLDS, seed=seed),
            n_classes=division.n_classes,
            head="logistic",
            preparations={"last": preparation},
            seed=seed,
            progress=Silent(),
        )
        head, transform = refit(
            result.choice, features, own, n_classes=division.n_classes, preparation=preparation, seed=seed
        )
        right = head.logits(transform.apply(tested)).argmax(axis=1)
        found.setdefault(part, []).append((len(rows), metrics.accuracy(truth, right)))
    return tuple(
        Point(max(n for n, _ in draws), float(np.mean([accuracy for _, accuracy in draws]))) for draws in found.values()
    )


def _part(rows: IntArray, labels: IntArray, part: int, seed: int) -> IntArray:
    """Return every part-th picture of each class, drawn by chance."""
    random = np.random.default_rng(seed)
    chosen = [random.permutation(rows[labels[rows] == c]) for c in np.unique(labels[rows])]
    return np.sort(np.concatenate([own[: max(round(len(own) / part), 1)] for own in chosen]))
