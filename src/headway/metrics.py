"""Scores of predictions: arrays in, numbers out. `docs/numbers.md` explains them in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headway.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import FloatArray, IntArray

N_BINS = 15
_Z_95 = 1.959963984540054  # 97.5 % quantile of the standard normal distribution
_DRAWS = 1_000  # bootstrap samples of groups
_DRAWN_AT_ONCE = 4_000_000  # groups of these, in memory
_COLLAPSED = 1e-9  # width of an interval of samples that are all alike


class Interval(NamedTuple):
    """A range, both ends included."""

    low: float
    high: float


class ClassScores(NamedTuple):
    """Scores of every class, each an array (k,); a ratio without a denominator is 0."""

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    support: IntArray


class Top(NamedTuple):
    """The most probable class of each row, each an array (n,)."""

    right: NDArray[np.bool_]  # whether it is the label
    confidence: NDArray[np.float64]  # its probability


class Bins(NamedTuple):
    """Rows by the probability of their top class, in `N_BINS` bins of equal width, each an array (bins,)."""

    n: IntArray
    confidence: NDArray[np.float64]  # mean of the rows; 0 where there are none, as is accuracy
    accuracy: NDArray[np.float64]


class Coverage(NamedTuple):
    """The rows that are at least as sure as a threshold, for several thresholds, each an array (m,)."""

    coverage: NDArray[np.float64]  # share of all rows, ascending
    accuracy: NDArray[np.float64]  # of these rows
    threshold: NDArray[np.float64]  # descending


class McNemar(NamedTuple):
    """Two-sided p-values of a paired comparison."""

    exact: float
    mid_p: float


def accuracy(labels: IntArray, predicted: IntArray, weights: NDArray[np.floating] | None = None) -> float:
    """Share of rows that are right (top-1), each weighing 1 or as ``weights`` (n,) say.

    Examples
    --------
    >>> accuracy(np.array([0, 1, 1, 0]), np.array([0, 1, 0, 0]))
    0.75
    """
    _check(labels, predicted)
    return float(np.average(labels == predicted, weights=weights))


def wilson(right: int, n: int) -> Interval:
    """95 % interval of the share of ``right`` in ``n`` (Wilson, J. Am. Stat. Assoc. 22, 1927), uncorrected.

    Examples
    --------
    >>> low, high = wilson(8, 10)
    >>> round(low, 3), round(high, 3)
    (0.49, 0.943)
    """
    if not 0 <= right <= n or n < 1:
        raise DataError(f"an interval needs 0 <= right <= n and n >= 1, got right={right} and n={n}")
    return wilson_share(right / n, n)


def wilson_share(share: float, n: float) -> Interval:
    """Return the interval of `wilson` for a share of weighted rows, which together count as ``n``.

    Examples
    --------
    >>> wilson_share(0.8, 10.0) == wilson(8, 10)
    True
    """
    z2 = _Z_95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z_95 / (1 + z2 / n) * np.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    # At 0 and 1 the bound is exact, but rounding may leave a hair.
    return Interval(0.0 if share == 0 else float(centre - half), 1.0 if share == 1 else float(centre + half))


def grouped_interval(
    right: NDArray[np.bool_], groups: IntArray, weights: NDArray[np.floating] | None = None, seed: int = 0
) -> Interval:
    """95 % interval of the share of rows that are right, where rows of one group are not independent.

    Groups are drawn with replacement, and all of their rows with them (the cluster bootstrap: Field and Welsh, J. R.
    Stat. Soc. B 69, 2007); the ends are percentiles, and no nearer than Wilson's for as many independent rows. Where
    all groups are alike, all right for instance, the percentiles collapse, and Wilson's interval of the groups stands
    for them. Where no row shares its group, it is Wilson's interval.

    Parameters
    ----------
    right : ndarray of bool, shape (n,)
    groups : ndarray of int64, shape (n,)
        Any numbers; rows with the same are one group.
    weights : ndarray of float64, shape (n,), optional
        What each row counts; 1 by default.
    seed : int
        Of the draws.

    Returns
    -------
    Interval

    Examples
    --------
    >>> right = np.repeat([True, False, True, True], 25)
    >>> alone, by_four = grouped_interval(right, np.arange(100)), grouped_interval(right, np.arange(100) // 25)
    >>> by_four.low < alone.low < alone.high <= by_four.high
    True
    """
    _check(groups, right)
    units = np.unique(groups, return_inverse=True)[1]
    shares = np.ones(len(right)) if weights is None else weights
    total = float(shares.sum())
    share = float(shares @ right) / total
    least = wilson_share(share, total)
    count = int(units.max()) + 1
    if count == len(right):
        return least
    sums = np.stack([np.bincount(units, shares * right, count), np.bincount(units, shares, count)])
    random = np.random.default_rng(seed)
    step = max(1, _DRAWN_AT_ONCE // count)
    shares_drawn: list[NDArray[np.float64]] = []
    for start in range(0, _DRAWS, step):
        drawn = random.integers(0, count, (min(step, _DRAWS - start), count))
        of_right, of_all = sums[:, drawn].sum(axis=2)
        shares_drawn.append(of_right / of_all)
    low, high = np.quantile(np.concatenate(shares_drawn), [0.025, 0.975])
    if high - low < _COLLAPSED:
        least = wilson_share(share, count)
    return Interval(min(float(low), least.low), max(float(high), least.high))


def top_k_accuracy(labels: IntArray, scores: FloatArray, k: int = 5) -> float:
    """Share of rows whose class is among the k highest scores, logits or probabilities (n, c).

    A class that ties with the k-th highest score counts as among them only where its index is lower, so equal scores
    cannot make every row right.

    Examples
    --------
    >>> top_k_accuracy(np.array([2, 0]), np.array([[0.5, 0.3, 0.2], [0.4, 0.5, 0.1]]), k=2)
    0.5
    """
    _check(labels, scores)
    return float(among_top(labels, scores, k).mean())


def among_top(labels: IntArray, scores: FloatArray, k: int) -> NDArray[np.bool_]:
    """Say of each row what `top_k_accuracy` is the mean of, (n,).

    Examples
    --------
    >>> among_top(np.array([2, 0]), np.array([[0.5, 0.3, 0.2], [0.4, 0.5, 0.1]]), k=2).tolist()
    [False, True]
    """
    own = scores[np.arange(len(labels)), labels][:, None]
    before = (scores == own) & (np.arange(scores.shape[1]) < labels[:, None])
    among: NDArray[np.bool_] = ((scores > own) | before).sum(axis=1) < k
    return among


def per_class(labels: IntArray, predicted: IntArray, n_classes: int) -> ClassScores:
    """Precision, recall, F1 and support of every class.

    As scikit-learn's ``precision_recall_fscore_support(labels=range(k), zero_division=0)``.

    Examples
    --------
    >>> per_class(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).recall.tolist()
    [0.5, 1.0]
    """
    _check(labels, predicted)
    # No matrix of n_classes² counts, which of 20,000 classes takes gigabytes.
    right, support, named = (
        np.bincount(rows, minlength=n_classes) for rows in (labels[labels == predicted], labels, predicted)
    )
    return ClassScores(_ratio(right, named), _ratio(right, support), _ratio(2 * right, support + named), support)


def balanced_accuracy(labels: IntArray, predicted: IntArray, n_classes: int) -> float:
    """Mean recall of the classes that occur among the labels.

    Examples
    --------
    >>> balanced_accuracy(np.array([0, 0, 1]), np.array([0, 1, 1]), 3)
    0.75
    """
    scores = per_class(labels, predicted, n_classes)
    return float(scores.recall[scores.support > 0].mean())


def macro_f1(labels: IntArray, predicted: IntArray, n_classes: int) -> float:
    """Mean F1 of the classes that occur among the labels.

    As scikit-learn's ``f1_score(labels=numpy.unique(labels), average="macro")``. Without ``labels``, scikit-learn
    counts a class that is only predicted as 0, so that two models on the same rows are averaged over different classes;
    here such a prediction lowers the recall of the true class, and nothing else.

    Examples
    --------
    >>> round(macro_f1(np.array([0, 0, 1]), np.array([0, 2, 1]), 3), 4)
    0.8333
    """
    scores = per_class(labels, predicted, n_classes)
    return float(scores.f1[scores.support > 0].mean())


def log_loss(labels: IntArray, log_probabilities: FloatArray, weights: NDArray[np.floating] | None = None) -> float:
    """Mean negative log-probability of the true class, in nats; from logarithms, so that nothing needs to be clipped.

    Each row weighs 1, or as ``weights`` (n,) say.

    Examples
    --------
    >>> round(log_loss(np.array([0, 1]), np.log([[0.5, 0.5], [0.75, 0.25]])), 4)
    1.0397
    """
    _check(labels, log_probabilities)
    own = log_probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return 0.0 - float(np.average(own, weights=weights))  # never -0.0


def brier(labels: IntArray, probabilities: FloatArray, weights: NDArray[np.floating] | None = None) -> float:
    """Mean squared error of the probabilities, summed over all classes: 0 … 2 (Brier, 1950, the original form).

    For two classes it is twice the one-sided form. Each row weighs 1, or as ``weights`` (n,) say.

    Examples
    --------
    >>> brier(np.array([0, 1]), np.array([[1.0, 0.0], [1.0, 0.0]]))
    1.0
    """
    _check(labels, probabilities)
    return float(np.average(squared_errors(labels, probabilities), weights=weights))


def squared_errors(labels: IntArray, probabilities: FloatArray) -> NDArray[np.float64]:
    """Squared error of the probabilities of each row, (n,), of which `brier` is the mean.

    Examples
    --------
    >>> squared_errors(np.array([0, 1]), np.array([[1.0, 0.0], [1.0, 0.0]])).tolist()
    [0.0, 2.0]
    """
    own = probabilities[np.arange(len(labels)), labels]
    errors: NDArray[np.float64] = ((probabilities**2).sum(axis=1) - 2 * own + 1).astype(np.float64)
    return errors


def top(labels: IntArray, probabilities: FloatArray) -> Top:
    """Return how probable the top class of each row is, and whether it is right.

    Examples
    --------
    >>> found = top(np.array([0, 1]), np.array([[0.9, 0.1], [0.8, 0.2]]))
    >>> found.right.tolist(), found.confidence.tolist()
    ([True, False], [0.9, 0.8])
    """
    _check(labels, probabilities)
    return Top(probabilities.argmax(axis=1) == labels, probabilities.max(axis=1).astype(np.float64))


def calibration_error(rows: Top, weights: NDArray[np.floating] | None = None) -> float:
    """Compute the expected calibration error of the top class, with 15 bins of equal width (Guo et al., 2017): 0 … 1.

    Each row weighs 1, or as ``weights`` (n,) say. Bins are open on the left and closed on the right: (0, 1/15], …

    Examples
    --------
    >>> round(calibration_error(top(np.array([0, 1]), np.array([[0.9, 0.1], [0.9, 0.1]]))), 4)
    0.4
    """
    shares = np.ones(len(rows.right)) if weights is None else weights
    errors = shares * (rows.right - rows.confidence)
    gaps = np.bincount(bins_of(rows.confidence), weights=errors, minlength=N_BINS)
    return float(np.abs(gaps).sum() / shares.sum())


def reliability(rows: Top) -> Bins:
    """Compare confidence and accuracy within the bins of `calibration_error`, which is their mean distance.

    Examples
    --------
    >>> bins = reliability(top(np.array([0, 1]), np.array([[0.9, 0.1], [0.9, 0.1]])))
    >>> bins.n[13].item(), round(bins.confidence[13].item(), 3), bins.accuracy[13].item()
    (2, 0.9, 0.5)
    """
    bins = bins_of(rows.confidence)
    n, sure, hits = (np.bincount(bins, weights, minlength=N_BINS) for weights in (None, rows.confidence, rows.right))
    return Bins(n, _ratio(sure, n), _ratio(hits, n))


def coverage(rows: Top, most: int = 50) -> Coverage:
    """Accuracy of the rows whose top class is sure enough, for at most ``most`` thresholds, up to all rows.

    Equally sure rows are taken or left together. Geifman and El-Yaniv, Selective classification for deep neural
    networks, NeurIPS 2017, draw one minus this accuracy.

    Examples
    --------
    >>> found = coverage(top(np.array([0, 0, 1]), np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])))
    >>> found.accuracy.round(3).tolist(), found.threshold.tolist()
    ([1.0, 1.0, 0.667], [0.9, 0.8, 0.6])
    """
    right, confidence = rows
    order = np.argsort(-confidence, kind="stable")
    sure = confidence[order]
    ends = np.flatnonzero(np.append(sure[1:] < sure[:-1], True))  # the last row of each that are equally sure
    if len(ends) > most:
        wanted = np.ceil(np.arange(1, most + 1) * len(sure) / most).astype(np.int64) - 1
        ends = np.unique(ends[np.searchsorted(ends, wanted)])
    return Coverage((ends + 1) / len(sure), np.cumsum(right[order])[ends] / (ends + 1), sure[ends])


def mcnemar(only_first: int, only_second: int) -> McNemar:
    """Compare two classifiers on the same rows, by how many only the first, and only the second, has right.

    McNemar, Psychometrika 12, 1947; mid-p: Fagerland, Lydersen and Laake, BMC Medical Research Methodology 13:91, 2013,
    who find that the exact test is too cautious and the mid-p one is not.

    Examples
    --------
    >>> exact, mid_p = mcnemar(1, 7)
    >>> round(exact, 3), round(mid_p, 3)
    (0.07, 0.039)
    """
    if only_first < 0 or only_second < 0:
        raise DataError(f"McNemar's test needs counts of at least 0, got {only_first} and {only_second}")
    if only_first == only_second:
        return McNemar(1.0, 1.0)
    from scipy.special import bdtr

    fewer, n = min(only_first, only_second), only_first + only_second
    up_to = float(bdtr(fewer, n, 0.5))
    below = float(bdtr(fewer - 1, n, 0.5)) if fewer else 0.0
    return McNemar(2 * up_to, up_to + below)


def corrected_t(differences: NDArray[np.float64], test_share: float) -> float:
    """Two-sided p-value of the differences (k,) of two classifiers' scores on folds: corrected resampled t-test.

    Training sets of different folds overlap, so the folds' scores are not independent, and the usual t-test finds
    differences where there are none. The variance is enlarged by ``test_share``, the rows tested on for each row
    trained on: 1/4 for five folds (Nadeau and Bengio, Inference for the generalization error, Machine Learning 52,
    2003).

    Examples
    --------
    >>> round(corrected_t(np.array([0.01, 0.02, 0.0, 0.03, 0.02]), 1 / 4), 3)
    0.105
    """
    k = len(differences)
    if k < 2 or not test_share > 0:
        raise DataError(
            f"a t-test on folds needs at least 2 of them and a test share above 0, got {k} and {test_share}"
        )
    mean, variance = float(differences.mean()), float(differences.var(ddof=1))
    if mean == 0:
        return 1.0
    if variance == 0:
        return 0.0
    from scipy.special import stdtr

    statistic = abs(mean) / np.sqrt((1 / k + test_share) * variance)
    return float(2 * stdtr(k - 1, -statistic))


def bins_of(confidence: NDArray[np.float64]) -> IntArray:
    """Return the bin of `calibration_error` that each confidence is in.

    Examples
    --------
    >>> bins_of(np.array([0.05, 0.5, 1.0])).tolist()
    [0, 7, 14]
    """
    return np.clip(np.ceil(confidence * N_BINS).astype(np.int64) - 1, 0, N_BINS - 1)


def _ratio(part: IntArray | NDArray[np.float64], whole: IntArray) -> NDArray[np.float64]:
    return part / np.maximum(whole, 1)


def _check(labels: IntArray, others: NDArray[np.generic]) -> None:
    if not len(labels) or len(labels) != len(others):
        raise DataError(f"a score needs one prediction for each label, got {len(others)} for {len(labels)} labels")
