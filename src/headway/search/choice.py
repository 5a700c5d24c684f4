"""What can be chosen, and the rule that chooses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headway.calibration import HIGHEST, LOWEST, Calibration, fit_calibration
from headway.heads.parallel import each

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

HEADS = ("majority", "centroid", "ridge", "logistic", "mlp", "svm", "dense100", "dense256")  # from simple to complex
AUTO_HEADS = ("centroid", "logistic", "mlp")  # what is tried where the head is left open
C_GRID = tuple(float(f"{10 ** (exponent / 2):.4g}") for exponent in range(-8, 5))  # 0.0001 … 100, two a decade
SVM_GRID = (1.0, 10.0, 100.0)
SCIKIT_LEARN = (1.0,)  # its default
# Around a candidate's own temperature; a bootstrap sample's best one is never far from it.
_BLOCK_NUMBERS = 1 << 19  # of logits whose losses are computed at a time
_TEMPERATURE_FACTORS = 2.0 ** np.arange(-1.5, 1.75, 0.25)


@dataclass(frozen=True)
class Choice:
    """One configuration.

    Examples
    --------
    >>> print(Choice("logistic", "last", 0.001))
    logistic on last, C = 0.001
    """

    head: str  # one of `HEADS`
    features: str  # name of the feature set
    C: float | None = None  # inverse strength of the penalty of a logistic or svm head; None for the others
    solver: tuple[str, ...] = ()  # of a published grid search: the first that got here, and those that got here, too

    def __str__(self) -> str:
        penalty = "" if self.C is None else f", C = {self.C:g}"
        return f"{self.head} on {self.features}{penalty}" + (f", {self.solver[0]}" if self.solver else "")


class RowLosses(NamedTuple):
    """Log-losses of a configuration's out-of-fold predictions, in nats."""

    by_temperature: FloatArray  # (t, m): of every row at every temperature of a grid around the calibrated one
    calibrated: FloatArray  # (m,): of every row after calibration
    correct: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]  # whether the top class is the true one
    calibration: Calibration  # fitted on these rows

    def mean(self, weights: FloatArray) -> float:
        """Weighted mean of the calibrated losses."""
        return float(weights @ self.calibrated / weights.sum())


def row_losses(logits: FloatArray, labels: IntArray, weights: FloatArray) -> RowLosses:
    """Log-losses of out-of-fold logits (m, k) at the temperatures that may matter."""
    calibration = fit_calibration(logits, labels, weights)
    factors = [*_TEMPERATURE_FACTORS.tolist(), 1.0]
    temperatures = np.clip(calibration.temperature * np.array(factors), LOWEST, HIGHEST).tolist()

    def losses(rows: slice) -> FloatArray:
        own = np.arange(len(labels[rows])), labels[rows]
        return -np.stack([Calibration(one).log_probabilities(logits[rows])[own] for one in temperatures])

    step = max(1, _BLOCK_NUMBERS // logits.shape[1])
    by_temperature = np.hstack(each(losses, [slice(start, start + step) for start in range(0, len(logits), step)]))
    *grid, calibrated = by_temperature
    return RowLosses(np.stack(grid), calibrated, logits.argmax(axis=1) == labels, calibration)


class Selection(NamedTuple):
    """What the rule chose in each of b weightings of the rows: indices of configurations, and of their temperatures."""

    candidate: IntArray
    temperature: IntArray


def choose(candidates: list[RowLosses], weights: FloatArray, *, by_accuracy: bool = False) -> Selection:
    """Take the simplest configuration within one standard error of the best, for many weightings (b, m) at once.

    Candidates come from simple to complex. The standard error is that of the difference to the best over images: what
    two configurations have in common, the images that are hard for both, does not excuse the worse one.

    ``by_accuracy`` takes the first of those that get most rows right, as published grid searches do.
    """
    n_rows = np.count_nonzero(weights, axis=1)[:, None]
    share = weights / weights.sum(axis=1, keepdims=True)
    means = np.stack([share @ candidate.by_temperature.T for candidate in candidates], axis=1)
    temperatures = means.argmin(axis=2)
    if by_accuracy:
        # Counted, not averaged: sums of whole numbers are exact, so that what gets as many right is not told apart.
        right = weights @ np.stack([candidate.correct for candidate in candidates]).T.astype(np.float32)
        candidate = right.argmax(axis=1)
        return Selection(candidate, temperatures[np.arange(len(candidate)), candidate])
    least = means.min(axis=2)
    best = least.argmin(axis=1)
    calibrated = np.stack([candidate.calibrated for candidate in candidates])
    error = np.empty_like(least)
    for index in np.unique(best):
        bags = best == index
        difference = calibrated - calibrated[index]
        mean = share[bags] @ difference.T
        variance = np.maximum(share[bags] @ (difference**2).T - mean**2, 0)
        # Rows drawn several times, or weighted unequally, are fewer independent ones.
        effective = 1 / (share[bags] ** 2).sum(axis=1, keepdims=True) if weights.shape[0] == 1 else n_rows[bags]
        error[bags] = np.sqrt(variance / np.maximum(effective - 1, 1))
    candidate = (least - least.min(axis=1, keepdims=True) <= error).argmax(axis=1)
    return Selection(candidate, temperatures[np.arange(len(candidate)), candidate])
