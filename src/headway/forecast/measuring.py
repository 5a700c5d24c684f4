"""The learning curve as it is measured: a logistic head on nested parts of the training images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from headway.facts.forecast import CurvePoint
from headway.forecast.subsets import nested_subsets
from headway.heads import LogisticPath
from headway.heads.parallel import one_blas_thread
from headway.types import Progress, Silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.heads import Standardised
    from headway.types import IntArray

_GAP = 1e-4  # nats a row: a head this near to its optimum is right as often
_MOST_LOGITS = 4_000_000  # at once: pairs times classes times images


@dataclass(frozen=True, eq=False)
class Measured:
    """Which held-out images are predicted rightly, by heads that learned from more and more images.

    Parameters
    ----------
    pictures : float64 array (m,)
        Training images of each size, the mean over the folds.
    right : bool array (m, t)
        Whether each held-out image is predicted rightly with so many.
    rows : int64 array (t,)
        The held-out images, fold by fold.
    fold : int64 array (t,)
        The fold of each.
    """

    pictures: NDArray[np.float64]
    right: NDArray[np.bool_]
    rows: IntArray
    fold: IntArray

    def accuracies(self) -> NDArray[np.float64]:
        """Accuracy of each size (m,)."""
        accuracies: NDArray[np.float64] = self.right.mean(axis=1)
        return accuracies

    def points(self) -> tuple[CurvePoint, ...]:
        """Return what was measured, as facts."""
        n_folds = int(self.fold.max()) + 1
        by_fold = np.stack([self.right[:, self.fold == one].mean(axis=1) for one in range(n_folds)])
        spreads = by_fold.std(axis=0, ddof=1).tolist() if n_folds > 1 else [None] * len(self.pictures)
        found = zip(self.pictures.tolist(), self.accuracies().tolist(), spreads, strict=True)
        return tuple(CurvePoint(round(pictures), accuracy, spread) for pictures, accuracy, spread in found)


def measure(
    data: Standardised,
    labels: IntArray,
    groups: IntArray,
    folds: Sequence[tuple[IntArray, IntArray]],
    fractions: Sequence[float],
    *,
    n_classes: int,
    C: float,
    seed: int,
    progress: Progress | None = None,
) -> Measured:
    """Fit to a few fractions of the training rows of each fold, and predict what it holds out.

    Images of one group are in a fraction together, as they must be in the folds. Every size has the same held-out
    images, so that what the draw of these has done to the accuracy is the same everywhere.
    """
    progress = Silent() if progress is None else progress
    held_out = [rows for _, rows in folds]
    subsets = [nested_subsets(train, labels, groups, fractions, seed + place) for place, (train, _) in enumerate(folds)]
    pairs = [pair for size in zip(*subsets, strict=True) for pair in zip(size, held_out, strict=True)]
    progress.start("learning curve", len(pairs))
    hits = hits_of(pairs, data, labels, n_classes=n_classes, C=C, progress=progress)
    right = np.concatenate(hits).reshape(len(fractions), -1)
    pictures = np.array([len(rows) for rows, _ in pairs], float).reshape(len(fractions), -1).mean(axis=1)
    fold_of = np.repeat(np.arange(len(folds)), [len(rows) for rows in held_out])
    return Measured(pictures, right, np.concatenate(held_out), fold_of)


@one_blas_thread()
def hits_of(
    pairs: Sequence[tuple[IntArray, IntArray]],
    data: Standardised,
    labels: IntArray,
    *,
    n_classes: int,
    C: float,
    progress: Progress,
) -> list[NDArray[np.bool_]]:
    """Learn from the first rows of each pair, and say which of its second ones are predicted rightly.

    As many pairs as memory allows are solved side by side: of few classes the time goes into reading the features, and
    they are read for all pairs at once.
    """
    at_once = max(1, _MOST_LOGITS // (n_classes * len(labels)))
    found = []
    for start in range(0, len(pairs), at_once):
        some = pairs[start : start + at_once]
        weights = np.zeros((len(some), len(labels)), np.float32)
        for place, (rows, _) in enumerate(some):
            weights[place, rows] = 1
        path = LogisticPath(data, labels, weights, n_classes, once=True)
        path.solve(C, gap=_GAP)
        logits = path.logits_
        found += [logits[:, place, rows].argmax(axis=0) == labels[rows] for place, (_, rows) in enumerate(some)]
        progress.advance(len(some))
    return found
