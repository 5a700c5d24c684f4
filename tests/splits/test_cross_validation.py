import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from headway.errors import DataError
from headway.splits import folds
from tests.splits.making import grouped, labellings


@settings(max_examples=500)
@example((np.array([3, 3, 1, 0, 0, 1]), np.array([1, 0, 0, 1, 2, 2])), 2, 0)
@example((np.array([1, 1, 0, 1, 0, 0]), np.array([0, 0, 1, 1, 2, 2])), 2, 0)
@given(grouped(), st.integers(2, 6), st.integers(0, 3))
def test_folds_hold_out_each_picture_once_at_most(data, n_folds, seed):
    labels, groups = data
    try:
        pairs = folds(labels, groups=groups, n_folds=n_folds, seed=seed)
    except DataError:
        return
    held = np.concatenate([held_out for _, held_out in pairs])
    assert len(set(held.tolist())) == len(held)
    assert 2 <= len(pairs) <= n_folds
    for train, held_out in pairs:
        assert len(held_out)
        assert sorted([*train, *held_out]) == list(range(len(labels)))
        assert not set(groups[train]) & set(groups[held_out])
        assert set(labels[train]) == set(labels)


@given(labellings, st.integers(2, 6))
def test_folds_without_groups_are_level(labels, n_folds):
    counts = np.bincount(labels)
    usable = counts[counts > 1]
    if not len(usable):
        with pytest.raises(DataError, match="at least 2 training pictures"):
            folds(labels, n_folds=n_folds)
        return
    pairs = folds(labels, n_folds=n_folds)
    assert len(pairs) == min(n_folds, usable.sum())
    held = np.array([np.bincount(labels[held_out], minlength=len(counts)) for _, held_out in pairs])
    assert (held.sum(axis=0) == np.where(counts > 1, counts, 0)).all()
    assert np.ptp(held, axis=0).max() <= 1
    assert np.ptp(held.sum(axis=1)) <= 1


def test_wrong_folds():
    with pytest.raises(DataError, match="at least 2 folds, not 1"):
        folds(np.array([0, 0]), n_folds=1)
    with pytest.raises(DataError, match="at least 2 training pictures"):
        folds(np.array([0, 0, 1, 1]), groups=np.array([0, 0, 1, 1]))


def test_the_seed_decides_on_folds_and_nothing_else():
    labels = np.arange(200) % 4
    held = [[held_out.tolist() for _, held_out in folds(labels, seed=seed)] for seed in (1, 1, 2)]
    assert held[0] == held[1] != held[2]


def test_folds_of_many_small_classes_are_level():
    labels = np.repeat(np.arange(300), 7)
    assert np.ptp([len(held_out) for _, held_out in folds(labels)]) <= 1


def test_folds_of_groups_of_many_sizes_are_nearly_level():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(300), rng.integers(1, 12, 300))
    labels = (groups * 7 + rng.integers(0, 2, len(groups))) % 5
    held = np.array([np.bincount(labels[held_out]) for _, held_out in folds(labels, groups=groups)])
    assert np.abs(held / np.bincount(labels) - 0.2).max() < 0.05


def test_a_class_of_one_is_never_held_out():
    labels = np.array([0] * 10 + [1] * 10 + [2])
    pairs = folds(labels)
    assert len(pairs) == 5
    assert all(20 in train for train, _ in pairs)
