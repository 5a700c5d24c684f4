"""The most frequent class, whatever the image: the baseline that every other head must beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.heads.dense import DenseHead

if TYPE_CHECKING:
    from headway.heads.standardising import Standardised
    from headway.types import FloatArray, IntArray

_UNSEEN = 0.1  # rows that a class without any counts for, so that its log-probability is finite


def fit_majority(data: Standardised, labels: IntArray, weights: FloatArray, n_classes: int) -> DenseHead:
    """Return a head of zero weights, whose biases are the logarithms of the shares of the classes.

    Examples
    --------
    >>> from headway.heads.standardising import standardise
    >>> features = np.array([[0.0], [1], [2], [3]], "float32")
    >>> head = fit_majority(standardise(features), np.array([0, 1, 1, 1]), np.ones(4, "float32"), 2)
    >>> np.exp(head.logits(features[:1])).round(2).tolist()
    [[0.25, 0.75]]
    """
    count = np.bincount(labels, weights=weights, minlength=n_classes)
    share = np.maximum(count, _UNSEEN) / count.sum()
    zeros = np.zeros((data.values.shape[1], n_classes), dtype=np.float32)
    return DenseHead("majority", (zeros,), (np.log(share).astype(np.float32),))
