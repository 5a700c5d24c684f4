"""Which classes gain by more images of their own: what the second half of each class's has brought."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from headway.facts.forecast import ClassGain
from headway.forecast.measuring import hits_of
from headway.forecast.subsets import nested_subsets
from headway.heads import unscaled
from headway.heads.parallel import one_blas_thread, times_transposed
from headway.types import Progress, Silent

if TYPE_CHECKING:
    from headway.heads import Standardised
    from headway.types import IntArray

MOST_CLASSES = 4  # those with most mistakes; another has little to gain
FEWEST_GROUPS = 8  # of a class that is halved
_CHANCE = 0.05  # that any class is named though none gains


@one_blas_thread()
def class_gains(
    data: Standardised,
    labels: IntArray,
    groups: IntArray,
    folds: Sequence[tuple[IntArray, IntArray]],
    wrong: IntArray,
    *,
    classes: Sequence[str],
    C: float,
    seed: int,
    progress: Progress | None = None,
) -> tuple[ClassGain, ...]:
    """Leave out half of the training images of one class after the other; return those that are missed beyond chance.

    ``wrong`` (k,) is how many of each class are predicted wrongly. Only the leading principal components of the
    features are used, which change what halves are worth little, and take a tenth of the time.
    """
    progress = Silent() if progress is None else progress
    sizes = np.bincount(np.unique(np.stack([labels, groups]), axis=1)[0], minlength=len(classes))
    worst = [label for label in np.argsort(-wrong, kind="stable").tolist() if sizes[label] >= FEWEST_GROUPS]
    tried = [label for label in worst[:MOST_CLASSES] if wrong[label]]
    if not tried:
        return ()
    pairs = list(folds)
    for label in tried:
        for place, (train, held_out) in enumerate(folds):
            own = train[labels[train] == label]
            (half,) = nested_subsets(own, labels, groups, (0.5,), seed + place)
            pairs.append((np.setdiff1d(train, np.setdiff1d(own, half)), held_out))
    progress.start("which class needs more pictures", len(pairs))
    reduced = unscaled(np.ascontiguousarray(times_transposed(data.spectrum[0].T, data.values).T))
    hits = hits_of(pairs, reduced, labels, n_classes=len(classes), C=C, progress=progress)
    full, *halved = np.concatenate(hits).reshape(len(tried) + 1, -1).astype(float)
    units = np.unique(groups[np.concatenate([rows for _, rows in folds])], return_inverse=True)[1]
    found = []
    for label, right in zip(tried, halved, strict=True):
        change = full - right
        error = float(np.sqrt((np.bincount(units, change) ** 2).sum())) / len(change)
        found.append(ClassGain(classes[label], int((labels == label).sum()), float(change.mean()), error))
    missed = sorted((one for one in found if one.gain > _beyond(len(tried)) * one.error), key=lambda one: -one.gain)
    return tuple(missed[: len(classes) - 1])  # that all classes help most would say nothing


def _beyond(tests: int) -> float:
    """Return how many standard errors are beyond chance, for so many classes (Bonferroni)."""
    return NormalDist().inv_cdf(1 - _CHANCE / tests)
