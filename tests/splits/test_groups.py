import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.errors import DataError
from headway.splits import merge_groups, repeats


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
