r"""Which features are worth keeping.

================  =====================================================  ==========================================
method            leaves out features that                               without a count
================  =====================================================  ==========================================
``std``           hardly vary                                            those below 1 % of the median deviation
``correlation``   repeat another                                         \|r\| above 0.95 with an earlier kept one
``mutual-info``   say little about the class, whatever the shape         not significant at a false discovery rate
``anova``         have class means that hardly differ                    of 5 % (Benjamini and Hochberg 1995)
``l1``            a sparse logistic regression does not use              at a tenth of the least penalty that uses none
================  =====================================================  ==========================================

With a count, the best so many by the same number are kept. At least one feature always is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from headway.errors import UserError
from headway.heads import parallel
from headway.preparation.redundancy import redundancy
from headway.preparation.sparse import entries

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import FloatArray, IntArray

SelectChoice: TypeAlias = Literal["none", "std", "correlation", "mutual-info", "anova", "l1"]

_HARDLY = 0.01  # of the median standard deviation: where `headway.heads.standardise` sets its floor, too
_SAME = 0.95
_FALSE_DISCOVERIES = 0.05
_MOST_BINS = 16
_MOST_NUMBERS = 1 << 27  # of features that are looked at: 512 MB
_FEW_ROWS = 2048  # enough for correlations (to 0.003 at 0.95) and for the first features of a sparse regression
_BLOCK = 256  # columns at a time

Scores: TypeAlias = "tuple[NDArray[np.float64], NDArray[np.bool_]]"
"""The more the better (d,), and which features to keep where no count is given (d,)."""


def select(
    features: FloatArray, labels: IntArray, rows: IntArray, n_classes: int, how: str, count: int, seed: int
) -> IntArray:
    """Choose the features that are kept.

    Parameters
    ----------
    features : float32 array (n, d)
        All rows.
    labels : int64 array (n,)
        Classes in ``0 … n_classes - 1``.
    rows : int64 array (m,)
        The training rows; no other is looked at. Where these are more than 2**27 numbers, a random sample of them.
    n_classes : int
        Number of classes.
    how : {"std", "correlation", "mutual-info", "anova", "l1"}
        The method.
    count : int
        How many to keep; 0 leaves it to the method.
    seed : int
        Of the samples.

    Returns
    -------
    int64 array (c,)
        Columns, ascending.

    Raises
    ------
    UserError
        When more are to be kept than there are.

    Examples
    --------
    >>> features = np.array([[0, 1, 7], [1, 1.1, 7], [0, 2, 7], [1, 2, 7.1]], "float32")
    >>> select(features, np.array([0, 0, 1, 1]), np.arange(4), 2, "anova", 1, 0).tolist()
    [1]
    """
    n_features = features.shape[1]
    if count > n_features:
        raise UserError(f"select_count must be at most the {n_features} features that there are, got {count}")
    random = np.random.default_rng(seed)
    most = _FEW_ROWS if how in ("correlation", "l1") else max(_FEW_ROWS, _MOST_NUMBERS // n_features)
    sample = _sampled(rows, most, random)
    if how == "l1":
        scores, worth = entries(features[sample], labels[sample], n_classes, count)
    elif how == "correlation":
        scores, worth = _unlike(features[sample])
    else:
        scores, worth = {"std": _deviation, "mutual-info": _mutual_information, "anova": _variance_ratio}[how](
            features, labels, sample
        )
    order = np.argsort(-scores, kind="stable")
    kept = order[:count] if count else np.flatnonzero(worth)
    # Where nothing is worth it, the best is still better than a head that reads nothing.
    return np.sort(kept if len(kept) else order[:1]).astype(np.int64)


def _sampled(rows: IntArray, most: int, random: np.random.Generator) -> IntArray:
    return rows if len(rows) <= most else np.sort(random.choice(rows, most, replace=False))


def _by_blocks(
    features: FloatArray, rows: IntArray, function: Callable[[FloatArray], tuple[FloatArray, ...]]
) -> list[NDArray[np.float64]]:
    """Compute what depends on one column alone, for some columns of some rows at a time."""
    starts = range(0, features.shape[1], _BLOCK)
    parts = parallel.each(lambda start: function(features[rows, start : start + _BLOCK]), starts)
    return [np.concatenate(values).astype(np.float64) for values in zip(*parts, strict=True)]


def _deviation(features: FloatArray, labels: IntArray, rows: IntArray) -> Scores:
    (deviation,) = _by_blocks(features, rows, lambda block: (block.std(axis=0, dtype=np.float64),))
    varying = deviation[deviation > 0]
    return deviation, deviation > (_HARDLY * np.median(varying) if len(varying) else 0)


def _unlike(sample: FloatArray) -> Scores:
    repeats = redundancy(sample, _SAME)
    return -repeats, repeats <= _SAME


def _variance_ratio(features: FloatArray, labels: IntArray, rows: IntArray) -> Scores:
    """F of a one-way analysis of variance; infinite for a feature that is constant within every class only."""
    from scipy.stats import f

    member = _members(labels[rows])
    count = member.sum(axis=1, keepdims=True, dtype=np.float64)
    freedom = len(count) - 1, max(len(rows) - len(count), 1)

    def ratio(block: FloatArray) -> tuple[FloatArray]:
        centred = block - block.mean(axis=0, dtype=np.float64)
        between = ((member @ centred) ** 2 / count).sum(axis=0)
        within = (centred**2).sum(axis=0) - between
        # What rounding leaves of no variance is none.
        nothing = 1e-12 * (block.astype(np.float64) ** 2).sum(axis=0)
        between, within = (np.where(squares > nothing, squares, 0) for squares in (between, within))
        with np.errstate(divide="ignore", invalid="ignore"):
            return (np.where(between > 0, between / freedom[0] / (within / freedom[1]), 0),)

    (statistic,) = _by_blocks(features, rows, ratio)
    return statistic, _discoveries(f.sf(statistic, *freedom))


def _mutual_information(features: FloatArray, labels: IntArray, rows: IntArray) -> Scores:
    """Mutual information with the class of features cut into up to 16 bins of equal counts, in nats.

    scikit-learn's estimate from nearest neighbours takes 4 to 14 ms a feature, this one a hundredth of it. Twice the
    number of rows times it is the G statistic, which says whether there is any.
    """
    from scipy.stats import chi2

    member = _members(labels[rows]).astype(np.float32)
    n_bins = int(np.clip(np.sqrt(len(rows)) / 2, 2, _MOST_BINS))  # in each, four times as many rows as there are bins

    def information(block: FloatArray) -> tuple[FloatArray, FloatArray]:
        joint, occupied = _contingency(block, member, n_bins)
        return _nats(joint) - _nats(joint.sum(axis=0)) - _nats(joint.sum(axis=1)), occupied

    nats, occupied = _by_blocks(features, rows, information)
    freedom = np.maximum((occupied - 1) * (len(member) - 1), 1)
    return nats, _discoveries(chi2.sf(2 * len(rows) * nats, freedom))


def _members(labels: IntArray) -> NDArray[np.float64]:
    """Which rows (k, n) are of which class, those without a row left out."""
    classes, own = np.unique(labels, return_inverse=True)
    member = np.zeros((len(classes), len(own)))
    member[own, np.arange(len(own))] = 1
    return member


def _contingency(block: FloatArray, member: FloatArray, n_bins: int) -> tuple[NDArray[np.float64], FloatArray]:
    """Shares (k, bins, columns) of the rows in every class and bin, and the number of bins that hold any (columns,)."""
    edges = np.quantile(block, np.arange(1, n_bins) / n_bins, axis=0, method="inverted_cdf")
    joint = np.empty((len(member), n_bins, block.shape[1]))
    below = np.zeros((len(member), block.shape[1]))
    for number, edge in enumerate([*edges, np.full(block.shape[1], np.inf)]):
        until = member @ (block <= edge).astype(np.float32)
        joint[:, number] = until - below
        below = until
    occupied = (joint.sum(axis=0) > 0).sum(axis=0).astype(np.float32)
    return joint / block.shape[0], occupied


def _nats(share: NDArray[np.float64]) -> FloatArray:
    """Sum of p log p over all but the last axis."""
    terms = share * np.log(np.where(share > 0, share, 1))
    total: FloatArray = terms.reshape(-1, share.shape[-1]).sum(axis=0)
    return total


def _discoveries(probability: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which null hypotheses fall at a false discovery rate of 5 %."""
    order = np.sort(probability)
    bound = _FALSE_DISCOVERIES * np.arange(1, len(order) + 1) / len(order)
    below = np.flatnonzero(order <= bound)
    return probability <= (order[below[-1]] if len(below) else -1)
