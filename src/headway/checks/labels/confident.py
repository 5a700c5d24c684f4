"""Confident learning (Northcutt, Jiang and Chuang, J. Artif. Intell. Res. 70, 2021), from the paper.

An image is confidently of a class if its probability of that class reaches what images labelled so reach on average.
The confident joint counts images by label and by confident class; off its diagonal are the labels in doubt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import FloatArray, IntArray


def class_thresholds(probabilities: FloatArray, labels: IntArray) -> NDArray[np.float64]:
    """Return the mean probability of each class over the images labelled so; infinity for a class without any."""
    counts = np.bincount(labels, minlength=probabilities.shape[1])
    own = probabilities[np.arange(len(labels)), labels]
    sums = np.bincount(labels, own, minlength=len(counts))
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)


def confident_classes(probabilities: FloatArray, labels: IntArray) -> IntArray:
    """Return the class that each image is confidently of, the most probable if there are several, -1 for none."""
    thresholds = class_thresholds(probabilities, labels)
    slack = 1e-6  # a mean of equal numbers may round to above them
    eligible = np.where(probabilities >= thresholds - slack, probabilities, -1)
    return np.where(eligible.max(axis=1) >= 0, eligible.argmax(axis=1), -1)


def confident_joint(confident: IntArray, labels: IntArray, n_classes: int) -> IntArray:
    """Count images by label (rows) and confident class (columns); those that are of none are left out."""
    counted = confident >= 0
    joint = np.zeros((n_classes, n_classes), dtype=np.int64)
    np.add.at(joint, (labels[counted], confident[counted]), 1)
    return joint


def calibrated_joint(joint: IntArray, labels: IntArray) -> NDArray[np.float64]:
    """Scale the confident joint so that each row sums to the images labelled so, counted or not.

    A label that is confidently nothing at all is taken to be right.
    """
    counts = np.bincount(labels, minlength=len(joint))
    filled = joint + np.diag(np.where(joint.sum(axis=1) == 0, 1, 0))
    scaled: NDArray[np.float64] = filled / filled.sum(axis=1, keepdims=True) * counts[:, None]
    return scaled
