"""The most frequent class, whatever the picture: the baseline that every other head must beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.heads.dense import DenseHead

if TYPE_CHECKING:
    from headway.heads.standardise import Standardised
    from headway.types import FloatArray, IntArray

_UNSEEN = 0.1  # rows that a class without any counts for, so that its log-probability is finite


def fit_majority(data: Standardised, labels: IntArray, weights: FloatArray, n_classes: int) -> DenseHead:
    """Learn the shares of the classes and nothing of the features.

    Parameters
    ----------
    data : Standardised
        Features of n rows; only their number of columns matters.
    labels : int64 array (n,)
        Classes in ``0 … n_classes - 1``.
    weights : float32 array (n,)
        How much every row counts; 0 for a row that is not to be learned from.
    n_classes : int
        Number of classes, k.

    Returns
    -------
    DenseHead
        With weights of zero, and the logarithms of the shares as biases.

    Examples
    --------
    >>> from headway.heads.standardise import standardise
    >>> features = np.array([[0.0], [1], [2], [3]], "float32")
    >>> head = fit_majority(standardise(features), np.array([0, 1, 1, 1]), np.ones(4, "float32"), 2)
    >>> np.exp(head.logits(features[:1])).round(2).tolist()
    [[0.25, 0.75]]
    """
    count = np.bincount(labels, weights=weights, minlength=n_classes)
    share = np.maximum(count, _UNSEEN) / count.sum()
    zeros = np.zeros((data.values.shape[1], n_classes), dtype=np.float32)
    return DenseHead("majority", (zeros,), (np.log(share).astype(np.float32),))
