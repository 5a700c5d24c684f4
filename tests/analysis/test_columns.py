"""Every feature of a matrix, against an independent computation of each number."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control
from sklearn.feature_selection import f_classif, mutual_info_classif
from sklearn.metrics import mutual_info_score

from headway.analysis import VERDICTS, analyse
from headway.analysis import association as association_module
from headway.analysis import columns as columns_module
from headway.analysis import redundancy as redundancy_module
from headway.analysis.association import anova, mutual_information, n_bins
from headway.analysis.columns import Limits
from headway.analysis.redundancy import redundancy
from headway.errors import DataError


def matrix(n: int = 200, d: int = 30, classes: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    labels[:classes] = np.arange(classes)
    told = rng.normal(0, 1, (classes, d))[labels] * rng.uniform(0, 1, d)
    features = told + rng.normal(0, 1, (n, d)) @ rng.normal(0, 0.5, (d, d)) + rng.normal(0, 10, d)
    return features.astype(np.float32), labels


@given(n=st.integers(6, 60), d=st.integers(1, 20), classes=st.integers(2, 4), seed=st.integers(0, 1000))
def test_anova_is_that_of_scikit_learn(n: int, d: int, classes: int, seed: int) -> None:
    features, labels = matrix(n, d, classes, seed)
    F, p = anova(features, labels, classes)
    expected, chance = f_classif(features.astype(np.float64), labels)
    sane = (
        expected < 1e5
    )  # it does not centre: of a feature far from 0 that is all but told by the class, little is left
    np.testing.assert_allclose(F[sane], expected[sane], rtol=1e-6)
    np.testing.assert_allclose(p[sane], chance[sane], rtol=1e-5, atol=1e-12)


def test_anova_of_features_that_are_constant_altogether_or_within_the_classes() -> None:
    labels = np.array([0, 0, 1, 1, 5])
    features = np.array([[0.1, 1], [0.1, 1], [0.1, 2], [0.1, 2], [0.1, 3]], np.float32)
    F, p = anova(features, labels, 6)
    assert F.tolist() == [0, np.inf]
    assert p.tolist() == [1, 0]
    F, p = anova(features[:2], np.array([0, 1]), 2)  # nothing is left to compare with
    assert (F.tolist(), p.tolist()) == ([0, 0], [1, 1])


@given(n=st.integers(40, 200), classes=st.integers(2, 4), seed=st.integers(0, 1000))
@settings(deadline=None)
def test_mutual_information_is_that_of_the_table_less_its_bias(n: int, classes: int, seed: int) -> None:
    features, labels = matrix(n, 5, classes, seed)
    features[:, 0] = np.maximum(features[:, 0] - np.median(features[:, 0]), 0)  # half of it is one value
    information, p = mutual_information(features, labels, classes)
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
    ours, _ = mutual_information(features, labels, 3)
    theirs = mutual_info_classif(features, labels, random_state=0)
    np.testing.assert_allclose(ours, theirs, atol=0.06)


def test_under_chance_alone_few_features_pass() -> None:
    rng = np.random.default_rng(1)
    features, labels = rng.normal(size=(500, 2000)).astype(np.float32), rng.integers(0, 5, 500)
    _, p = anova(features, labels, 5)
    _, chance = mutual_information(features, labels, 5)
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.02)
    assert (chance < 0.05).mean() == pytest.approx(0.05, abs=0.025)
    assert (analyse(features, labels, {"a": 2000}).verdict == VERDICTS.index("good")).mean() < 0.01


@given(
    n=st.integers(5, 50),
    d=st.integers(1, 40),
    seed=st.integers(0, 1000),
    limit=st.sampled_from([0.3, 0.6, 0.95, 0.999]),
)
@settings(deadline=None)
def test_the_nearest_other_is_that_of_numpy(n: int, d: int, seed: int, limit: float) -> None:
    features, _ = matrix(n, d, 2, seed)
    if d > 3:
        features[:, 3] = -2 * features[:, 0] + 1
        features[:, 1] = 7
    usable = np.arange(d) != 2
    before, redundancy_module._BLOCK = redundancy_module._BLOCK, 7
    try:
        found = redundancy(features, usable, limit)
    finally:
        redundancy_module._BLOCK = before
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = np.nan_to_num(np.atleast_2d(np.corrcoef(features.astype(np.float64), rowvar=False)))
    np.fill_diagonal(table, 0)
    np.testing.assert_allclose(np.abs(found.correlation), np.abs(table).max(axis=0), atol=2e-5)
    for column in np.flatnonzero(found.nearest >= 0):
        assert table[column, found.nearest[column]] == pytest.approx(found.correlation[column], abs=2e-5)
    kept = usable & (found.repeats < 0)
    size = np.abs(table)
    for column in range(d):
        other = found.repeats[column]
        if other >= 0:
            assert other < column
            assert kept[other]
            assert size[column, other] >= limit - 2e-5
        elif kept[column]:
            assert (size[column, :column][kept[:column]] < limit + 2e-5).all()


def test_every_verdict_and_their_counts() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 40)
    told = rng.normal(size=120) + 2 * (labels == 1)
    spread = rng.normal(size=(120, 2))
    features = np.stack(
        [np.full(120, 0.1), 1e-3 * told, told, -told + 1e-3, *spread.T, (labels == 2) * 1.0 + 0 * told], axis=1
    ).astype(np.float32)
    report = analyse(features, labels, {"a.mean": 4, "b.mean": 3})
    assert [VERDICTS[code] for code in report.verdict] == [
        *("constant", "near-constant", "good", "repeats another"),
        *("no information", "no information", "good"),
    ]
    assert report.counts() == {
        "a.mean": dict(zip(VERDICTS, (1, 1, 1, 0, 1), strict=True)) | {"repeats another": 1, "no information": 0},
        "b.mean": dict(zip(VERDICTS, (0, 0, 0, 2, 1), strict=True)),
    }
    assert report.names()[3:5] == ["a.mean[3]", "b.mean[0]"]
    assert report.repeats.tolist() == [-1, -1, -1, 2, -1, -1, -1]
    assert report.best(1).tolist() == [6]
    assert set(report.worst(2).tolist()) == {4, 5}
    assert report.entropy == pytest.approx(np.log(3))
    assert report.nearest[0] == -1
    np.testing.assert_allclose(report.std, features.astype(np.float64).std(axis=0))
    np.testing.assert_allclose(
        report.F_q, false_discovery_control(np.where(report.verdict == 0, 1, anova(features, labels, 3)[1]))
    )


def test_limits_are_the_callers() -> None:
    features, labels = matrix()
    strict = analyse(features, labels, {"a": 30}, limits=Limits(spread=0.9, correlation=0.2, level=1e-9))
    loose = analyse(features, labels, {"a": 30})
    good = VERDICTS.index("good")
    assert (strict.verdict == good).sum() < (loose.verdict == good).sum()
    assert (strict.verdict[strict.spread < 0.9] == VERDICTS.index("near-constant")).all()


def test_the_scale_and_the_offset_of_features_do_not_matter() -> None:
    features, labels = matrix()
    features -= features.mean(axis=0)
    one = analyse(features, labels, {"a": 30})
    other = analyse(features * 64 + 1024, labels, {"a": 30})
    np.testing.assert_array_equal(one.verdict, other.verdict)
    np.testing.assert_allclose(one.F, other.F, rtol=2e-3)


def test_blocks_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    features, labels = matrix()
    whole = analyse(features, labels, {"a": 30})
    monkeypatch.setattr(association_module, "_BLOCK_BYTES", 8 * 200 * 7)
    parts = analyse(features, labels, {"a": 30})
    for name in ("mean", "std", "F", "information"):
        np.testing.assert_allclose(getattr(whole, name), getattr(parts, name), rtol=1e-9, atol=1e-12)


def test_a_sample_stands_for_many_pictures_and_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    features, labels = matrix(2000)
    monkeypatch.setattr(columns_module, "_MOST_PRODUCTS", 30**2 * 600)
    monkeypatch.setattr(columns_module, "_MOST_VALUES", 30 * 700)
    report = analyse(features, labels, {"a": 30})
    assert (report.n, report.n_correlated, report.n_informed) == (2000, 600, 700)
    np.testing.assert_allclose(report.correlation, np.clip(report.correlation, -1, 1))


@pytest.mark.parametrize(
    ("features", "labels", "dims", "says"),
    [
        (np.zeros((4, 2), np.float32), np.array([0, 1, 0, 1]), {"a": 3}, "a name for each of 2 features"),
        (np.zeros((4, 2), np.float32), np.array([0, 1]), {"a": 2}, "a label for each of 4"),
        (np.zeros((4, 2), np.float32), np.array([1, 1, 1, 1]), {"a": 2}, "at least 2 classes"),
        (np.zeros((4, 2), np.float32), np.array([0, 1, -1, 0]), {"a": 2}, "needs a label"),
        (np.full((4, 2), np.nan, np.float32), np.array([0, 1, 0, 1]), {"a": 2}, "finite"),
    ],
)
def test_what_cannot_be_analysed_is_said(
    features: np.ndarray, labels: np.ndarray, dims: dict[str, int], says: str
) -> None:
    with pytest.raises(DataError, match=says):
        analyse(features, labels, dims)


def test_constant_features_alone() -> None:
    report = analyse(np.ones((10, 3), np.float32), np.repeat([0, 1], 5), {"a": 3})
    assert report.counts()["a"]["constant"] == 3
    assert len(report.best(3)) == len(report.worst(3)) == 0
