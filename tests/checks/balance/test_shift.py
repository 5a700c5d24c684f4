"""403 shift."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from headway import demo
from headway.checks import Context, TooLittle
from headway.dataset import Dataset, read
from headway.facts.audit import Finding
from headway.rendering.findings import words
from tests.checks.helpers import context, run, synthetic

CLASSES = 4


def divided(seed: int, n: int = 300, share: float = 0.25) -> tuple[Any, Any, Any]:
    """Labels, part and features: clusters by class, as a random split divides them."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, CLASSES, n)
    part = np.where(random.random(n) < share, 2, 0)
    features = 2 * random.normal(size=(CLASSES, 32))[labels] + random.normal(size=(n, 32))
    return labels, part, features


@pytest.mark.parametrize("strength", [1.5, 2.5])
def test_a_shift_is_found_and_its_pictures_come_with_the_most_unlike_first(strength: float) -> None:
    labels, part, features = divided(0)
    features[part == 2, 0] += strength
    [found] = run("shift", synthetic(labels, features, part=part))
    assert found.severity == "warning"
    assert 0.6 < found.evidence["low"] < found.evidence["auroc"] < found.evidence["high"]  # type: ignore[operator]
    assert set(found.rows.tolist()) == set(np.flatnonzero(part == 2).tolist())
    assert list(found.values) == sorted(found.values, reverse=True) and 0 <= min(found.values) <= max(found.values) <= 1


@pytest.mark.parametrize("few", [0.4, 0.7])
def test_where_some_of_the_test_pictures_are_unlike_they_come_first(few: float) -> None:
    labels, part, features = divided(1, n=600)
    tested = np.flatnonzero(part == 2)
    planted = tested[: round(few * len(tested))]
    features[planted, :4] += 4
    [found] = run("shift", synthetic(labels, features, part=part))
    first = found.rows[: len(planted)]
    assert np.isin(first, planted).mean() >= 0.9


def test_the_class_that_differs_most_is_named() -> None:
    labels, part, features = divided(2, n=600)
    features[part == 2, 0] += 1
    features[(part == 2) & (labels == 2), 1] += 4
    [found] = run("shift", synthetic(labels, features, part=part, classes=["a", "b", "c", "d"]))
    assert found.evidence["class"] == "c" and found.evidence["class_auroc"] > found.evidence["auroc"]  # type: ignore[operator]
    said = words(Finding(403, "shift", "warning", 1, (), found.evidence)).found
    assert said.startswith("the test part is unlike training") and "most in 'c'" in said


def test_other_shares_of_the_classes_alone_are_no_shift() -> None:
    for seed in range(10):
        labels, part, features = divided(seed)
        random = np.random.default_rng(seed)
        part = np.where(random.random(len(labels)) < np.array([0.1, 0.6, 0.1, 0.5])[labels], 2, 0)
        assert run("shift", synthetic(labels, features, part=part)) == []
        assert run("shift", synthetic(np.append(np.full(299, -1), 0), features, part=part)) != []  # without classes


def test_no_false_alarm_over_random_splits() -> None:
    for seed in range(30):
        labels, part, features = divided(seed, n=int(np.random.default_rng(seed).integers(120, 400)))
        assert run("shift", synthetic(labels, features, part=part)) == [], seed


def test_groups_are_kept_whole_and_count_once() -> None:
    """Each scene has features of its own, by which its pictures would be told if they were on both sides."""
    random = np.random.default_rng(0)
    scene = np.repeat(np.arange(60), 6)
    part = np.where(scene % 3 == 0, 2, 0)
    features = 3 * random.normal(size=(60, 32))[scene] + 0.1 * random.normal(size=(360, 32))
    looked_at = synthetic(np.zeros(360, np.int64), features, part=part)
    assert run("shift", looked_at) != []  # without groups a scene is all on one side, and gives itself away
    data = looked_at.data
    grouped = Dataset(data.pictures, data.labels, data.classes, groups=scene)
    assert run("shift", synthetic(np.zeros(360, np.int64), features, part=part, data=grouped)) == []


def test_pictures_without_labels_are_compared_too_and_validation_stands_in_for_a_test() -> None:
    _, part, features = divided(3)
    features[part == 2, 0] += 3
    [found] = run("shift", synthetic(np.append(np.full(299, -1), 0), features, part=part // 2))
    assert found.evidence["part"] == "validation" and "class" not in found.evidence


def test_few_pictures_cannot_tell_and_without_a_given_split_there_is_nothing_to_tell() -> None:
    labels, part, features = divided(4)
    part[np.flatnonzero(part == 2)[19:]] = 0
    with pytest.raises(TooLittle) as raised:
        run("shift", synthetic(np.zeros(300, np.int64), features, part=part))
    assert (raised.value.needs, raised.value.least, raised.value.found) == ("pictures-per-part", 20, 19)
    assert run("shift", synthetic(labels, features)) == []
    assert run("shift", synthetic(labels, features, part=np.zeros(300, np.int64))) == []


def test_of_large_parts_a_sample_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.checks.balance.shift._MOST", 60)
    labels, part, features = divided(5)
    features[part == 2, 0] += 3
    [found] = run("shift", synthetic(labels, features, part=part))
    assert 50 <= len(found.rows) <= 60


def changed(picture: Any, how: str) -> Any:
    image = Image.open(picture).convert("RGB").resize((64, 64))
    if how == "dark":
        image = ImageEnhance.Brightness(image).enhance(0.7)
    if how == "blurred":
        image = image.filter(ImageFilter.GaussianBlur(2))
    return np.asarray(image)


def drawings(how: str, seed: int) -> Context:
    """The carried drawings, of which a fourth, changed, are the test part."""
    data = read(demo.pictures())
    part = np.where(np.random.default_rng(seed).random(len(data)) < 0.25, 2, 0)
    pictures = [changed(picture, how if own else "") for picture, own in zip(data.pictures, part, strict=True)]
    given = Dataset(pictures, data.labels, data.classes, given=part.astype(np.int8))
    return context(given)


@pytest.mark.parametrize("how", ["dark", "blurred"])
def test_real_pictures_that_are_darker_or_blurred_are_found(how: str) -> None:
    [found] = run("shift", drawings(how, 0))
    assert found.evidence["low"] > 0.6  # type: ignore[operator]


@pytest.mark.parametrize("seed", range(5))
def test_real_pictures_that_are_divided_at_random_are_alike(seed: int) -> None:
    assert run("shift", drawings("", seed)) == []
