"""Scores from logits and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from headway import metrics
from headway.errors import DataError
from headway.evaluation.rows import score_rows
from headway.facts.scores import (
    BinaryScores,
    ClassScores,
    ConfusionCell,
    CoveragePoint,
    Mistake,
    PartScores,
    Reliability,
    ReliabilityBin,
    Repeats,
    Scores,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.calibration import Calibration
    from headway.types import FloatArray, IntArray

TOP_5_ABOVE = 10  # classes; with fewer, the five most probable ones say little
MOST_MISTAKES = 100


@dataclass(frozen=True, eq=False)
class Scored:
    """What is known of the images that are scored, besides their labels.

    Parameters
    ----------
    names : sequence of str or None
        For the list of mistakes; None for no list.
    contents : int64 array (n,) or None
        Images with the same number are identical; None where none are.
    groups : int64 array (n,) or None
        Images with the same number belong together: identical ones, and those of a patient or a scene.
    seen : bool array (n,) or None
        Which of them the classifier learned from.
    near : bool array (n,) or None
        Which of the others are near copies of what it learned from.
    as_one : bool
        Whether identical images count as one.
    """

    names: Sequence[str] | None = None
    contents: IntArray | None = None
    groups: IntArray | None = None
    seen: NDArray[np.bool_] | None = None
    near: NDArray[np.bool_] | None = None
    as_one: bool = False

    def at(self, rows: IntArray) -> Scored:
        """Return the same of some of the images."""
        names = None if self.names is None else [self.names[row] for row in rows.tolist()]
        arrays = {name: getattr(self, name) for name in ("contents", "groups", "seen", "near")}
        own = {name: None if array is None else array[rows] for name, array in arrays.items()}
        return Scored(names, **own, as_one=self.as_one)


def score(
    logits: FloatArray,
    labels: IntArray,
    calibration: Calibration,
    classes: Sequence[str],
    majority: int,
    images: Scored | None = None,
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
    images : Scored, optional
        What else is known of the images.

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
    images = images or Scored()
    repeats = None
    if images.contents is not None:
        repeats = count_repeats(logits.argmax(axis=1) == labels, images.contents, as_one=images.as_one)
    weights = None
    if repeats is not None and repeats.as_one:
        rows, weights = _distinct(labels, np.asarray(images.contents))
        logits, labels, images = logits[rows], labels[rows], images.at(rows)
    k = len(classes)
    scored = score_rows(logits, labels, calibration)
    predicted, is_right = scored.predicted, scored.top.right
    right = int(is_right.sum())
    groups = np.arange(len(labels)) if images.groups is None else images.groups
    count = len(np.unique(groups))
    interval = metrics.grouped_interval(is_right, groups, weights)
    familiar = [flags for flags in (images.seen, images.near) if flags is not None]
    unseen = ~np.any(familiar, axis=0) if familiar else np.ones(len(labels), np.bool_)
    return Scores(
        n=len(labels),
        right=right,
        accuracy=metrics.accuracy(labels, predicted, weights),
        low=interval.low,
        high=interval.high,
        top5_accuracy=float(scored.in_top_5.mean()) if k > TOP_5_ABOVE else None,
        balanced_accuracy=metrics.balanced_accuracy(labels, predicted, k),
        macro_f1=metrics.macro_f1(labels, predicted, k),
        log_loss=float(np.average(scored.losses, weights=weights)),
        brier=float(np.average(scored.squared, weights=weights)),
        ece=metrics.calibration_error(scored.top, weights),
        ece_uncalibrated=metrics.calibration_error(scored.uncalibrated, weights),
        majority_accuracy=metrics.accuracy(labels, np.full_like(labels, majority), weights),
        per_class=_per_class(labels, predicted, classes),
        confusion=confusion(labels, predicted, k),
        mistakes=() if images.names is None else mistakes(images.names, labels, predicted, scored.top, classes),
        seen_in_training=0 if images.seen is None else int(images.seen.sum()),
        reliability=Reliability(_reliability(scored.uncalibrated), _reliability(scored.top)),
        coverage=_coverage(scored.top),
        near_training=0 if images.near is None else int(images.near.sum()),
        unseen=score_part(logits, labels, calibration, classes, majority, groups, np.flatnonzero(unseen)),
        repeats=repeats,
        groups=count if count < len(labels) else None,
    )


def score_part(
    logits: FloatArray,
    labels: IntArray,
    calibration: Calibration,
    classes: Sequence[str],
    majority: int,
    groups: IntArray,
    rows: IntArray,
) -> PartScores | None:
    """Score some of the images, each counting one; None where these are all, or none. Arguments as for `score`."""
    if len(rows) in (0, len(labels)):
        return None
    images = Scored(groups=groups[rows])
    return PartScores.of(score(logits[rows], labels[rows], calibration, classes, majority, images))


def count_repeats(right: NDArray[np.bool_], contents: IntArray, *, as_one: bool) -> Repeats | None:
    """Return how many images repeat another's content, and the accuracy that is not the main one; None for none."""
    repeated = len(right) - len(np.unique(contents))
    if not repeated:
        return None
    other = None if as_one else content_shares(contents)
    return Repeats(repeated, as_one, float(np.average(right, weights=other)))


