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

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from headway.errors import UserError
from headway.heads import parallel
from headway.preparation.association import anova, blocks, false_discovery, mutual_information
from headway.preparation.redundancy import redundancy
from headway.preparation.sparse import entries

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import FloatArray, IntArray

SelectChoice: TypeAlias = Literal["none", "std", "correlation", "mutual-info", "anova", "l1"]

_HARDLY = 0.01  # of the median standard deviation: where `headway.heads.standardise` sets its floor, too
_SAME = 0.95
_FALSE_DISCOVERIES = 0.05
_MOST_NUMBERS = 1 << 27  # of features that are looked at: 512 MB
_FEW_ROWS = 2048  # enough for correlations (to 0.003 at 0.95) and for the first features of a sparse regression

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
    elif how == "std":
        scores, worth = _deviation(features, sample)
    else:
        scores, chance = (anova if how == "anova" else mutual_information)(features, labels, sample)
        worth = false_discovery(chance) <= _FALSE_DISCOVERIES
    order = np.argsort(-scores, kind="stable")
    kept = order[:count] if count else np.flatnonzero(worth)
    # Where nothing is worth it, the best is still better than a head that reads nothing.
    return np.sort(kept if len(kept) else order[:1]).astype(np.int64)


def _sampled(rows: IntArray, most: int, random: np.random.Generator) -> IntArray:
    return rows if len(rows) <= most else np.sort(random.choice(rows, most, replace=False))


def _deviation(features: FloatArray, rows: IntArray) -> Scores:
    parts = blocks(len(rows), features.shape[1])
    deviation = np.concatenate(parallel.each(lambda part: features[rows, part].std(axis=0, dtype=np.float64), parts))
    varying = deviation[deviation > 0]
    return deviation, deviation > (_HARDLY * np.median(varying) if len(varying) else 0)


def _unlike(sample: FloatArray) -> Scores:
    constant = sample.min(axis=0) == sample.max(axis=0)  # repeats the intercept
    repeated = np.where(constant, 1, redundancy(sample, ~constant, _SAME).earlier).astype(np.float64)
    return -repeated, repeated < _SAME
