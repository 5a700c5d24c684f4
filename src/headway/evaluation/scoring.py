"""Scores from logits and labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from headway import metrics
from headway.calibration import Calibration
from headway.errors import DataError
from headway.facts.scores import (
    BinaryScores,
    ClassScores,
    ConfusionCell,
    CoveragePoint,
    Mistake,
    Reliability,
    ReliabilityBin,
    Scores,
)

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

TOP_5_ABOVE = 10  # classes; with fewer, the five most probable ones say little
MOST_MISTAKES = 100


def score(
    logits: FloatArray,
    labels: IntArray,
    calibration: Calibration,
    classes: Sequence[str],
    majority: int,
    *,
    names: Sequence[str] | None = None,
    seen_in_training: int = 0,
) -> Scores:
    """Turn logits into scores.

    Parameters
    ----------
    logits : float32 array (n, classes)
        Before calibration.
    labels : int64 array (n,)
        Indices into ``classes``.
    calibration : Calibration
        What makes probabilities of logits.
    classes : sequence of str
        Names.
    majority : int
        The most frequent class of the training images.
    names : sequence of str, optional
        Of the images, for the list of mistakes.
    seen_in_training : int
        How many of them the classifier learned from.

    Returns
    -------
    Scores

    Raises
    ------
    DataError
        When there is nothing to score.

    Examples
    --------
    >>> import numpy as np
    >>> logits, labels = np.array([[2, 0], [0, 1], [3, 0]], "f4"), np.array([0, 1, 1])
    >>> scores = score(logits, labels, Calibration(1.0), ["cat", "dog"], majority=1)
    >>> scores.right, [(cell.true, cell.predicted, cell.count) for cell in scores.confusion]
    (2, [(0, 0, 1), (1, 0, 1), (1, 1, 1)])
    """
    if not len(labels):
        raise DataError("there is no labelled picture to score")
    k = len(classes)
    predicted = logits.argmax(axis=1)
    probabilities, uncalibrated = (each.probabilities(logits) for each in (calibration, Calibration.identity()))
    right = int((predicted == labels).sum())
    interval = metrics.wilson(right, len(labels))
    return Scores(
        n=len(labels),
        right=right,
        accuracy=metrics.accuracy(labels, predicted),
        low=interval.low,
        high=interval.high,
        top5_accuracy=metrics.top_k_accuracy(labels, logits, 5) if k > TOP_5_ABOVE else None,
        balanced_accuracy=metrics.balanced_accuracy(labels, predicted, k),
        macro_f1=metrics.macro_f1(labels, predicted, k),
        log_loss=metrics.log_loss(labels, calibration.log_probabilities(logits)),
        brier=metrics.brier(labels, probabilities),
        ece=metrics.calibration_error(labels, probabilities),
        ece_uncalibrated=metrics.calibration_error(labels, uncalibrated),
        majority_accuracy=metrics.accuracy(labels, np.full_like(labels, majority)),
        per_class=_per_class(labels, predicted, classes),
        confusion=confusion(labels, predicted, k),
        mistakes=() if names is None else mistakes(names, labels, probabilities, classes),
        seen_in_training=seen_in_training,
        reliability=Reliability(_reliability(labels, uncalibrated), _reliability(labels, probabilities)),
        coverage=_coverage(labels, probabilities),
    )


def binary_scores(logits: FloatArray, labels: IntArray) -> BinaryScores:
    """Score logits (n, k), before calibration, as answers of yes or no to each class.

    Examples
    --------
    >>> import numpy as np
    >>> binary = binary_scores(np.full((10, 5), -9, "f4"), np.arange(10) % 5)
    >>> binary.accuracy, binary.no_accuracy, round(binary.no_loss, 4)
    (0.8, 0.8, 0.5004)
    """
    k = logits.shape[1]
    values, wanted = logits.astype(np.float64), np.eye(k)[labels]
    part = wanted.mean(axis=0)
    other = 1 - part
    entropy = -(part * np.log(np.where(part > 0, part, 1)) + other * np.log(np.where(other > 0, other, 1)))
    return BinaryScores(
        accuracy=float(((values > 0) == (wanted > 0)).mean()),
        loss=float((np.logaddexp(0, values) - wanted * values).mean()),
        no_accuracy=1 - 1 / k,
        no_loss=float(entropy.mean()),
    )


def _per_class(labels: IntArray, predicted: IntArray, classes: Sequence[str]) -> tuple[ClassScores, ...]:
    each = metrics.per_class(labels, predicted, len(classes))
    rows = zip(
        classes, each.support.tolist(), each.precision.tolist(), each.recall.tolist(), each.f1.tolist(), strict=True
    )
    return tuple(ClassScores(name, n, precision, recall, f1) for name, n, precision, recall, f1 in rows if n)


def _reliability(labels: IntArray, probabilities: FloatArray) -> tuple[ReliabilityBin, ...]:
    columns = (column.tolist() for column in metrics.reliability(labels, probabilities))
    rows = enumerate(zip(*columns, strict=True))
    return tuple(
        ReliabilityBin(place / metrics.N_BINS, (place + 1) / metrics.N_BINS, n, confidence, accuracy)
        for place, (n, confidence, accuracy) in rows
        if n
    )


def _coverage(labels: IntArray, probabilities: FloatArray) -> tuple[CoveragePoint, ...]:
    columns = (column.tolist() for column in metrics.coverage(labels, probabilities))
    return tuple(CoveragePoint(*point) for point in zip(*columns, strict=True))


def confusion(labels: IntArray, predicted: IntArray, k: int) -> tuple[ConfusionCell, ...]:
    """Return the cells of the confusion matrix that are not 0; with many classes the matrix itself takes gigabytes."""
    cells, counts = np.unique(labels * k + predicted, return_counts=True)
    return tuple(
        ConfusionCell(cell // k, cell % k, count) for cell, count in zip(cells.tolist(), counts.tolist(), strict=True)
    )


def mistakes(
    names: Sequence[str], labels: IntArray, probabilities: FloatArray, classes: Sequence[str]
) -> tuple[Mistake, ...]:
    """Return the wrong predictions, the most confident first: either the model errs, or the label does."""
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:MOST_MISTAKES]
    return tuple(
        Mistake(names[row], classes[labels[row]], classes[predicted[row]], float(confidence[row]))
        for row in worst.tolist()
    )
