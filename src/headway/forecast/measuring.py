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
    from headway.types import FloatArray, IntArray

GAP = 1e-4  # nats a row: a head this near to its optimum is right as often


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


@one_blas_thread()
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
    progress.start("learning curve", len(fractions))
    subsets = [nested_subsets(train, labels, groups, fractions, seed + place) for place, (train, _) in enumerate(folds)]
    pictures, right = [], []
    for place in range(len(fractions)):
        weights = np.zeros((len(folds), len(labels)), np.float32)
        for fold, own in enumerate(subsets):
            weights[fold, own[place]] = 1
        logits = solve(LogisticPath(data, labels, weights, n_classes), C)
        hits = [logits[:, fold, rows].argmax(axis=0) == labels[rows] for fold, (_, rows) in enumerate(folds)]
        pictures.append(float(weights.sum(axis=1).mean()))
        right.append(np.concatenate(hits))
        progress.advance()
    held_out = [rows for _, rows in folds]
    fold_of = np.repeat(np.arange(len(folds)), [len(rows) for rows in held_out])
    return Measured(np.array(pictures), np.stack(right), np.concatenate(held_out), fold_of)


def solve(path: LogisticPath, C: float) -> FloatArray:
    """Return the logits (k, f, n) of all images at one C."""
    path.solve(C, gap=GAP)
    return path.logits_
