"""Smaller training parts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from headway.forecast.subsets import nested_subsets

FRACTIONS = (1 / 8, 1 / 4, 1 / 2, 1)


@given(st.integers(2, 80), st.integers(1, 5), st.integers(1, 30), st.integers(0, 5))
def test_parts_contain_each_other_have_every_class_and_whole_groups(n, n_classes, n_groups, seed):
    random = np.random.default_rng(seed)
    labels, groups = random.integers(0, n_classes, n), random.integers(0, n_groups, n)
    rows = np.flatnonzero(random.random(n) < 0.8)
    if not len(rows):
        return
    parts = nested_subsets(rows, labels, groups, FRACTIONS, seed)
    for small, large in pairwise(parts):
        assert set(small.tolist()) <= set(large.tolist())
    assert parts[-1].tolist() == rows.tolist()
    for part in parts:
        inside = np.isin(groups[rows], groups[part])
        assert rows[inside].tolist() == part.tolist()


def test_each_class_has_its_share():
    labels = np.repeat([0, 1, 2], [8, 16, 80])
    for fraction, part in zip(
        FRACTIONS, nested_subsets(np.arange(104), labels, np.arange(104), FRACTIONS, 3), strict=True
    ):
        assert np.bincount(labels[part]).tolist() == [8 * fraction, 16 * fraction, 80 * fraction]


def test_a_class_with_one_image_is_in_every_part():
    labels = np.array([0] * 20 + [1])
    assert all(20 in part for part in nested_subsets(np.arange(21), labels, np.arange(21), FRACTIONS, 0))


def test_another_seed_draws_other_images():
    labels = np.zeros(100, np.int64)
    first, again, other = (
        nested_subsets(np.arange(100), labels, np.arange(100), (0.2,), seed)[0] for seed in (0, 0, 1)
    )
    assert first.tolist() == again.tolist() != other.tolist()
