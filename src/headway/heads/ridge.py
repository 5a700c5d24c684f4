"""Ridge regression on the classes, for more of them than logistic regression can be fitted to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.heads import parallel
from headway.heads.centroid import class_means
from headway.heads.dense import DenseHead, fold_in
from headway.stopping import safe_point

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.heads.standardising import Standardised
    from headway.types import FloatArray, IntArray

_SHRINKAGE = 0.2  # of the covariance towards a multiple of the identity (ADR 42)
_BLOCK_COLUMNS = 256  # of the covariance, and classes that are solved for together


def fit_ridge(data: Standardised, labels: IntArray, weights: FloatArray, n_classes: int) -> DenseHead:
    """Ridge regression of standardised features on indicators of the classes, as a linear head.

    An indicator is as large as its class is small, so that all classes weigh the same, and the penalty is a part of the
    mean variance of the features: the weights of a class are ``((1 - a) T + a t I)⁻¹ m``, with the covariance ``T`` of
    all rows, ``t`` its mean variance and ``m`` the mean of the class. That is exact, by one Cholesky factor for all
    classes. Calibration makes logits of it. Weights within one class matter, those between classes hardly. Hoerl and
    Kennard, Technometrics 12, 1970.

    Examples
    --------
    >>> from headway.heads.standardising import standardise
    >>> features = np.array([[0.0], [1], [10], [11]], "float32")
    >>> head = fit_ridge(standardise(features), np.array([0, 0, 1, 1]), np.ones(4, "float32"), 2)
    >>> head.logits(np.array([[5.0], [6]], "float32")).argmax(axis=1).tolist()
    [0, 1]
    """
    from scipy.linalg import cho_factor, cho_solve

    means, _, mean, scale = class_means(data, labels, weights, n_classes)
    covariance = _covariance(data.values, weights, scale)
    covariance *= 1 - _SHRINKAGE
    variance = float(np.trace(covariance)) / len(mean) / (1 - _SHRINKAGE)
    covariance[np.diag_indices_from(covariance)] += _SHRINKAGE * max(variance, float(np.finfo(np.float32).tiny))
    factor = cho_factor(covariance, overwrite_a=True)
    weight = np.empty((len(mean), n_classes), np.float32)
    for start in range(0, n_classes, _BLOCK_COLUMNS):
        safe_point()
        own = slice(start, start + _BLOCK_COLUMNS)
        weight[:, own] = cho_solve(factor, means[own].T.astype(np.float64), overwrite_b=True)
    bias = np.zeros(n_classes, np.float32)
    return fold_in("ridge", [(weight, bias)], data.in_raw_units(mean, scale))


def _covariance(values: FloatArray, weights: FloatArray, scale: FloatArray) -> NDArray[np.float64]:
    """Return the weighted covariance (d, d) of rows (n, d), in units of ``scale``."""
    n_columns = values.shape[1]
    total = np.empty((n_columns, n_columns))
    rows = [block for block in parallel.row_blocks(len(values)) if weights[block].any()]

    def fill(columns: slice) -> None:
        part = np.zeros((n_columns, len(scale[columns])))
        for block in rows:
            safe_point()
            part += values[block].T @ (values[block, columns] * weights[block, None])
        total[:, columns] = part

    parallel.each(fill, [slice(start, start + _BLOCK_COLUMNS) for start in range(0, n_columns, _BLOCK_COLUMNS)])
    total /= weights.sum(dtype=np.float64)
    centre = np.add.reduce([weights[block].astype(np.float64) @ values[block] for block in rows])
    centre /= weights.sum(dtype=np.float64)
    total -= np.outer(centre, centre)
    total /= np.outer(scale, scale)
    return total