def content_shares(contents: IntArray) -> NDArray[np.float64]:
    """Return what each image counts where identical ones count as one.

    Examples
    --------
    >>> content_shares(np.array([7, 8, 7])).tolist()
    [0.5, 1.0, 0.5]
    """
    _, own, counts = np.unique(contents, return_inverse=True, return_counts=True)
    shares: NDArray[np.float64] = 1 / counts[own]
    return shares


def _distinct(labels: IntArray, contents: IntArray) -> tuple[IntArray, NDArray[np.float64]]:
    """Return the first image of each content and label, in their order, and its part of the content's images."""
    pairs = np.stack([contents, labels])
    _, first, own = np.unique(pairs, axis=1, return_index=True, return_inverse=True)
    shares: NDArray[np.float64] = np.bincount(own.ravel(), content_shares(contents)).astype(np.float64)
    order = np.argsort(first)
    return first[order].astype(np.int64), shares[order]


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


def _reliability(top: metrics.Top) -> tuple[ReliabilityBin, ...]:
    columns = (column.tolist() for column in metrics.reliability(top))
    rows = enumerate(zip(*columns, strict=True))
    return tuple(
        ReliabilityBin(place / metrics.N_BINS, (place + 1) / metrics.N_BINS, n, confidence, accuracy)
        for place, (n, confidence, accuracy) in rows
        if n
    )


def _coverage(top: metrics.Top) -> tuple[CoveragePoint, ...]:
    columns = (column.tolist() for column in metrics.coverage(top))
    return tuple(CoveragePoint(*point) for point in zip(*columns, strict=True))


def confusion(labels: IntArray, predicted: IntArray, k: int) -> tuple[ConfusionCell, ...]:
    """Return the cells of the confusion matrix that are not 0; with many classes the matrix itself takes gigabytes."""
    cells, counts = np.unique(labels * k + predicted, return_counts=True)
    return tuple(
        ConfusionCell(cell // k, cell % k, count) for cell, count in zip(cells.tolist(), counts.tolist(), strict=True)
    )


def mistakes(
    names: Sequence[str], labels: IntArray, predicted: IntArray, top: metrics.Top, classes: Sequence[str]
) -> tuple[Mistake, ...]:
    """Return the wrong predictions, the most confident first: either the model errs, or the label does."""
    confidence, wrong = top.confidence, np.flatnonzero(~top.right)
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:MOST_MISTAKES]
    return tuple(
        Mistake(names[row], classes[labels[row]], classes[predicted[row]], float(confidence[row]))
        for row in worst.tolist()
    )
