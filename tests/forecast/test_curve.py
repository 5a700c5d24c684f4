"""The learning curve of a data set."""

from __future__ import annotations

import numpy as np
import pytest

from headway.forecast import curve as module
from headway.forecast import learning_curve, measure, measuring
from headway.forecast.curve import FRACTIONS
from headway.heads import standardise
from headway.rendering.forecast import sentences
from headway.splits import folds
from tests.forecast.making import contents, gaussian

CLASSES = ("a", "b", "c")


def curve(n=480, seed=0, groups=None, hashes=None, **settings):
    features, labels = gaussian(n, seed=seed, **settings)
    return learning_curve(features, labels, hashes or contents(n), groups, classes=CLASSES, C=0.01, seed=seed)


def test_more_images_make_it_better_until_nothing_is_left_to_gain():
    found = curve(apart=0.25)
    accuracies = [point.accuracy for point in found.points]
    assert [point.pictures for point in found.points] == [48, 96, 192, 384]
    assert accuracies[-1] > accuracies[0] + 0.05
    assert found.doubt is None
    now, twice, four = found.now, *found.forecasts
    assert (now.pictures, twice.pictures, four.pictures) == (480, 960, 1_920)
    assert now.accuracy <= twice.accuracy <= four.accuracy <= 1
    assert 0 == now.gain <= twice.gain <= four.gain
    assert all(one.low <= one.accuracy <= one.high <= 1 for one in (now, twice, four))


def test_the_forecast_comes_true_though_the_curve_ends_soon():
    many, labels = gaussian(40_000, seed=77, apart=0.25)
    data, rows, true = standardise(many), np.arange(40_000), {}
    for n in (600, 1_200):
        pairs = [(rows[start : start + n], rows[6_000:]) for start in range(0, 6_000, 1_200)]
        true[n] = measure(data, labels, rows, pairs, [1], n_classes=3, C=0.01, seed=0).accuracies()[0]
    found = [forecast for seed in range(12) for forecast in curve(300, seed=seed, apart=0.25).forecasts]
    inside = [forecast.low <= true[forecast.pictures] <= forecast.high for forecast in found]
    assert len(inside) == 24
    assert np.mean(inside) >= 0.9


def test_the_same_seed_finds_the_same():
    assert curve(seed=3) == curve(seed=3) != curve(seed=4)


@pytest.mark.parametrize("n", [2, 20, 59])
def test_of_few_pictures_it_cannot_tell(n):
    found = curve(n)
    assert (found.doubt, found.points, found.now, found.forecasts, found.classes) == ("few", (), None, (), ())
    assert found.pictures == n


def test_of_many_classes_it_is_not_measured(monkeypatch):
    monkeypatch.setattr(module, "WHOLE", 1)
    found = curve()
    assert found.doubt == "classes" and not found.points
    assert "so many classes" in next(sentences(found))


