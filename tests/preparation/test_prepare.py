from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway import recipe
from headway.errors import DataError, UnknownNameError, UserError
from headway.preparation import BalanceChoice, Preparation, SelectChoice

LOCAL = (2, 8, 2)  # four descriptors of two numbers, after two ordinary features


def _problem(n=80, d=14, seed=0):
    random = np.random.default_rng(seed)
    labels = (np.arange(n) % 4 == 0).astype("int64")
    features = random.uniform(0, 1, (n, d)).astype("float32")
    features[:, 12] += labels
    features[::7, 6:10] = np.nan
    return features, labels


def test_choices_are_those_of_a_recipe():
    assert get_args(SelectChoice) == get_args(recipe.SelectChoice)
    assert get_args(BalanceChoice) == get_args(recipe.BalanceChoice)


@pytest.mark.parametrize(
    ("trivial", "given"),
    [(True, {}), (True, {"balance": "weights"}), (False, {"balance": "smote"}), (False, {"select": "std"}),
     (False, {"local": (LOCAL,)})],
)  # fmt: skip
def test_trivial_is_what_fits_nothing(trivial, given):
    assert Preparation(**given).is_trivial == trivial


def test_nothing_to_do_copies_nothing():
    features, labels = _problem()
    prepared = Preparation(balance="weights").fit(features, labels, 2)
    assert prepared.features is features
    assert (prepared.transform.vocabularies, prepared.transform.columns) == ((), None)
    assert prepared.weights[labels == 1].sum() == pytest.approx(prepared.weights[labels == 0].sum())


def test_words_then_columns_then_balance():
    features, labels = _problem()
    prepared = Preparation("anova", 3, "smote", (LOCAL,), seed=1).fit(features, labels, 2)
    (vocabulary,) = prepared.transform.vocabularies
    n_words = len(vocabulary.words)
    assert 2 + n_words + 2 in prepared.transform.columns  # column 12 of the raw ones
    assert prepared.features.shape == (120, 3)
    assert np.bincount(prepared.labels).tolist() == [60, 60]
    assert (prepared.weights == 1).all()
    np.testing.assert_array_equal(prepared.features[:80], prepared.transform.apply(features))
    unbalanced = Preparation("anova", 3, "none", (LOCAL,), seed=1).fit(features, labels, 2)
    assert unbalanced.transform.columns.tolist() == prepared.transform.columns.tolist()


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    select=st.sampled_from(get_args(SelectChoice)),
    balance=st.sampled_from(get_args(BalanceChoice)),
    held_out=st.integers(1, 30),
)
def test_held_out_labels_and_features_cannot_change_what_is_fitted(seed, select, balance, held_out):
    features, labels = _problem(seed=seed)
    random = np.random.default_rng(seed)
    rows = np.sort(random.permutation(80)[held_out:])
    outside = np.setdiff1d(np.arange(80), rows)
    how = Preparation(select, 0, balance, (LOCAL,), seed=seed)
    try:
        before = how.fit(features, labels, 2, rows)
    except DataError:
        assert balance == "smote" and labels[rows].sum() < 6
        return
    labels[outside] = random.integers(0, 2, len(outside))
    features[outside] = random.standard_normal((len(outside), 14)) * 1e6
    after = how.fit(features, labels, 2, rows)
    assert before.features.tobytes() == after.features.tobytes()
    assert before.labels.tobytes() == after.labels.tobytes()
    if select != "none":
        assert before.transform.columns.tolist() == after.transform.columns.tolist()
    assert before.transform.vocabularies[0].words.tobytes() == after.transform.vocabularies[0].words.tobytes()


def test_mistakes_are_said():
    features, labels = _problem()
    with pytest.raises(UnknownNameError, match="did you mean anova"):
        Preparation("anov")
    with pytest.raises(UnknownNameError, match="did you mean smote"):
        Preparation(balance="smot")
    with pytest.raises(UserError, match="at most 14, the number of features"):
        Preparation("std", 15).fit(np.nan_to_num(features), labels, 2)
    for bag in ((2, 7, 2), (8, 8, 2), (0, 4, 0)):
        with pytest.raises(DataError, match="no bag of descriptors"):
            Preparation(local=(bag,)).fit(features, labels, 2)
    with pytest.raises(DataError, match="SMOTE needs at least 6"):
        Preparation(balance="smote").fit(features[:20], labels[:20], 2)
