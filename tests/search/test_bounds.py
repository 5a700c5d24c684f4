"""What a search leaves out of many classes."""

from __future__ import annotations

import numpy as np
import pytest

from headway.heads import DenseHead, centroid, fit_centroid, parallel, standardise
from headway.search import plan, plan_predictions, search
from headway.search.bounds import NARROW, WHOLE, narrowed
from headway.splits import folds

WIDTHS = {"last": 1280, "depths": 2768}
AUTO = ("centroid", "logistic", "mlp")


def test_few_classes_are_searched_whole():
    assert plan(WIDTHS, AUTO, WHOLE // 2768, 10_000, 5) is None
    assert plan({"colour": 64}, AUTO, 600, 10_000, 5) is None, "narrow features count as more"
    assert plan({"colour": 64}, AUTO, 601, 10_000, 5) is not None
    assert plan(WIDTHS, AUTO, WHOLE // 2768 + 1, 10_000, 5) is not None


def test_what_is_tried_shrinks_with_the_number_of_classes():
    for n_classes, features, heads in (
        (300, "depths", ("centroid", "logistic")),
        (NARROW // 2768 + 1, "last", ("centroid", "logistic")),
        (NARROW // 1280 + 1, "last", ("centroid", "ridge")),
    ):
        found = plan(WIDTHS, AUTO, n_classes, 3 * n_classes, 5)
        assert found is not None and (found.features, found.heads) == (features, heads)
        assert set(found.left_out.heads) == set(AUTO) - set(heads) and found.left_out.features != (features,)


def test_many_images_of_many_classes_are_not_solved_for():
    found = plan(WIDTHS, AUTO, 1000, 100_000, 5)
    assert found is not None and found.heads == ("centroid", "ridge") and found.left_out.penalties == 0
    wide = plan({"flat": 62_720}, AUTO, 1000, 100_000, 5)
    assert wide is not None and wide.heads == ("centroid",)


def test_values_that_were_asked_for_are_tried():
    found = plan(WIDTHS, ("logistic",), 1000, 2400, 5, C=(0.5,))
    assert found is not None and found.heads == ("logistic",) and found.left_out.penalties == 0


def test_a_head_that_is_named_is_tried_whatever_it_takes():
    for head, seconds in (("svm", 3600), ("mlp", 300), ("dense256", 300), ("logistic", 3600)):
        found = plan(WIDTHS, (head,), 10_000, 80_000, 5)
        assert found is not None and found.heads == (head,) and found.needed is not None
        assert found.needed.seconds > seconds and found.needed.is_much and found.left_out.heads == ()
    few, ridge = plan(WIDTHS, ("svm",), 300, 600, 5), plan(WIDTHS, ("ridge",), 10_000, 80_000, 5)
    assert few is not None and few.needed is not None and not few.needed.is_much
    assert ridge is not None and ridge.needed is not None and not ridge.needed.is_much
    auto = plan(WIDTHS, AUTO, 10_000, 80_000, 5)
    assert auto is not None and auto.needed is None


def test_every_image_is_predicted_for_checks_of_labels():
    assert plan_predictions(1280, WHOLE // 1280, 3000, 5) is None
    found = plan_predictions(1280, 1000, 3000, 5)
    assert found is not None and found.heads == ("logistic",) and found.left_out.folds == found.left_out.pictures == 0
    labels = np.arange(3000) % 1000
    pairs = folds(labels, seed=0)
    first = narrowed(pairs, found, seed=0)
    others = narrowed(pairs[found.folds :], found.of_folds(len(pairs) - found.folds), seed=0)
    rows = np.concatenate([held_out for _, held_out in (*first, *others)])
    assert np.array_equal(np.sort(rows), np.arange(3000))


def test_of_very_many_images_some_are_predicted_for_checks_of_labels():
    found = plan_predictions(1280, 1000, 100_000, 5)
    assert found is not None and found.heads == ("ridge",) and found.left_out.heads == ("logistic",)
    assert found.predicted + found.of_folds(3).predicted == 100_000 - found.left_out.pictures == 40_000


def test_a_narrowed_search_predicts_what_the_plan_says():
    random = np.random.default_rng(0)
    labels = np.arange(400) % 100
    features = (random.standard_normal((400, 40)) + 4 * random.standard_normal((100, 40))[labels]).astype("float32")
    few = plan({"last": 10_000}, AUTO, 100, 400, 5)
    assert few is not None
    result = search({"last": features}, labels, folds(labels, seed=0), n_classes=100, plan=few)
    assert sorted(set(result.fold)) == [0, 1] and len(result.rows) == 160
    tried = {(one.kind, one.C) for one in result.candidates}
    assert tried <= {("centroid", None), *(("logistic", C) for C in few.C)} and ("centroid", None) in tried
    assert result.score.accuracy > 0.9


def test_sums_by_class_are_the_same_in_blocks_of_few_classes(monkeypatch: pytest.MonkeyPatch):
    random = np.random.default_rng(0)
    labels, weights = random.integers(0, 30, 200), random.integers(0, 3, 200).astype("float32")
    data = standardise(random.standard_normal((200, 12)).astype("float32"))
    whole = fit_centroid(data, labels, weights, 30)
    monkeypatch.setattr(parallel, "BLOCK_ROWS", 16)
    blocks = fit_centroid(data, labels, weights, 30)
    assert isinstance(whole, DenseHead) and centroid.parallel is parallel
    np.testing.assert_allclose(blocks.weights[0], whole.weights[0], rtol=1e-4, atol=1e-5)
