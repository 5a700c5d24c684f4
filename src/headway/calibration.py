"""Probabilities from logits, and the temperature that makes them honest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from headway.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import FloatArray, IntArray

LOWEST, HIGHEST = 1e-3, 1e3
_MAX_ITERATIONS = 100

Real = TypeVar("Real", bound=np.floating)


@dataclass(frozen=True)
class Calibration:
    """What turns a head's raw logits into calibrated ones, and these into probabilities.

    Parameters
    ----------
    temperature : float
        What logits are divided by, above 0: below 1 where they are too timid, above 1 where they are too sure.

    Raises
    ------
    DataError
        When the temperature is not a finite number above 0.

    Examples
    --------
    >>> raw = np.log(np.array([[1.0, 3.0]]))
    >>> Calibration(0.5).probabilities(raw).round(4).tolist()
    [[0.1, 0.9]]
    >>> Calibration.identity().probabilities(raw).round(4).tolist()
    [[0.25, 0.75]]
    """

    temperature: float

    def __post_init__(self) -> None:
        if not 0 < self.temperature < np.inf:
            raise DataError(f"a temperature must be above 0 and finite, got {self.temperature}")

    @classmethod
    def identity(cls) -> Calibration:
        """Return the calibration that changes nothing."""
        return cls(1.0)

    def logits(self, raw: NDArray[Real]) -> NDArray[Real]:
        """Calibrate logits (n, k); the dtype stays."""
        calibrated: NDArray[Real] = raw / raw.dtype.type(self.temperature)
        return calibrated

    def log_probabilities(self, raw: NDArray[Real]) -> NDArray[Real]:
        """Logarithms of the probabilities of raw logits (n, k), without overflow; the dtype stays."""
        return log_softmax(raw, self.temperature)

    def probabilities(self, raw: NDArray[Real]) -> NDArray[Real]:
        """Probabilities of raw logits (n, k); rows sum to 1, and the dtype stays."""
        return softmax(raw, self.temperature)


def log_softmax(logits: NDArray[Real], temperature: float = 1.0) -> NDArray[Real]:
    """Logarithms of the probabilities of logits (n, k) divided by a temperature, computed without overflow.

    Examples
    --------
    >>> log_softmax(np.zeros((1, 2))).round(4).tolist()
    [[-0.6931, -0.6931]]
    """
    scaled: NDArray[Real] = (logits - logits.max(axis=1, keepdims=True)) / logits.dtype.type(temperature)
    scaled -= np.log(np.exp(scaled).sum(axis=1, keepdims=True))
    return scaled


def softmax(logits: NDArray[Real], temperature: float = 1.0) -> NDArray[Real]:
    """Probabilities of logits (n, k) divided by a temperature.

    Examples
    --------
    >>> softmax(np.log(np.array([[1.0, 3.0]]))).round(4).tolist()
    [[0.25, 0.75]]
    """
    probabilities: NDArray[Real] = np.exp(log_softmax(logits, temperature))
    return probabilities


def fit_calibration(logits: FloatArray, labels: IntArray, weights: FloatArray | None = None) -> Calibration:
    """Find the temperature of least log-loss (Guo et al., On Calibration of Modern Neural Networks, ICML 2017).

    The log-loss is convex in 1 / temperature; its minimum is found by Newton's method inside a shrinking bracket.
    By Laplace's rule of succession, n rows without a mistake are no proof that there are none: each row's target gives
    1 / (n + 1) of its weight to all classes alike. With many rows that changes nothing; with few it keeps
    probabilities from being absurdly sure.

    Parameters
    ----------
    logits : float array (n, k)
        Predictions for rows that the head was not fitted on.
    labels : int64 array (n,)
        Classes in ``0 … k - 1``.
    weights : float32 array (n,), optional
        Weight of every row, 0 or more.

    Returns
    -------
    Calibration
        With a temperature from 0.001 to 1,000.

    Raises
    ------
    DataError
        When there is no row, or a logit is not finite.

    Examples
    --------
    >>> logits = np.log(np.array([[0.9, 0.1]] * 4))
    >>> round(fit_calibration(np.repeat(logits, 1000, axis=0), np.repeat([0, 0, 0, 1], 1000)).temperature, 2)
    2.0
    >>> round(fit_calibration(logits, np.array([0, 0, 0, 1])).temperature, 2)
    2.59
    """
    if not len(logits) or not np.isfinite(logits).all():
        raise DataError(f"a calibration needs finite logits of at least one row, got {len(logits)} rows")
    values = logits.astype(np.float64)
    share = np.full(len(logits), 1 / len(logits)) if weights is None else weights / weights.sum(dtype=np.float64)
    doubt = 1 / (len(logits) + 1)
    target = (1 - doubt) * values[np.arange(len(values)), labels] + doubt * values.mean(axis=1)
    expected = float(share @ target)
    low, high = 1 / HIGHEST, 1 / LOWEST
    if _derivatives(values, share, expected, low)[0] >= 0:
        return Calibration(HIGHEST)
    if _derivatives(values, share, expected, high)[0] <= 0:
        return Calibration(LOWEST)
    inverse = 1.0
    for _ in range(_MAX_ITERATIONS):
        slope, curvature = _derivatives(values, share, expected, inverse)
        low, high = (inverse, high) if slope < 0 else (low, inverse)
        newton = inverse - slope / curvature if curvature > 0 else np.inf
        following = newton if low < newton < high else float(np.sqrt(low * high))
        if abs(following - inverse) <= 1e-6 * inverse:
            break
        inverse = following
    return Calibration(float(1 / inverse))


def _derivatives(
    logits: NDArray[np.float64], share: NDArray[np.float64], expected: float, inverse: float
) -> tuple[float, float]:
    """First and second derivative of the mean log-loss in 1 / temperature, given the expected logit of the targets."""
    probabilities = softmax(logits, 1 / inverse)
    mean = (probabilities * logits).sum(axis=1)
    square = (probabilities * logits**2).sum(axis=1)
    return float(share @ mean) - expected, float(share @ np.maximum(square - mean**2, 0))