def test_copies_are_few_pictures_however_many():
    assert curve(300, hashes=[bytes([row % 30]) for row in range(300)]).doubt == "few"
    assert curve(300, groups=np.arange(300) // 10).doubt == "few"


def test_where_there_is_nothing_to_learn_nothing_is_promised():
    found = [curve(360, seed=seed, apart=0) for seed in range(6)]
    assert {one.doubt for one in found} == {"chance"}
    assert {(len(one.points), one.now, one.forecasts, one.classes) for one in found} == {(4, None, (), ())}


def test_of_many_pictures_a_part_is_measured_and_all_are_counted(monkeypatch):
    monkeypatch.setattr(module, "MOST", 240)
    found = curve(480, apart=0.25)
    assert [point.pictures for point in found.points] == [24, 48, 96, 192]
    assert (found.pictures, found.now.pictures, found.forecasts[0].pictures) == (480, 480, 960)


def test_a_class_with_one_picture_and_one_with_none_are_no_hindrance():
    features, labels = gaussian(480, apart=0.25)
    labels[labels == 2] = np.where(np.arange(160) == 0, 2, 1)
    found = learning_curve(features, labels, contents(480), classes=(*CLASSES, "none"), C=0.01)
    assert found.doubt is None
    assert {one.name for one in found.classes} <= {"a", "b"}


def test_one_class_tells_nothing():
    features, _ = gaussian(100)
    found = learning_curve(features, np.zeros(100, np.int64), contents(100), classes=CLASSES, C=1.0)
    assert found.doubt == "few"


def test_what_chance_moves_too_much_is_not_told():
    found = curve(66, d=200, apart=0.12)
    assert found.doubt in ("noise", "shapes")
    assert len(found.forecasts) < 2


def test_copies_on_both_sides_would_raise_the_curve_and_do_not():
    features, labels = gaussian(240, d=200, apart=0.1)
    twice = np.repeat(features, 2, axis=0), np.repeat(labels, 2)
    hashes = [content for content in contents(240) for _ in range(2)]
    told = learning_curve(*twice, hashes, classes=CLASSES, C=1.0)
    untold = learning_curve(*twice, contents(480), classes=CLASSES, C=1.0)
    alone = learning_curve(features, labels, contents(240), classes=CLASSES, C=1.0)
    assert untold.points[-1].accuracy > alone.points[-1].accuracy + 0.2
    assert told.points[-1].accuracy == pytest.approx(alone.points[-1].accuracy, abs=0.08)


def test_the_class_whose_pictures_help_most_is_named():
    """One class has many kinds of pictures, each of which must be seen to be known; two are plain."""
    random = np.random.default_rng(1)
    labels = np.repeat([0, 1, 2], 160)
    features = 0.3 * random.standard_normal((480, 62))
    features[labels == 0, 60] += 4
    features[np.flatnonzero(labels == 2), np.arange(160) % 60] += 4
    found = learning_curve(features.astype("float32"), labels, contents(480), classes=CLASSES, C=1.0)
    assert [one.name for one in found.classes][:1] == ["c"]
    assert found.classes[0].pictures == 160
    assert found.classes[0].gain > 2 * found.classes[0].error > 0


def test_of_two_classes_that_both_gain_the_one_that_gains_more_is_named():
    random = np.random.default_rng(1)
    labels = np.repeat([0, 1], 240)
    features = 0.3 * random.standard_normal((480, 60))
    for label in (0, 1):
        features[np.flatnonzero(labels == label), 30 * label + np.arange(240) % 30] += 4
    found = learning_curve(features.astype("float32"), labels, contents(480), classes=("a", "b"), C=1.0)
    assert len(found.classes) == 1


def test_no_class_is_named_where_none_gains():
    features, labels = gaussian(480, apart=3.0)
    assert learning_curve(features, labels, contents(480), classes=CLASSES, C=0.01).classes == ()


def test_all_sizes_are_tested_on_the_same_images_as_by_hand():
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    features, labels = gaussian(240)
    pairs = folds(labels, contents=contents(240), n_folds=5)
    found = measure(standardise(features), labels, np.arange(240), pairs, FRACTIONS, n_classes=3, C=0.05, seed=0)
    assert sorted(found.rows.tolist()) == list(range(240))
    for train, held_out in pairs:
        scaler = StandardScaler().fit(features[train])
        head = LogisticRegression(C=0.05).fit(scaler.transform(features[train]), labels[train])
        right = head.predict(scaler.transform(features[held_out])) == labels[held_out]
        own = found.right[-1, np.isin(found.rows, held_out)]
        assert (right == own).mean() >= 0.97


def test_little_memory_changes_nothing_but_rounding(monkeypatch):
    features, labels = gaussian(240, apart=0.25)
    pairs = folds(labels, contents=contents(240), n_folds=5)

    def right():
        data = standardise(features)
        return measure(data, labels, np.arange(240), pairs, FRACTIONS, n_classes=3, C=0.05, seed=0).right

    together = right()
    monkeypatch.setattr(measuring, "_MOST_LOGITS", 3 * 240 * 3)
    assert (right() == together).mean() >= 0.99


def test_copies_weigh_as_one_picture():
    features, labels = gaussian(240, apart=0.25)
    copied = np.concatenate([np.arange(240), np.repeat(np.arange(0, 240, 4), 5)])
    hashes = [contents(240)[row] for row in copied]
    told = learning_curve(features[copied], labels[copied], hashes, classes=CLASSES, C=0.01)
    assert told == learning_curve(features, labels, contents(240), classes=CLASSES, C=0.01)
