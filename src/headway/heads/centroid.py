"""Nearest class mean, for a few images per class."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headway.heads import parallel
from headway.heads.dense import DenseHead, fold_in
from headway.stopping import safe_point

if TYPE_CHECKING:
    from headway.heads.standardising import Standardised
    from headway.types import FloatArray, IntArray


def fit_centroid(data: Standardised, labels: IntArray, weights: FloatArray, n_classes: int) -> DenseHead:
    """Nearest class mean in standardised features, as a linear head.

    The logit of a class is minus half the squared distance to its mean, in units of the mean squared distance of a row
    to the mean of its own class, over the root of the number of columns: the order of the classes is that of the
    distances, and calibration does the rest. Up to a constant per row that is linear, ``x · m - ||m||² / 2``. Weights
    within one class matter, those between classes do not. A class without a row has its mean at the origin.

    Examples
    --------
    >>> from headway.heads.standardising import standardise
    >>> features = np.array([[0.0], [1], [10], [11]], "float32")
    >>> head = fit_centroid(standardise(features), np.array([0, 0, 1, 1]), np.ones(4, "float32"), 2)
    >>> head.logits(np.array([[5.0], [6]], "float32")).argmax(axis=1).tolist()
    [0, 1]
    """
    means, count, mean, scale = class_means(data, labels, weights, n_classes)
    # The variance of standardised features adds up to about one a column; what the class means explain is not within.
    n_columns = data.values.shape[1]
    within = max(1 - float(count[:, 0] / count.sum() @ (means**2).sum(axis=1)) / n_columns, 0.01) * np.sqrt(n_columns)
    bias = -0.5 * (means**2).sum(axis=1) / within
    return fold_in("centroid", [(means.T / np.float32(within), bias)], data.in_raw_units(mean, scale))


class ClassMeans(NamedTuple):
    """Means of the classes in standardised features, and how these were standardised."""

    means: FloatArray  # (k, d); the origin for a class without a row
    rows: FloatArray  # (k, 1): the weights of their rows
    mean: FloatArray  # (d,)
    scale: FloatArray  # (d,)


def class_means(data: Standardised, labels: IntArray, weights: FloatArray, n_classes: int) -> ClassMeans:
    """Compute the weighted means of the classes, standardised on the rows that have a weight."""
    (mean,), (scale,) = data.part_moments((weights > 0)[None])
    sums, count = _class_sums(data.values, labels, weights, n_classes)
    means = (sums - count * mean) / np.maximum(count, np.finfo(np.float32).tiny) / scale
    return ClassMeans(means, count, mean, scale)


def _class_sums(
    values: FloatArray, labels: IntArray, weights: FloatArray, n_classes: int
) -> tuple[FloatArray, FloatArray]:
    """Weighted sums (k, d) of the rows of each class, and of the weights (k, 1).

    With thousands of classes a matrix that says which row is of which takes gigabytes: a block of rows has few of them.
    """
    sums, count = np.zeros((n_classes, values.shape[1]), np.float32), np.zeros((n_classes, 1), np.float32)
    for rows in parallel.row_blocks(len(labels)):
        safe_point()
        own = labels[rows]
        present = np.arange(n_classes) if n_classes <= parallel.BLOCK_ROWS else np.unique(own)
        member = np.zeros((len(present), len(own)), dtype=np.float32)
        member[np.searchsorted(present, own), np.arange(len(own))] = weights[rows]
        sums[present] += member @ values[rows]
        count[present] += member.sum(axis=1, keepdims=True)
    return sums, count
