"""Least squares for the classes, with a penalty: exact from sums over the rows."""

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


class RidgePath:
    """Ridge regression of the classes, 1 for a row's own and 0 for the others, for any number of C.

    It minimises ``C * sum_i w_i * ||y_i - W x_i - b||**2 / 2 + 0.5 * ||W||**2`` over weights of standardised features;
    intercepts are not penalised. What it predicts are shares of the classes rather than logits: their order is that of
    the classes, and calibration does the rest.

    Parameters
    ----------
    sums : Sums
        Of the training rows.

    Examples
    --------
    >>> features = np.array([[0.0], [1], [10], [11]], "float32")
    >>> rows = features, np.array([0, 0, 1, 1]), np.ones(4, "float32")
    >>> head = RidgePath(sums_of([rows], np.zeros(1), 2)).fit(C=100.0)
    >>> head.logits(features).round(1).tolist()
    [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]
    """

    def __init__(self, sums: Sums) -> None:
        by_class, products = sums.standardised
        total = sums.weights.sum()
        self._moments, self._share = sums.moments, sums.weights / total
        self._mean = by_class.sum(axis=0) / total  # 0 where all rows weigh the same
        self._variances, self._axes = np.linalg.eigh(products - total * np.outer(self._mean, self._mean))
        self._along = (by_class - sums.weights[:, None] * self._mean) @ self._axes

    def fit(self, C: float) -> DenseHead:
        """Return the head for this C, the inverse strength of the penalty, above 0; it reads raw features."""
        weights = (self._along / (np.maximum(self._variances, 0) + 1 / C)) @ self._axes.T
        return fold_in("ridge", [(weights.T, self._share - weights @ self._mean)], self._moments)


@parallel.one_blas_thread()
def ridge_path(data: Standardised, labels: IntArray, weights: FloatArray, n_classes: int) -> RidgePath:
    """Return `RidgePath` for rows in memory; arguments as in `headway.heads`."""

    def blocks() -> Iterator[Rows]:
        trained = np.flatnonzero(weights)
        for block in parallel.row_blocks(len(trained)):
            rows = trained[block]
            yield data.raw(rows), labels[rows], weights[rows]

    return RidgePath(sums_of(blocks(), data.mean, n_classes))
