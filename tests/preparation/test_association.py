"""What a feature says about the class, against an independent computation of each number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_selection import f_classif, mutual_info_classif
from sklearn.metrics import mutual_info_score

from headway.preparation.association import anova, mutual_information, n_bins
from tests.preparation.making import matrix


@given(n=st.integers(6, 60), d=st.integers(1, 20), classes=st.integers(2, 4), seed=st.integers(0, 1000))
def test_anova_is_that_of_scikit_learn(n: int, d: int, classes: int, seed: int) -> None:
    features, labels = matrix(n, d, classes, seed)
    F, p = anova(features, labels)
    expected, chance = f_classif(features.astype(np.float64), labels)
    sane = (
        expected < 1e5
    )  # it does not centre: of a feature far from 0 that is all but told by the class, little is left
    np.testing.assert_allclose(F[sane], expected[sane], rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(p[sane], chance[sane], rtol=1e-5, atol=1e-12)


def test_anova_of_features_that_are_constant_altogether_or_within_the_classes() -> None:
    labels = np.array([0, 0, 1, 1, 5])
    features = np.array([[0.1, 1], [0.1, 1], [0.1, 2], [0.1, 2], [0.1, 3]], np.float32)
    F, p = anova(features, labels)
    assert F.tolist() == [0, np.inf]
    assert p.tolist() == [1, 0]
    F, p = anova(features[:2], np.array([0, 1]))  # nothing is left to compare with
    assert (F.tolist(), p.tolist()) == ([0, 0], [1, 1])


@given(n=st.integers(40, 200), classes=st.integers(2, 4), seed=st.integers(0, 1000))
@settings(deadline=None)
def test_mutual_information_is_that_of_the_table_less_its_bias(n: int, classes: int, seed: int) -> None:
    features, labels = matrix(n, 5, classes, seed)
    features[:, 0] = np.maximum(features[:, 0] - np.median(features[:, 0]), 0)  # half of it is one value
    information, p = mutual_information(features, labels)
    bins = n_bins(n, classes)
    for column, value in enumerate(information):
        edges = np.sort(features[:, column])[np.arange(1, bins) * n // bins]
        cells = np.digitize(features[:, column], edges)
        free = (len(np.unique(cells)) - 1) * (classes - 1)
        assert value == pytest.approx(max(mutual_info_score(labels, cells) - free / (2 * n), 0), abs=1e-9)
    assert ((p >= 0) & (p <= 1)).all()


def test_mutual_information_agrees_with_an_estimate_by_neighbours() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 3000)
    strength = np.linspace(0, 3, 12)
    features = (strength * (labels[:, np.newaxis] - 1) ** 2 + rng.normal(size=(3000, 12))).astype(np.float32)
    ours, _ = mutual_information(features, labels)
    theirs = mutual_info_classif(features, labels, random_state=0)
    np.testing.assert_allclose(ours, theirs, atol=0.06)


def test_other_rows_are_not_looked_at() -> None:
    features, labels = matrix()
    rows = np.arange(1, 200, 3)
    expected = [function(features[rows], labels[rows]) for function in (anova, mutual_information)]
    features[::3], labels[::3] = np.nan, 9
    for function, (values, chance) in zip((anova, mutual_information), expected, strict=True):
        ours = function(features, labels, rows)
        np.testing.assert_array_equal(ours[0], values)
        np.testing.assert_array_equal(ours[1], chance)


def test_a_constant_feature_far_from_zero_has_no_variance() -> None:
    features = np.full((50, 1), 1234.567, np.float32)
    F, p = anova(features, np.arange(50) % 3)
    assert (F.tolist(), p.tolist()) == ([0.0], [1.0])
