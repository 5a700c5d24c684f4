"""The learning curve: what a logistic head on frozen features reaches with fewer training images."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from headway import forecast
from headway.heads import standardise
from headway.search import WHOLE, search
from headway.types import Silent

if TYPE_CHECKING:
    from headway.embedding import FeatureTable
    from headway.facts.forecast import CurvePoint
    from headway.fitting.division import Division
    from headway.types import Progress

FRACTIONS = (1 / 8, 1 / 4, 1 / 2, 1)  # of the training images
_DRAWS = 3  # a part of few images depends on which they are
_MANY = 5_000  # training images: from here on one draw will do
_FOLDS = 3
_FEWEST = 4  # images of a class


def measure(
    table: FeatureTable, outputs: tuple[str, ...], division: Division, *, seed: int, progress: Progress
) -> tuple[CurvePoint, ...]:
    """Fit an eighth, a quarter, a half and all of the training images; score on the same test images.

    The penalty is that which suits all of them. Parts in which a class has fewer than 4 images are left out, and so is
    all of it with so many classes that a search leaves something out.
    """
    development, test = division.development_rows, division.parts.test
    counts = np.bincount(division.labels[development])
    fractions = [one for one in FRACTIONS if round(counts[counts > 0].min() * one) >= _FEWEST]
    if not fractions or division.n_classes * sum(table.dims[name] for name in outputs) > WHOLE:
        return ()
    choice = search(
        {"last": table.read(development, outputs)},
        division.labels[development],
        division.folds_of(development, _FOLDS, seed),
        n_classes=division.n_classes,
        head="logistic",
        seed=seed,
        progress=Silent(),
    ).choice
    rows = np.concatenate([development, test])
    pair = np.arange(len(development)), np.arange(len(development), len(rows))
    return forecast.measure(
        standardise(table.read(rows, outputs)),
        division.labels[rows],
        division.groups[rows],
        [pair] * (1 if len(development) >= _MANY else _DRAWS),
        fractions,
        n_classes=division.n_classes,
        C=cast("float", choice.C),
        seed=seed,
        progress=progress,
    ).points()
