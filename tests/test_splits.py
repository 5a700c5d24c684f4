import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from headway.errors import DataError
from headway.facts.data import Division
from headway.rendering.data import division
from headway.splits import folds, merge_groups, repeats, split

labellings = st.lists(st.integers(0, 4), min_size=1, max_size=80).map(lambda values: np.array(values, np.int64))


@st.composite
def grouped(draw):
    # Many classes in few groups that mix them are the hard case, and must not be rare.
    seed, n = draw(st.integers(0, 10**6)), draw(st.integers(1, 60))
    rng = np.random.default_rng(seed)
    return rng.integers(0, draw(st.integers(1, 8)), n), rng.integers(0, draw(st.integers(1, n)), n)


def several(labels, groups):
    """Return the classes that lie in two groups or more."""
    return {int(c) for c in np.unique(labels) if len(np.unique(groups[labels == c])) > 1}


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@given(grouped(), st.floats(0.05, 0.95), st.integers(0, 3))
def test_split_is_a_partition_with_whole_groups(data, fraction, seed):
    labels, groups = data
    parts = split(labels, groups=groups, test_fraction=fraction, seed=seed)
    assert sorted([*parts.train, *parts.test]) == list(range(len(labels)))
    assert not set(groups[parts.train]) & set(groups[parts.test])
    assert set(labels[parts.train]) == set(labels)
    assert len(parts.validation) == 0


@given(labellings, st.floats(0.05, 0.95))
def test_split_without_groups_has_the_share_of_each_class(labels, fraction):
    parts = split(labels, test_fraction=fraction)
    for label, count in zip(*np.unique(labels, return_counts=True), strict=True):
        tested = np.count_nonzero(labels[parts.test] == label)
        assert abs(tested - fraction * count) < 1 or (count > 1 and tested in (1, count - 1))
        assert (0 < tested < count) if count > 1 else tested == 0


@given(grouped())
def test_a_class_of_pure_groups_is_on_both_sides(data):
    labels, groups = data
    groups = groups * 5 + labels
    parts = split(labels, groups=groups)
    assert several(labels, groups) <= set(labels[parts.test].tolist())


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


def test_the_facts_of_a_split_are_those_of_its_parts():
    labels, groups = np.arange(40) % 2, np.arange(40) // 2
    parts = split(labels, groups=groups, test_fraction=0.25, seed=3)
    assert parts.division == Division("stratified", len(parts.train), 0, len(parts.test), 0.25, 3, grouped=True)
    assert division(parts.division) == (
        "stratified, 75 % train and 25 % test, seed 3, groups and identical files kept whole"
    )


@given(grouped(), st.integers(0, 5))
def test_only_who_shares_a_group_matters(data, seed):
    labels, groups = data
    renamed = np.random.default_rng(seed).permutation(61)[groups]
    one, other = (split(labels, groups=g) for g in (groups, renamed))
    assert same((one.train, one.test), (other.train, other.test))


@given(labellings)
def test_groups_of_one_are_no_groups(labels):
    one, other = split(labels), split(labels, groups=np.arange(len(labels))[::-1])
    assert same((one.train, one.test), (other.train, other.test))


def test_the_seed_decides_and_nothing_else():
    labels = np.arange(200) % 4
    first = split(labels, seed=1)
    assert same((first.train, first.test), (split(labels, seed=1).train, split(labels, seed=1).test))
    assert not np.array_equal(first.test, split(labels, seed=2).test)
    assert len(first.test) == 40
    assert division(first.division) == "stratified, 80 % train and 20 % test, seed 1"
    held = [[held_out.tolist() for _, held_out in folds(labels, seed=seed)] for seed in (1, 1, 2)]
    assert held[0] == held[1] != held[2]


def test_many_small_classes_keep_the_overall_share():
    labels = np.repeat(np.arange(300), 7)
    parts = split(labels)
    assert abs(len(parts.test) - 0.2 * len(labels)) <= 1
    assert np.ptp([len(held_out) for _, held_out in folds(labels)]) <= 1


def test_groups_of_many_sizes_come_close_to_the_share():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(300), rng.integers(1, 12, 300))
    labels = (groups * 7 + rng.integers(0, 2, len(groups))) % 5
    parts = split(labels, groups=groups)
    assert abs(len(parts.test) / len(labels) - 0.2) < 0.01
    share = np.bincount(labels[parts.test]) / np.bincount(labels)
    assert np.abs(share - 0.2).max() < 0.05
    held = np.array([np.bincount(labels[held_out]) for _, held_out in folds(labels, groups=groups)])
    assert np.abs(held / np.bincount(labels) - 0.2).max() < 0.05


