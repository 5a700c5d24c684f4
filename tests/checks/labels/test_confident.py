"""Confident learning, with cleanlab as the oracle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.checks.labels.confident import calibrated_joint, class_thresholds, confident_classes, confident_joint


def problem(seed: int, n: int = 300, k: int = 5, noise: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities, and labels of which some are wrong; each class has some."""
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet([0.3] * k, n).astype(np.float32)
    labels = probabilities.argmax(axis=1)
    labels[: 2 * k] = np.arange(2 * k) % k
    flipped = random.random(n) < noise
    labels[flipped] = random.integers(0, k, flipped.sum())
    return probabilities, labels


@pytest.mark.parametrize("seed", range(10))
def test_thresholds_and_joint_are_those_of_cleanlab(seed: int) -> None:
    count = pytest.importorskip("cleanlab.count")
    probabilities, labels = problem(seed)
    confident = confident_classes(probabilities, labels)
    thresholds = class_thresholds(probabilities, labels)
    np.testing.assert_allclose(thresholds, count.get_confident_thresholds(labels, probabilities), rtol=1e-5)
    # Of several confident classes we take the most probable, as the paper does; cleanlab the most probable of all.
    same = (
        (confident < 0) | (confident == probabilities.argmax(axis=1)) | ((probabilities >= thresholds).sum(axis=1) < 2)
    )
    assert same.mean() > 0.97
    joint = confident_joint(confident[same], labels[same], 5)
    theirs = count.compute_confident_joint(labels[same], probabilities[same], thresholds=thresholds, calibrate=False)
    np.testing.assert_array_equal(joint, theirs)
    theirs = count.calibrate_confident_joint(joint, labels)
    assert np.abs(calibrated_joint(joint, labels) - theirs).max() <= 1  # they round


@pytest.mark.parametrize("seed", range(5))
def test_labels_in_doubt_are_cleanlabs_by_confident_learning(seed: int) -> None:
    filters = pytest.importorskip("cleanlab.filter")
    probabilities, labels = problem(seed)
    confident = confident_classes(probabilities, labels)
    theirs = filters.find_label_issues(labels, probabilities, filter_by="confident_learning", n_jobs=1)
    ours = (confident >= 0) & (confident != labels)
    # They take back those whose own class is the most probable after all.
    np.testing.assert_array_equal(ours & (probabilities.argmax(axis=1) != labels), theirs)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10**6), st.integers(2, 6))
def test_the_order_of_images_and_classes_does_not_matter(seed: int, k: int) -> None:
    probabilities, labels = problem(seed, n=60, k=k)
    random = np.random.default_rng(seed)
    rows, names = random.permutation(60), random.permutation(k)
    renamed = np.argsort(names)
    confident = confident_classes(probabilities, labels)
    moved = confident_classes(probabilities[rows][:, names], renamed[labels[rows]])
    np.testing.assert_array_equal(np.where(confident[rows] >= 0, renamed[confident[rows]], -1), moved)


def test_a_class_without_labels_is_no_ones_confident_class() -> None:
    probabilities = np.array([[0.6, 0.1, 0.3], [0.2, 0.6, 0.2], [0.1, 0.1, 0.8]], np.float32)
    labels = np.array([0, 1, 1])
    confident = confident_classes(probabilities, labels)
    assert confident.tolist() == [0, 1, -1]
    joint = calibrated_joint(confident_joint(confident, labels, 3), labels)
    assert joint.sum(axis=1).tolist() == [1, 2, 0]
