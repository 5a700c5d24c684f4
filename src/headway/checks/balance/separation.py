"""How well two sides of a data set are told apart within its classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headway.heads import standardise
from headway.heads.logistic import LogisticPath
from headway.heads.spectrum import principal_components
from headway.splits import folds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from headway.types import FloatArray, IntArray

_COMPONENTS = 64
_PASSES = 4
_C = 0.01  # few images have many components: what matters of a shift is in the large ones


class Scores(NamedTuple):
    """How much images look like the other side, by classifiers that had not seen them.

    Attributes
    ----------
    rows : int64 array (m,)
        The images that were held out once.
    values : float32 array (m,)
        Logits: 0 where both sides are as likely.
    """

    rows: IntArray
    values: FloatArray


class Separation(NamedTuple):
    """An area under the ROC curve with its 95 % interval, and that of each class, NaN where it has none."""

    auroc: float
    low: float
    high: float
    by_class: NDArray[np.float64]


def score_sides(
    features: FloatArray,
    other: NDArray[np.bool_],
    classes: IntArray,
    units: IntArray,
    hashes: Sequence[bytes],
    seed: int,
) -> Scores:
    """Tell by features (n, d) which images are on the ``other`` side, by cross-validation in which units are whole.

    Images are weighted so that each class is as frequent on both sides: its share tells nothing. Too few units to hold
    any out are a `DataError`.
    """
    centred = features - features.mean(axis=0)
    basis, _ = principal_components(centred, _COMPONENTS, np.random.default_rng(seed), passes=_PASSES)
    strata = 2 * classes + other
    pairs = folds(strata, contents=hashes, groups=units, seed=seed)
    weights = np.zeros((len(pairs), len(features)), np.float32)
    for own, (train, _) in zip(weights, pairs, strict=True):
        own[train] = _even(strata[train])
    path = LogisticPath(standardise(centred @ basis), other.astype(np.int64), weights, 2)
    path.solve(_C)
    values = np.zeros(len(features), np.float32)
    for fold, (_, held_out) in enumerate(pairs):
        values[held_out] = path.logits_[1, fold, held_out] - path.logits_[0, fold, held_out]
    rows = np.sort(np.concatenate([held_out for _, held_out in pairs]))
    return Scores(rows, values[rows])


def _even(strata: IntArray) -> FloatArray:
    """Return weights by which both sides of each class count the same, and each class as often as it occurs."""
    counts = np.bincount(strata, minlength=2 * (int(strata.max()) // 2 + 1))
    both = counts.reshape(-1, 2)
    of_class = np.where(both.all(axis=1), both.sum(axis=1), 0).repeat(2)  # of one side only: it tells nothing
    weights: FloatArray = (of_class / (2 * np.maximum(counts, 1)))[strata].astype(np.float32)
    return weights


def separation(values: FloatArray, other: NDArray[np.bool_], classes: IntArray, units: IntArray) -> Separation:
    """Return how much higher the values of the ``other`` side are than those of the same class on the first.

    The area is that of each class, weighted by mn ÷ (m + n) (van Elteren 1960), which is what it is known by. Its
    variance is DeLong's (Biometrics 44, 1988), summed over units as Obuchowski's for clustered data (Biometrics 53,
    1997), with the quantile of Student's t for as many units as the smaller side has.
    """
    from scipy.stats import rankdata, t

    by_class = np.full(int(classes.max()) + 1, np.nan)
    influence = np.zeros(len(values))
    total = weighted = 0.0
    for label in np.unique(classes).tolist():
        first, second = (np.flatnonzero((classes == label) & (other == side)) for side in (False, True))
        m, n = len(second), len(first)
        if m < 2 or n < 2:
            continue
        ranks = rankdata(values[np.concatenate([first, second])])
        above = (ranks[n:] - rankdata(values[second])) / n  # share of the first side that each of the second is above
        below = 1 - (ranks[:n] - rankdata(values[first])) / m
        by_class[label] = above.mean()
        weight = m * n / (m + n)
        influence[second] = weight * (above - above.mean()) / np.sqrt(m * (m - 1))
        influence[first] = weight * (below - below.mean()) / np.sqrt(n * (n - 1))
        total += weight
        weighted += weight * by_class[label]
    auroc = weighted / total
    spread = np.sqrt((np.bincount(units, influence) ** 2).sum()) / total
    fewest = min(len(np.unique(units[other == side])) for side in (False, True))
    reach = spread * t.ppf(0.975, fewest - 1)
    return Separation(auroc, max(auroc - reach, 0.0), min(auroc + reach, 1.0), by_class)
