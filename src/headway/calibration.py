"""Probabilities from logits, and the temperature that makes them honest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

import numpy as np

from headway.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import FloatArray, IntArray

LOWEST, HIGHEST = 1e-3, 1e3
_MAX_ITERATIONS = 100
_BLOCK_NUMBERS = 1 << 22  # of logits that are looked at together: of thousands of classes, a copy takes gigabytes

Real = TypeVar("Real", bound=np.floating)
Kind: TypeAlias = Literal["temperature", "vector", "platt"]


@dataclass(frozen=True)
class Calibration:
    """What turns a head's raw logits into calibrated ones, and these into probabilities.

    Parameters
    ----------
    temperature : float
        What logits are divided by, above 0: below 1 where they are too timid, above 1 where they are too sure.
    kind : {"temperature", "vector", "platt"}
        ``"vector"`` multiplies the logits of each class by a number of its own, then, and adds another (Guo et al.,
        ICML 2017). ``"platt"`` does, too, and takes the logarithm of the logistic function of that, as each class has
        been separated from all others (Platt, Advances in Large Margin Classifiers, 1999).
    scale, shift : tuple of float
        These numbers, one for each class; empty for ``"temperature"``.

    Raises
    ------
    DataError
        When the temperature is not a finite number above 0, or the numbers do not fit the kind.

    Examples
    --------
    >>> raw = np.log(np.array([[1.0, 3.0]]))
    >>> Calibration(0.5).probabilities(raw).round(4).tolist()
    [[0.1, 0.9]]
    >>> Calibration.identity().probabilities(raw).round(4).tolist()
    [[0.25, 0.75]]
    """

    temperature: float
    kind: Kind = "temperature"
    scale: tuple[float, ...] = ()
    shift: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.temperature < np.inf:
            raise DataError(f"a temperature must be above 0 and finite, got {self.temperature}")
        if len(self.scale) != len(self.shift) or (self.kind == "temperature") != (not self.scale):
            raise DataError(f"a calibration of kind {self.kind} has {len(self.scale)} scales, {len(self.shift)} shifts")

    @classmethod
    def identity(cls) -> Calibration:
        """Return the calibration that changes nothing."""
        return cls(1.0)

    def logits(self, raw: NDArray[Real]) -> NDArray[Real]:
        """Calibrate logits (n, k); the dtype stays."""
        calibrated: NDArray[Real] = raw / raw.dtype.type(self.temperature)
        if self.scale:
            calibrated = calibrated * np.array(self.scale, raw.dtype) + np.array(self.shift, raw.dtype)
        return -np.logaddexp(raw.dtype.type(0), -calibrated) if self.kind == "platt" else calibrated

    def overwrite(self, raw: FloatArray) -> FloatArray:
        """Calibrate logits (n, k) where they are, and return them: of thousands of classes a copy takes gigabytes.

        Examples
        --------
        >>> Calibration(0.5).overwrite(np.ones((1, 2))).tolist()
        [[2.0, 2.0]]
        """
        for rows in _blocks(raw):
            raw[rows] = self.logits(raw[rows])
        return raw

    def log_probabilities(self, raw: NDArray[Real]) -> NDArray[Real]:
        """Logarithms of the probabilities of raw logits (n, k), without overflow; the dtype stays."""
        return log_softmax(self.logits(raw)) if self.scale else log_softmax(raw, self.temperature)

    def probabilities(self, raw: NDArray[Real]) -> NDArray[Real]:
        """Probabilities of raw logits (n, k); rows sum to 1, and the dtype stays."""
        probabilities: NDArray[Real] = np.exp(self.log_probabilities(raw))
        return probabilities


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


def by_rows(
    function: Callable[..., tuple[NDArray[Any], ...]], values: FloatArray, *others: NDArray[Any]
) -> tuple[NDArray[Any], ...]:
    """Apply a function of rows to values (n, k) and others (n, …), some rows at a time, and join each of its results.

    Examples
    --------
    >>> [rows.tolist() for rows in by_rows(lambda rows: (rows.max(axis=1), rows.argmax(axis=1)), np.eye(2))]
    [[1.0, 1.0], [0, 1]]
    """
    parts = [function(values[rows], *(other[rows] for other in others)) for rows in _blocks(values)]
    return tuple(map(np.concatenate, zip(*parts, strict=True)))


def _blocks(values: FloatArray) -> list[slice]:
    """Return the rows that are looked at together, at least once some, be they none."""
    step = max(1, _BLOCK_NUMBERS // values.shape[1])
    return [slice(start, start + step) for start in range(0, max(len(values), 1), step)]


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
    share = np.full(len(logits), 1 / len(logits)) if weights is None else weights / weights.sum(dtype=np.float64)
    doubt = 1 / (len(logits) + 1)
    own = logits[np.arange(len(labels)), labels].astype(np.float64)
    (mean,) = by_rows(lambda values: (values.astype(np.float64).mean(axis=1),), logits)
    expected = float(share @ ((1 - doubt) * own + doubt * mean))
    low, high = 1 / HIGHEST, 1 / LOWEST
    if _derivatives(logits, share, expected, low)[0] >= 0:
        return Calibration(HIGHEST)
    if _derivatives(logits, share, expected, high)[0] <= 0:
        return Calibration(LOWEST)
    inverse = 1.0
    for _ in range(_MAX_ITERATIONS):
        slope, curvature = _derivatives(logits, share, expected, inverse)
        low, high = (inverse, high) if slope < 0 else (low, inverse)
        newton = inverse - slope / curvature if curvature > 0 else np.inf
        following = newton if low < newton < high else float(np.sqrt(low * high))
        if abs(following - inverse) <= 1e-6 * inverse:
            break
        inverse = following
    return Calibration(float(1 / inverse))


def _derivatives(
    logits: FloatArray, share: NDArray[np.float64], expected: float, inverse: float
) -> tuple[float, float]:
    """First and second derivative of the mean log-loss in 1 / temperature, given the expected logit of the targets."""

    def moments(some: FloatArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        values = some.astype(np.float64)
        probabilities = softmax(values, 1 / inverse)
        return (probabilities * values).sum(axis=1), (probabilities * values**2).sum(axis=1)

    mean, square = by_rows(moments, logits)
    return float(share @ mean) - expected, float(share @ np.maximum(square - mean**2, 0))
