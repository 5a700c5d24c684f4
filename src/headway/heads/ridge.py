"""Ridge regression on the classes: exact from sums over the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.heads import parallel
from headway.heads.dense import DenseHead, fold_in
from headway.heads.sums import sums_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.heads.standardising import Standardised
    from headway.heads.sums import Rows, Sums
    from headway.types import FloatArray, IntArray

_SHRINKAGE = 0.2  # of the covariance towards a multiple of the identity


def fit_ridge(data: Standardised, labels: IntArray, weights: FloatArray, n_classes: int) -> DenseHead:
    """Ridge regression of standardised features on indicators of the classes, as a linear head.

    An indicator is as large as its class is small, so that all classes weigh the same, and the penalty is a part of the
    mean variance of the features: the weights of a class are ``((1 - a) T + a t I)⁻¹ m``, with the covariance ``T`` of
    all rows, ``t`` its mean variance and ``m`` the mean of the class. Calibration makes logits of it. Hoerl and
    Kennard, Technometrics 12, 1970.

    Examples
    --------
    >>> from headway.heads.standardising import standardise
    >>> features = np.array([[0.0], [1], [10], [11]], "float32")
    >>> head = fit_ridge(standardise(features), np.array([0, 0, 1, 1]), np.ones(4, "float32"), 2)
    >>> head.logits(np.array([[5.0], [6]], "float32")).argmax(axis=1).tolist()
    [0, 1]
    """

    def blocks() -> Iterator[Rows]:
        trained = np.flatnonzero(weights)
        for block in parallel.row_blocks(len(trained)):
            rows = trained[block]
            yield data.raw(rows), labels[rows], weights[rows]

    return ridge_of(sums_of(blocks(), data.mean, n_classes))


def ridge_of(sums: Sums) -> DenseHead:
    """Return the same head of rows that were summed."""
    from scipy.linalg import cho_factor, cho_solve

    by_class, covariance = sums.standardised
    total = sums.weights.sum()
    centre = by_class.sum(axis=0) / total
    covariance = covariance / total - np.outer(centre, centre)
    variance = float(np.trace(covariance)) / len(centre)
    covariance *= 1 - _SHRINKAGE
    covariance[np.diag_indices_from(covariance)] += _SHRINKAGE * max(variance, float(np.finfo(np.float32).tiny))
    means = by_class / np.maximum(sums.weights, np.finfo(np.float32).tiny)[:, None]
    weight = cho_solve(cho_factor(covariance, overwrite_a=True), means.T, overwrite_b=True)
    return fold_in("ridge", [(weight, np.zeros(len(means)))], sums.moments)
