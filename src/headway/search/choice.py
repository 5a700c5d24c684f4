"""What can be chosen, and the rule that chooses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headway.calibration import HIGHEST, LOWEST, fit_temperature, log_softmax

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

HEADS = ("majority", "centroid", "logistic", "mlp", "svm", "dense100", "dense256")  # from simple to complex
RACING = ("centroid", "logistic", "mlp")  # what is tried where the head is left open
C_GRID = tuple(float(f"{10 ** (exponent / 2):.4g}") for exponent in range(-8, 5))  # 0.0001 … 100, two a decade
SVM_GRID = (1.0, 10.0, 100.0)
# Around a candidate's own temperature; a bootstrap sample's best one is never far from it.
_TEMPERATURE_FACTORS = 2.0 ** np.arange(-1.5, 1.75, 0.25)


@dataclass(frozen=True)
class Choice:
    """One configuration.

    Parameters
    ----------
    head : {"majority", "centroid", "logistic", "mlp", "svm", "dense100", "dense256"}
        Kind of head.
    features : str
        Name of the feature set.
    C : float or None
        Inverse strength of the penalty of a logistic or svm head; None for the others.

    Examples
    --------
    >>> print(Choice("logistic", "last", 0.001))
    logistic on last, C = 0.001
    """

    head: str
    features: str
    C: float | None = None

    def __str__(self) -> str:
        return f"{self.head} on {self.features}" + ("" if self.C is None else f", C = {self.C:g}")


class Losses(NamedTuple):
    """What a configuration's out-of-fold predictions cost, at several temperatures.

    Parameters
    ----------
    at : float32 array (t, m)
        Log-loss of every row at every temperature of a grid.
    fitted : float32 array (m,)
        The same at the configuration's own best temperature.
    right : bool array (m,)
        Whether the top class is the true one.
    temperature : float
        The best one.
    """

    at: FloatArray
    fitted: FloatArray
    right: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    temperature: float


def losses(logits: FloatArray, labels: IntArray, weights: FloatArray) -> Losses:
    """Log-losses of out-of-fold logits (m, k) at the temperatures that may matter."""
    temperature = fit_temperature(logits, labels, weights)
    own = np.arange(len(labels)), labels

    def at(factor: float) -> FloatArray:
        return -log_softmax(logits, float(np.clip(temperature * factor, LOWEST, HIGHEST)))[own]

    grid = np.stack([at(factor) for factor in _TEMPERATURE_FACTORS])
    return Losses(grid, at(1), logits.argmax(axis=1) == labels, temperature)


class Chosen(NamedTuple):
    """What the rule chose in each of b weightings of the rows.

    Parameters
    ----------
    candidate : int64 array (b,)
        Index of the configuration.
    temperature : int64 array (b,)
        Index into the grid of its temperatures.
    """

    candidate: IntArray
    temperature: IntArray


def choose(candidates: list[Losses], weights: FloatArray) -> Chosen:
    """Take the simplest configuration within one standard error of the best, for many weightings at once.

    The standard error is that of the difference to the best over pictures: what two configurations have in common, the
    pictures that are hard for both, does not excuse the worse one.

    Parameters
    ----------
    candidates : list of Losses
        From simple to complex.
    weights : float32 array (b, m)
        Weightings of the rows.

    Returns
    -------
    Chosen
    """
    n_rows = np.count_nonzero(weights, axis=1)[:, None]
    share = weights / weights.sum(axis=1, keepdims=True)
    means = np.stack([share @ candidate.at.T for candidate in candidates], axis=1)
    temperatures = means.argmin(axis=2)
    reached = means.min(axis=2)
    best = reached.argmin(axis=1)
    fitted = np.stack([candidate.fitted for candidate in candidates])
    error = np.empty_like(reached)
    for one in np.unique(best):
        bags = best == one
        difference = fitted - fitted[one]
        mean = share[bags] @ difference.T
        variance = np.maximum(share[bags] @ (difference**2).T - mean**2, 0)
        # Rows drawn several times, or weighted unequally, are fewer independent ones.
        effective = 1 / (share[bags] ** 2).sum(axis=1, keepdims=True) if weights.shape[0] == 1 else n_rows[bags]
        error[bags] = np.sqrt(variance / np.maximum(effective - 1, 1))
    near = reached - reached.min(axis=1, keepdims=True) <= error
    candidate = near.argmax(axis=1)
    return Chosen(candidate, temperatures[np.arange(len(candidate)), candidate])
