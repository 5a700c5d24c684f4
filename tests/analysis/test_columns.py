"""Every feature of a matrix, against an independent computation of each number."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from headway.analysis import VERDICTS, analyse
from headway.analysis import columns as columns_module
from headway.errors import DataError
from headway.facts.analysis import Limits
from headway.preparation import association as association_module
from headway.preparation.association import anova, mutual_information
from tests.preparation.making import matrix


def test_under_chance_alone_few_features_pass() -> None:
    rng = np.random.default_rng(1)
    features, labels = rng.normal(size=(500, 2000)).astype(np.float32), rng.integers(0, 5, 500)
    _, p = anova(features, labels)
    _, chance = mutual_information(features, labels)
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.02)
    assert (chance < 0.05).mean() == pytest.approx(0.05, abs=0.025)
    assert (analyse(features, labels, {"a": 2000}).verdict == VERDICTS.index("good")).mean() < 0.01


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
        *("no information shown", "no information shown", "good"),
    ]
    assert report.counts() == {
        "a.mean": dict(zip(VERDICTS, (1, 1, 1, 0, 1), strict=True)) | {"repeats another": 1, "no information shown": 0},
        "b.mean": dict(zip(VERDICTS, (0, 0, 0, 2, 1), strict=True)),
    }
    assert report.names()[3:5] == ["a.mean[3]", "b.mean[0]"]
    assert report.repeats.tolist() == [-1, -1, -1, 2, -1, -1, -1]
    assert report.best(1).tolist() == [6]
    assert set(report.worst(2).tolist()) == {4, 5}
    assert report.evidence is not None
    assert report.evidence.entropy == pytest.approx(np.log(3))
    assert report.nearest[0] == -1
    np.testing.assert_allclose(report.std, features.astype(np.float64).std(axis=0))
    np.testing.assert_allclose(
        report.evidence.F_q, false_discovery_control(np.where(report.verdict == 0, 1, anova(features, labels)[1]))
    )


def test_limits_are_the_callers() -> None:
    features, labels = matrix()
    strict = analyse(features, labels, {"a": 30}, limits=Limits(spread=0.9, correlation=0.2, false_discovery_rate=1e-9))
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
    assert one.evidence is not None and other.evidence is not None
    np.testing.assert_allclose(one.evidence.F, other.evidence.F, rtol=2e-3)


def test_blocks_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    features, labels = matrix()
    whole = analyse(features, labels, {"a": 30})
    monkeypatch.setattr(association_module, "_BLOCK_BYTES", 8 * 200 * 7)
    parts = analyse(features, labels, {"a": 30})
    for owner, name in (("", "mean"), ("", "std"), ("evidence", "F"), ("evidence", "information")):
        one, other = (getattr(getattr(report, owner, report), name) for report in (whole, parts))
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_a_sample_stands_for_many_pictures_and_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    features, labels = matrix(2000)
    monkeypatch.setattr(columns_module, "_MOST_PRODUCTS", 30**2 * 600)
    monkeypatch.setattr(columns_module, "_MOST_VALUES", 30 * 700)
    report = analyse(features, labels, {"a": 30})
    assert report.evidence is not None
    assert (report.n, report.n_correlated, report.evidence.n_informed) == (2000, 600, 700)
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


def test_without_labels_all_but_the_class_is_said() -> None:
    features, labels = matrix()
    labelled = analyse(features, labels, {"a": 30})
    report = analyse(features, np.full_like(labels, -1), {"a": 30})
    assert report.evidence is None and report.few is None
    for name in ("mean", "std", "spread", "nearest", "correlation", "repeats"):
        np.testing.assert_array_equal(getattr(report, name), getattr(labelled, name))
    told, verdicts = labelled.counts()["a"], report.counts()["a"]
    assert list(verdicts) == ["constant", "near-constant", "repeats another", "good"]
    assert verdicts["good"] == told["good"] + told["no information shown"]
    assert len(report.best(3)) == len(report.worst(3)) == 0


def test_constant_features_alone() -> None:
    report = analyse(np.ones((10, 3), np.float32), np.repeat([0, 1], 5), {"a": 3})
    assert report.counts()["a"]["constant"] == 3
    assert len(report.best(3)) == len(report.worst(3)) == 0


def test_pictures_are_few_below_fifty_of_a_class() -> None:
    features, labels = matrix(200, 5, 4)
    assert not analyse(features, labels, {"a": 5}).few
    assert analyse(features[:199], labels[:199], {"a": 5}).few
