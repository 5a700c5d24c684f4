"""What holds for every selection of features and every balance of classes, through the same tests."""

from __future__ import annotations

import pickle
from typing import get_args

import numpy as np
import pytest

from headway.errors import UserError
from headway.heads import parallel
from headway.preparation import BalanceChoice, Preparation, PreparedData, SelectChoice, select

SELECTORS = [how for how in get_args(SelectChoice) if how != "none"]
BALANCES = get_args(BalanceChoice)
SUPERVISED = {"mutual-info", "anova", "l1"}  # they look at the labels
DRAWN = {"undersample", "oversample", "smote"}

every_selector = pytest.mark.parametrize("how", SELECTORS)
every_balance = pytest.mark.parametrize("balance", BALANCES)


def _problem(n: int = 200, d: int = 20, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Three classes, of which the last is half of all; the first three features say which."""
    random = np.random.default_rng(seed)
    labels = random.permutation(np.minimum(np.arange(n) % 4, 2))
    features = random.standard_normal((n, d))
    features[:, :3] += np.eye(3)[labels][:, : min(d, 3)] * 3
    return features.astype("float32"), labels


def _columns(how: str, features: np.ndarray, labels: np.ndarray, count: int = 0, rows=None, seed: int = 0) -> list[int]:
    prepared = Preparation(how, count, seed=seed).fit(features, labels, int(labels.max()) + 1, rows)
    columns = prepared.transform.columns
    assert columns is not None
    assert columns.dtype == np.int64
    assert (np.diff(columns) > 0).all()
    assert 0 <= columns[0] <= columns[-1] < features.shape[1]
    assert prepared.features.dtype == np.float32
    np.testing.assert_array_equal(prepared.features, (features if rows is None else features[rows])[:, columns])
    return columns.tolist()


def _same(one: PreparedData, other: PreparedData) -> bool:
    pairs = zip((one.features, one.labels, one.weights), (other.features, other.labels, other.weights), strict=True)
    return all(a.tobytes() == b.tobytes() for a, b in pairs)


@every_selector
def test_as_many_features_are_selected_as_are_asked_for(how: str) -> None:
    features, labels = _problem()
    for count in (1, 3, 20):
        assert len(_columns(how, features, labels, count)) == count
    if how in SUPERVISED:
        assert _columns(how, features, labels, 3) == [0, 1, 2]
        assert {0, 1, 2} <= set(_columns(how, features, labels))
    with pytest.raises(UserError, match="at most 20, the number of features, got 21"):
        _columns(how, features, labels, 21)


@every_selector
@pytest.mark.parametrize("value", [0.0, 1.0, 1234.567])
def test_at_least_one_feature_is_selected_where_none_says_anything(how: str, value: float) -> None:
    assert len(_columns(how, np.full((40, 5), value, "float32"), np.arange(40) % 2)) == 1


@every_selector
def test_a_constant_feature_is_not_selected(how: str) -> None:
    features, labels = _problem()
    features[:, 1] = 7
    assert 1 not in _columns(how, features, labels)
    assert 1 not in _columns(how, features, labels, 3)


@every_selector
def test_one_feature_is_selected(how: str) -> None:
    features, labels = _problem(d=3)
    assert _columns(how, features[:, :1], labels) == [0]


@every_selector
def test_a_class_without_a_row_changes_nothing(how: str) -> None:
    features, labels = _problem()
    expected = _columns(how, features, labels, 5)
    assert _columns(how, features, np.array([0, 2, 4])[labels], 5) == expected


@every_selector
@pytest.mark.parametrize("factor", [2.0**-40, 2.0**40])
def test_large_and_small_values_give_the_same_selection(how: str, factor: float) -> None:
    features, labels = _problem()
    assert _columns(how, features * np.float32(factor), labels, 5) == _columns(how, features, labels, 5)


@every_selector
@pytest.mark.parametrize("count", [0, 4])
def test_rows_outside_of_the_training_part_are_not_looked_at(how: str, count: int) -> None:
    features, labels = _problem()
    rows = np.arange(0, 200, 2)
    expected = _columns(how, features, labels, count, rows)
    features[1::2], labels[1::2] = np.nan, 0
    assert _columns(how, features, labels, count, rows) == expected


@every_selector
def test_many_rows_are_sampled_by_the_seed_on_any_number_of_cores(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(select, "SAMPLE_NUMBERS", 100 * 20)
    monkeypatch.setattr(select, "SAMPLE_ROWS", 100)
    features, labels = _problem(n=400)
    first = _columns(how, features, labels, 3, seed=1)
    monkeypatch.setattr(parallel, "cpu_count", lambda: 1)
    assert _columns(how, features, labels, 3, seed=1) == first
    if how in SUPERVISED:
        assert first == [0, 1, 2]


@every_balance
def test_a_balance_gives_rows_of_the_same_kind(balance: str) -> None:
    features, labels = _problem()
    given = features.copy(), labels.copy()
    prepared = Preparation(balance=balance).fit(features, labels, 3)
    n = len(prepared.labels)
    assert (prepared.features.dtype, prepared.labels.dtype, prepared.weights.dtype) == ("float32", "int64", "float32")
    assert (prepared.features.shape, prepared.weights.shape) == ((n, 20), (n,))
    assert prepared.weights.mean() == pytest.approx(1)
    assert (prepared.transform.vocabularies, prepared.transform.columns) == ((), None)
    weight = np.bincount(prepared.labels, prepared.weights)
    level = np.bincount(labels) if balance == "none" else np.full(3, weight.sum() / 3)
    np.testing.assert_allclose(weight, level, rtol=1e-5)
    assert features.tobytes() == given[0].tobytes()
    assert labels.tobytes() == given[1].tobytes()


@every_balance
def test_a_balance_is_drawn_by_its_seed(balance: str) -> None:
    features, labels = _problem()
    one, same, other = (Preparation(balance=balance, seed=seed).fit(features, labels, 3) for seed in (0, 0, 1))
    assert _same(one, same)
    assert _same(one, other) == (balance not in DRAWN)


@every_balance
def test_one_class_stays_as_it_is(balance: str) -> None:
    features, _ = _problem(n=9)
    prepared = Preparation(balance=balance).fit(features, np.full(9, 1), 3)
    np.testing.assert_array_equal(prepared.features, features)
    assert (prepared.labels == 1).all()
    assert (prepared.features is features) == (balance not in ("undersample", "oversample"))
    assert (prepared.weights == 1).all()


@every_balance
def test_a_class_without_a_row_gets_none(balance: str) -> None:
    features, labels = _problem()
    prepared = Preparation(balance=balance).fit(features, np.array([0, 2, 4])[labels], 6)
    assert set(prepared.labels.tolist()) == {0, 2, 4}
    assert np.isfinite(prepared.weights).all()


@every_balance
@pytest.mark.parametrize("value", [0.0, 1e30])
def test_one_constant_feature_stays_what_it_is(balance: str, value: float) -> None:
    _, labels = _problem()
    prepared = Preparation(balance=balance).fit(np.full((200, 1), value, "float32"), labels, 3)
    assert (prepared.features == np.float32(value)).all()


@every_balance
@pytest.mark.parametrize("how", get_args(SelectChoice))
def test_training_rows_are_all_that_is_looked_at(how: str, balance: str) -> None:
    features, labels = _problem()
    features = np.concatenate([features, np.abs(features[:, :8])], axis=1)
    rows = np.arange(200)[np.arange(200) % 5 > 0]
    preparation = Preparation(how, 0 if how == "none" else 4, balance, ((20, 8, 2),), seed=3)
    inside = preparation.fit(features, labels, 3, rows)
    alone = preparation.fit(features[rows], labels[rows], 3)
    assert _same(inside, alone)


@every_balance
@pytest.mark.parametrize("how", get_args(SelectChoice))
def test_a_preparation_and_what_it_fits_survive_pickling(how: str, balance: str) -> None:
    features, labels = _problem()
    preparation = Preparation(how, balance=balance, seed=2)
    copied = pickle.loads(pickle.dumps(preparation))
    assert copied == preparation
    transform = pickle.loads(pickle.dumps(preparation.fit(features, labels, 3).transform))
    np.testing.assert_array_equal(transform.apply(features), copied.fit(features, labels, 3).transform.apply(features))