def test_a_class_of_one_is_never_held_out():
    labels = np.array([0] * 10 + [1] * 10 + [2])
    pairs = folds(labels)
    assert len(pairs) == 5
    assert all(20 in train for train, _ in pairs)
    assert 20 in split(labels).train


def test_given_splits_are_used_as_they_are():
    labels = np.array([0, 1] * 4)
    parts = split(labels, given=np.array([0, 0, 1, 1, 2, 2, 0, 0], np.int8), groups=np.zeros(8, np.int64))
    assert [part.tolist() for part in (parts.train, parts.validation, parts.test)] == [[0, 1, 6, 7], [2, 3], [4, 5]]
    assert division(parts.division) == "given: 4 train, 2 validation, 2 test"


def test_validation_serves_as_test_where_there_is_none():
    parts = split(np.array([0, 1, 0, 1]), given=np.array([0, 0, 1, 1], np.int8))
    assert (parts.validation.tolist(), parts.test.tolist()) == ([], [2, 3])
    assert division(parts.division) == "given, the validation part is the test: 2 train, 2 test"


def test_a_test_fraction_of_0_trains_on_everything():
    parts = split(np.array([0, 1, 1]), groups=np.array([0, 0, 1]), test_fraction=0)
    assert [part.tolist() for part in (parts.train, parts.validation, parts.test)] == [[0, 1, 2], [], []]
    assert parts.division == Division("none", train=3, validation=0, test=0, test_fraction=0.0)
    assert division(parts.division) == "no test part: trained on all 3 pictures"


def test_only_training_pictures_are_no_given_split():
    assert split(np.array([0, 1] * 5), given=np.zeros(10, np.int8)).division.kind == "stratified"


@pytest.mark.parametrize(
    ("labels", "options", "message"),
    [
        ([0, 1], {"given": [2, 2]}, "must have a training part, and this one has test only"),
        ([0, 1], {"given": [1, 2]}, "has validation and test only"),
        ([0, 0, 0, 1], {"given": [0, 0, 2, 2]}, "the train part has 1"),
        ([0, 1, 1, 1], {"given": [0, 0, 2, 2]}, "the test part has 1"),
        ([], {}, "no pictures to split"),
        ([0, -1], {}, "1 of 2 have none"),
        ([0, 1], {"test_fraction": -0.1}, "at least 0 and below 1"),
        ([0, 1], {"test_fraction": 1.0}, "at least 0 and below 1"),
        ([0, 1], {"test_fraction": float("nan")}, "at least 0 and below 1"),
        ([0, 1], {"groups": [0]}, "got 1 for 2"),
    ],
)
def test_wrong_splits(labels, options, message):
    options = {name: np.array(value) if isinstance(value, list) else value for name, value in options.items()}
    with pytest.raises(DataError, match=message):
        split(np.array(labels, np.int64), **options)


def test_wrong_folds():
    with pytest.raises(DataError, match="at least 2 folds, not 1"):
        folds(np.array([0, 0]), n_folds=1)
    with pytest.raises(DataError, match="at least 2 training pictures"):
        folds(np.array([0, 0, 1, 1]), groups=np.array([0, 0, 1, 1]))


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=30), st.booleans())
def test_merged_groups_are_the_connected_parts(pairs, with_groups):
    hashes = [bytes([content]) for content, _ in pairs]
    groups = np.array([group for _, group in pairs], np.int64) if with_groups else None
    merged = merge_groups(hashes, groups)
    expected = list(range(len(pairs)))
    for _ in pairs:  # the slow way: spread the smallest number until nothing changes
        for i, (content, group) in enumerate(pairs):
            linked = [expected[j] for j, (c, g) in enumerate(pairs) if c == content or (with_groups and g == group)]
            expected[i] = min(linked)
    numbers = {}
    assert merged.tolist() == [numbers.setdefault(value, len(numbers)) for value in expected]
    assert merged.dtype == np.int64


def test_merge_needs_one_group_per_picture():
    with pytest.raises(DataError, match="got 1 for 2"):
        merge_groups([b"a", b"b"], np.array([0]))


def test_repeats_are_pictures_that_others_are_copies_of():
    hashes = [b"a", b"b", b"c", b"a", b"c", b"d", b"a"]
    assert repeats(hashes, np.array([4, 5, 6]), np.array([0, 1, 2])).tolist() == [True, False, True]
    assert repeats(hashes, np.array([4, 5, 6]), np.array([], np.int64)).tolist() == [False] * 3
