r"""Feature selection.

================  =====================================================  ==========================================
method            removes features that                                  without a count
================  =====================================================  ==========================================
``std``           are near-constant                                      those below 1 % of the median deviation
``correlation``   are redundant                                          \|r\| above 0.95 with an earlier selected one
``mutual-info``   say little about the class, whatever the shape         not significant at a false discovery rate
``anova``         have nearly equal class means                          of 5 % (Benjamini and Hochberg 1995)
``l1``            a sparse logistic regression does not use              at a tenth of the least penalty that uses none
================  =====================================================  ==========================================

With a count, that many of the best by the same number are selected. At least one always is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from headway.errors import UserError
from headway.heads import parallel
from headway.preparation.association import anova, blocks, false_discovery, mutual_information
from headway.preparation.redundancy import redundancy
from headway.preparation.sparse import score_sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import FloatArray, IntArray

SelectChoice: TypeAlias = Literal["none", "std", "correlation", "mutual-info", "anova", "l1"]

_NEAR_CONSTANT = 0.01  # of the median standard deviation: where `headway.heads.standardising` sets its floor, too
_REDUNDANT = 0.95
_FALSE_DISCOVERIES = 0.05
SAMPLE_NUMBERS = 1 << 27  # of features that are read: 512 MB
SAMPLE_ROWS = 2048  # enough for correlations (to 0.003 at 0.95) and for the first features of a sparse regression

Scores: TypeAlias = "tuple[NDArray[np.float64], NDArray[np.bool_]]"
"""The more the better (d,), and which features to select where no count is given (d,)."""


def select(
    features: FloatArray, labels: IntArray, rows: IntArray, n_classes: int, how: str, count: int, seed: int
) -> IntArray:
    """Select features (n, d) by one of the methods; return their columns, ascending.

    Only the training ``rows`` are looked at; where these are more than 2**27 numbers, only a random sample of them. A
    ``count`` of 0 leaves the number to the method; more than there are is a `UserError`.

    Examples
    --------
    >>> features = np.array([[0, 1, 7], [1, 1.1, 7], [0, 2, 7], [1, 2, 7.1]], "float32")
    >>> select(features, np.array([0, 0, 1, 1]), np.arange(4), 2, "anova", 1, 0).tolist()
    [1]
    """
    n_features = features.shape[1]
    if count > n_features:
        raise UserError(f"select_count must be at most {n_features}, the number of features, got {count}")
    random = np.random.default_rng(seed)
    most = SAMPLE_ROWS if how in ("correlation", "l1") else max(SAMPLE_ROWS, SAMPLE_NUMBERS // n_features)
    sample = _sample(rows, most, random)
    if how == "l1":
        scores, worth = score_sparse(features[sample], labels[sample], n_classes, count)
    elif how == "correlation":
        scores, worth = _score_redundancy(features[sample])
    elif how == "std":
        scores, worth = _score_deviation(features, sample)
    else:
        scores, p = (anova if how == "anova" else mutual_information)(features, labels, sample)
        worth = false_discovery(p) <= _FALSE_DISCOVERIES
    order = np.argsort(-scores, kind="stable")
    columns = order[:count] if count else np.flatnonzero(worth)
    # Where none is worth it, the best is still better than a head that reads nothing.
    return np.sort(columns if len(columns) else order[:1]).astype(np.int64)


def _sample(rows: IntArray, most: int, random: np.random.Generator) -> IntArray:
    return rows if len(rows) <= most else np.sort(random.choice(rows, most, replace=False))


def _score_deviation(features: FloatArray, rows: IntArray) -> Scores:
    parts = blocks(len(rows), features.shape[1])
    deviation = np.concatenate(parallel.each(lambda part: features[rows, part].std(axis=0, dtype=np.float64), parts))
    varying = deviation[deviation > 0]
    return deviation, deviation > (_NEAR_CONSTANT * np.median(varying) if len(varying) else 0)


def _score_redundancy(sample: FloatArray) -> Scores:
    constant = sample.min(axis=0) == sample.max(axis=0)  # repeats the intercept
    repeated = np.where(constant, 1, redundancy(sample, ~constant, _REDUNDANT).earlier).astype(np.float64)
    return -repeated, repeated < _REDUNDANT
