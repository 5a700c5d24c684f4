"""Identical pictures count as one, groups are drawn whole, and what the model knows is scored apart."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from headway import metrics
from headway.calibration import Calibration
from headway.evaluation import Scored, score
from headway.recipe import Recipe
from tests.helpers import run_fit

EVEN = Calibration(1.0)
CLASSES = ["cat", "dog"]


def logits(predicted: list[int]) -> np.ndarray:
    return (3 * np.eye(2)[predicted]).astype(np.float32)


def test_the_mean_of_group_means() -> None:
    # Contents 1 and 2 four and two times; content 3 under both labels, of which one is predicted.
    contents = np.array([1, 1, 1, 1, 2, 2, 3, 3, 4])
    labels = np.array([0, 0, 0, 0, 1, 1, 0, 1, 0])
    predicted = [0, 0, 0, 0, 0, 0, 1, 1, 0]
    scores = score(logits(predicted), labels, EVEN, CLASSES, 0, Scored(contents=contents, groups=contents, as_one=True))
    assert scores.accuracy == pytest.approx((1 + 0 + 0.5 + 1) / 4)
    assert (scores.n, scores.right) == (5, 3)
    assert scores.repeats is not None
    assert (scores.repeats.count, scores.repeats.accuracy) == (5, pytest.approx(6 / 9))
    assert scores.groups == 4

    each = score(logits(predicted), labels, EVEN, CLASSES, 0, Scored(contents=contents, groups=contents))
    assert (each.n, each.accuracy) == (9, pytest.approx(6 / 9))
    assert each.repeats is not None and each.repeats.accuracy == pytest.approx(2.5 / 4)
    assert each.log_loss != scores.log_loss


def test_known_pictures_are_scored_apart() -> None:
    labels = np.array([0, 1, 0, 1, 1])
    seen = np.array([True, False, False, False, False])
    near = np.array([False, True, False, False, False])
    images = Scored(groups=np.arange(5), seen=seen, near=near)
    scores = score(logits([0, 1, 1, 1, 0]), labels, EVEN, CLASSES, 0, images)
    assert (scores.seen_in_training, scores.near_training) == (1, 1)
    assert scores.unseen is not None
    assert (scores.unseen.n, scores.unseen.right) == (3, 1)
    assert score(logits([0, 1]), labels[:2], EVEN, CLASSES, 0, Scored(seen=np.ones(2, bool))).unseen is None


@pytest.mark.parametrize("seed", range(3))
def test_the_interval_of_groups_covers_the_truth_and_that_of_pictures_does_not(seed: int) -> None:
    random = np.random.default_rng(seed)
    covered = {"groups": 0, "pictures": 0}
    for _ in range(60):
        right = np.repeat(random.random(40) < 0.7, 10)  # all ten pictures of a group are right, or none is
        for name, groups in (("groups", np.arange(400) // 10), ("pictures", np.arange(400))):
            low, high = metrics.grouped_interval(right, groups)
            covered[name] += low <= 0.7 <= high
    assert covered["groups"] >= 52
    assert covered["pictures"] < 35


def test_the_interval_agrees_with_the_variance_of_a_ratio() -> None:
    random = np.random.default_rng(5)
    groups = np.repeat(np.arange(200), random.integers(1, 9, 200))
    right = random.random(len(groups)) < np.repeat(random.beta(2, 1, 200), np.bincount(groups))
    a, b = np.bincount(groups, right), np.bincount(groups)
    share = a.sum() / b.sum()
    error = np.sqrt(((a - share * b) ** 2).sum() * 200 / 199) / b.sum()
    low, high = metrics.grouped_interval(right, groups)
    assert (low, high) == (pytest.approx(share - 1.96 * error, abs=0.01), pytest.approx(share + 1.96 * error, abs=0.01))


def test_groups_that_are_all_right_leave_an_interval_of_the_groups() -> None:
    interval = metrics.grouped_interval(np.ones(50, bool), np.arange(50) // 10)
    assert interval == metrics.wilson(5, 5)


def test_copies_in_a_fit_count_once(pictures: Path) -> None:
    plain = run_fit(pictures, Recipe(backbone="tiny", head="centroid"))
    for picture in sorted((pictures / "red").iterdir()):
        for number in range(3):
            shutil.copy(picture, picture.with_name(f"{number}{picture.name}"))
    fitted = run_fit(pictures, Recipe(backbone="tiny", head="centroid"))
    test, watched = fitted.report.test, fitted.report.cross_validation
    assert fitted.report.data.repeated == 36 and plain.report.data.repeated == 0
    assert test is not None and watched is not None and plain.report.cross_validation is not None
    assert test.repeats is not None and test.repeats.as_one
    assert test.n + test.repeats.count == fitted.report.data.division.test
    assert watched.n == plain.report.cross_validation.n == 36
    assert watched.repeats is not None and watched.groups == 36
    assert sum(fold.n for fold in watched.by_fold) == 36


def test_copies_in_a_given_split_each_count_first(pictures: Path, tmp_path: Path) -> None:
    data = tmp_path / "split"
    for part in ("train", "test"):
        shutil.copytree(pictures, data / part)
    for picture in sorted((data / "test" / "red").iterdir()):
        shutil.copy(picture, picture.with_name(f"copy_{picture.name}"))
    test = run_fit(data, Recipe(backbone="tiny", head="centroid")).report.test
    assert test is not None and test.repeats is not None
    assert (test.n, test.repeats.as_one, test.repeats.count) == (48, False, 12)
