"""What scores need to know of each image, so that probabilities of thousands of classes need not be held."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headway import metrics
from headway.calibration import by_rows, softmax

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from headway.calibration import Calibration
    from headway.types import FloatArray, IntArray


class RowScores(NamedTuple):
    """How each of n images is predicted."""

    predicted: IntArray  # (n,): the most probable class
    top: metrics.Top  # whether that is right, and how probable it is
    uncalibrated: metrics.Top  # the same without calibration
    losses: NDArray[np.float64]  # (n,): log-loss, in nats
    squared: NDArray[np.float64]  # (n,): squared errors of the probabilities
    in_top_5: NDArray[np.bool_]  # (n,): whether the label is among the five most probable


def score_rows(logits: FloatArray, labels: IntArray, calibration: Calibration) -> RowScores:
    """Score logits (n, k), before calibration, for labels (n,).

    Examples
    --------
    >>> from headway.calibration import Calibration
    >>> rows = score_rows(np.array([[2, 0], [0, 1]], "f4"), np.array([0, 0]), Calibration(1.0))
    >>> rows.predicted.tolist(), rows.top.right.tolist(), rows.losses.round(3).tolist()
    ([0, 1], [True, False], [0.127, 1.313])
    """

    def some(values: FloatArray, own: IntArray) -> tuple[NDArray[Any], ...]:
        calibrated = calibration.log_probabilities(values)
        probabilities = calibration.probabilities(values)
        return (
            probabilities.argmax(axis=1),
            *metrics.top(own, probabilities),
            *metrics.top(own, softmax(values)),
            0.0 - calibrated[np.arange(len(own)), own].astype(np.float64),  # never -0.0
            metrics.squared_errors(own, probabilities),
            metrics.among_top(own, calibrated, 5),
        )

    predicted, right, confidence, raw_right, raw_confidence, *rest = by_rows(some, logits, labels)
    return RowScores(predicted, metrics.Top(right, confidence), metrics.Top(raw_right, raw_confidence), *rest)
