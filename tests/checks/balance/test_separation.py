"""Areas under ROC curves within classes, and their intervals."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from headway.checks.balance.separation import separation


def test_the_area_of_one_class_is_that_of_scikit_learn_and_ties_count_half() -> None:
    random = np.random.default_rng(0)
    other = random.random(200) < 0.3
    values = (random.normal(size=200) + other).round(1)
    found = separation(values, other, np.zeros(200, np.int64), np.arange(200))
    assert found.auroc == pytest.approx(roc_auc_score(other, values))
    assert found.by_class[0] == found.auroc


def test_images_of_several_classes_are_not_compared() -> None:
    classes = np.repeat([0, 1], 50)
    other = np.tile([False, True], 50)
    values = np.where(other, 1.0, 0.0) + 100 * classes * np.where(other, 1, 1)
    other[50:] = np.arange(50) >= 45  # in the second class most are on the first side
    values[50:] = 1000 + np.random.default_rng(0).permutation(50)
    found = separation(values, other, classes, np.arange(100))
    assert found.by_class[0] == 1
    of_second = roc_auc_score(other[50:], values[50:])
    weights = 25 * 25 / 50, 45 * 5 / 50
    assert found.auroc == pytest.approx(np.average([1, of_second], weights=weights))


def test_a_class_with_one_image_on_a_side_says_nothing() -> None:
    classes = np.array([0] * 40 + [1] * 5)
    other = np.arange(45) % 2 == 1
    other[40:] = [True, False, False, False, False]
    found = separation(np.arange(45.0), other, classes, np.arange(45))
    assert np.isnan(found.by_class[1]) and found.auroc == found.by_class[0]


def test_the_interval_holds_the_true_area_as_often_as_it_should() -> None:
    random = np.random.default_rng(0)
    true = 0.76025  # two normal distributions one standard deviation apart
    held = 0
    for _ in range(300):
        other = np.arange(90) < 30
        values = random.normal(size=90) + other
        found = separation(values, other, np.arange(90) % 3, np.arange(90))
        held += found.low <= true <= found.high
    assert 0.92 <= held / 300 <= 0.98


def test_groups_of_images_alike_make_it_wider_by_as_much_as_they_repeat_each_other() -> None:
    random = np.random.default_rng(1)
    other = np.arange(80) < 30
    values = random.normal(size=80) + other
    alone = separation(values, other, np.zeros(80, np.int64), np.arange(80))
    fourfold = [np.repeat(array, 4) for array in (values, other, np.zeros(80, np.int64), np.arange(80))]
    repeated = separation(*fourfold)  # type: ignore[arg-type]
    assert repeated.auroc == pytest.approx(alone.auroc)
    assert repeated.high - repeated.low == pytest.approx(alone.high - alone.low, rel=0.03)
