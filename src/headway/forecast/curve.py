"""The learning curve of a data set: measured, continued, and by class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from headway.errors import DataError
from headway.facts.forecast import Forecast, LearningCurve
from headway.forecast.classes import class_gains
from headway.forecast.extrapolation import Extrapolation, extrapolate
from headway.forecast.measuring import measure
from headway.forecast.subsets import nested_subsets
from headway.heads import standardise
from headway.search import WHOLE
from headway.splits import folds
from headway.splits.groups import merge_groups

if TYPE_CHECKING:
    from headway.facts.forecast import Doubt
    from headway.forecast.measuring import Measured
    from headway.types import FloatArray, IntArray, Progress

FRACTIONS = (1 / 8, 1 / 4, 1 / 2, 1)
FACTORS = (2, 4)
USUAL_C = 0.01  # of the logistic head, where no search has chosen one
FEWEST = 60  # images, or groups of them
FEWEST_OF_A_CLASS = 5  # on average
WIDEST = 0.2  # of accuracy: a wider interval tells nothing
MOST = 20_000  # images that are measured on; of more, a part is
_MANY = 5_000  # images, of which some folds tell enough
_FOLDS, _FOLDS_OF_MANY = 5, 2
_BEYOND = 3  # standard errors: with nothing to learn, cross-validated accuracies vary by more than one
_INTERVAL = (0.025, 0.5, 0.975)


def learning_curve(
    features: FloatArray,
    labels: IntArray,
    contents: Sequence[bytes],
    groups: IntArray | None = None,
    *,
    classes: Sequence[str],
    C: float,
    seed: int = 0,
    progress: Progress | None = None,
) -> LearningCurve:
    """Measure the accuracy with an eighth to all of the images, and forecast it with twice and four times as many.

    Parameters
    ----------
    features : float32 array (n, d)
    labels : int64 array (n,)
        From 0; every image has one.
    contents : sequence of bytes
        A hash of each image's content; identical ones count as one, as in the scores, unless their labels differ.
    groups : int64 array (n,), optional
        So are images of one group.
    classes : sequence of str
        Names of the classes.
    C : float
        Inverse strength of the penalty of the logistic head, as the search chose it.
    seed : int
        Of folds, parts and bootstrap draws.
    progress : Progress, optional
        Told what goes on.

    Returns
    -------
    LearningCurve
        Without points where there are too few images, or so many classes that a search leaves something out.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> labels = np.arange(400) % 2
    >>> features = random.standard_normal((400, 20)) + 0.3 * labels[:, None]
    >>> contents = [bytes([row // 256, row % 256]) for row in range(400)]
    >>> found = learning_curve(features.astype("float32"), labels, contents, classes=("a", "b"), C=0.01)
    >>> [point.pictures for point in found.points], [forecast.pictures for forecast in found.forecasts]
    ([40, 80, 160, 320], [800, 1600])
    """
    units = merge_groups(contents, groups)
    first = np.unique(np.stack([merge_groups(contents, None), labels]), axis=1, return_index=True)[1]
    if len(first) < len(labels):
        distinct = np.sort(first)
        features, labels, units = features[distinct], labels[distinct], units[distinct]
    n = len(labels)
    n_units = len(np.unique(units))
    few = LearningCurve(pictures=n, doubt="few")
    if n_units < max(FEWEST, FEWEST_OF_A_CLASS * len(classes)) or len(np.unique(labels)) < 2:
        return few
    if len(classes) * features.shape[1] > WHOLE:  # twenty heads are fitted here
        return LearningCurve(pictures=n, doubt="classes")
    if n > MOST:
        (rows,) = nested_subsets(np.arange(n), labels, units, (MOST / n,), seed)
        features, labels, units = features[rows], labels[rows], units[rows]
    try:
        pairs = folds(labels, groups=units, n_folds=_FOLDS, seed=seed)
    except DataError:  # too few groups to hold any out
        return few
    if len(labels) > _MANY:
        pairs = pairs[:_FOLDS_OF_MANY]
    data = standardise(features)
    measured = measure(data, labels, units, pairs, FRACTIONS, n_classes=len(classes), C=C, seed=seed, progress=progress)
    if not _learned(measured, labels):
        return LearningCurve(pictures=n, points=measured.points(), doubt="chance")
    found = extrapolate(measured, units, [factor * n for factor in (1, *FACTORS)], seed=seed)
    now, *later = (_forecast(found, place, factor, n) for place, factor in enumerate((1, *FACTORS)))
    told = [forecast for forecast in later if forecast.high - forecast.low <= WIDEST]
    wrong = np.bincount(labels[measured.rows[~measured.right[-1]]], minlength=len(classes))
    return LearningCurve(
        pictures=n,
        points=measured.points(),
        now=now,
        forecasts=tuple(told),
        doubt=None if len(told) == len(later) else _doubt(found, len(told) + 1),
        classes=class_gains(data, labels, units, pairs, wrong, classes=classes, C=C, seed=seed, progress=progress),
    )


def _learned(measured: Measured, labels: IntArray) -> bool:
    """Say whether the accuracy is beyond that of naming the most frequent class."""
    share = np.bincount(labels).max() / len(labels)
    accuracy = float(measured.accuracies()[-1])
    return bool(accuracy > share + _BEYOND * np.sqrt(share * (1 - share) / len(measured.rows)))


def _forecast(found: Extrapolation, place: int, factor: int, pictures: int) -> Forecast:
    accuracy = found.accuracy[:, :, place]
    low, middle, high = found.quantiles(accuracy, _INTERVAL)
    (gain,) = found.quantiles(accuracy - found.accuracy[:, :, 0], (0.5,))
    return Forecast(factor, factor * pictures, middle, low, high, gain)


def _doubt(found: Extrapolation, place: int) -> Doubt:
    """Say why the interval is too wide: the draws, or the shapes."""
    return "shapes" if found.disagreement(place) > 0.5 else "noise"
