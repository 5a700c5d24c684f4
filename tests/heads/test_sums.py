"""Sums over rows: they add up in any order, and say what the rows in memory say."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.heads import Sums, centroid_of, fit_centroid, standardise, sums_of


def rows(n: int = 300, d: int = 5, k: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = random.integers(0, k, n)
    features = random.standard_normal((n, d)) * [1, 2, 3, 0.001, 5] + labels[:, None] + [0, 50, 0, 0, -9]
    return features.astype("float32"), labels, random.uniform(0.5, 2, n).astype("float32")


def assert_same(left: Sums, right: Sums) -> None:
    for name in ("n", "total", "squares", "weights", "by_class", "products"):
        np.testing.assert_allclose(getattr(left, name), getattr(right, name), rtol=1e-5, atol=1e-2, err_msg=name)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 299), unique=True, max_size=6), st.randoms(use_true_random=False))
def test_parts_add_up_to_the_whole_in_any_order(cuts: list[int], order: st.randoms) -> None:
    features, labels, weights = rows()
    bounds = [0, *sorted(cuts), 300]
    parts = [(features[a:b], labels[a:b], weights[a:b]) for a, b in pairwise(bounds)]
    centre = features.mean(axis=0, dtype="float64")
    order.shuffle(parts)
    first, *others = (sums_of([part], centre, 4) for part in parts)
    assert_same(sum(others, first), sums_of([(features, labels, weights)], centre, 4))


def test_they_are_what_they_are_called() -> None:
    features, labels, weights = rows()
    found = sums_of([(features, labels, weights)], np.zeros(5), 4)
    np.testing.assert_allclose(found.products, (features * weights[:, None]).T.astype("float64") @ features, rtol=1e-4)
    member = np.eye(4)[labels] * weights[:, None]
    np.testing.assert_allclose(found.by_class, member.T @ features, rtol=1e-4)
    np.testing.assert_allclose(found.weights, member.sum(axis=0), rtol=1e-5)


@pytest.mark.parametrize("centre", [0.0, 1.0])
def test_moments_are_those_of_rows_in_memory(centre: float) -> None:
    features, labels, weights = rows()
    features[:, 3] = 7  # constant
    found = sums_of([(features, labels, weights)], features.mean(axis=0, dtype="float64") + centre, 4)
    data = standardise(features)
    (mean,), (scale,) = data.part_moments(np.ones((1, 300), bool))
    for own, other in zip(found.moments, data.in_raw_units(mean, scale), strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-3, atol=1e-5)


def test_the_centroid_head_is_that_of_rows_in_memory() -> None:
    features, labels, weights = rows()
    found = centroid_of(sums_of([(features, labels, weights)], features.mean(axis=0, dtype="float64"), 4))
    known = fit_centroid(standardise(features), labels, weights, 4)
    assert found.kind == known.kind == "centroid"
    np.testing.assert_allclose(found.logits(features), known.logits(features), rtol=1e-3, atol=1e-3)
