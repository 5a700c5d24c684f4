"""What whole groups leave unequal."""

import numpy as np
import pytest

from headway.splits import split, uneven

CLASSES = ("cat", "dog")


def test_rounding_alone_is_not_worth_a_word():
    for size in range(2, 60):
        labels = np.repeat([0, 1], size)
        for fraction in (0.05, 0.1, 0.2, 0.5):
            assert uneven(labels, split(labels, test_fraction=fraction).test, "test", fraction, CLASSES) == ()


@pytest.mark.parametrize(("tested", "said"), [(20, False), (24, False), (26, True), (14, True), (0, True)])
def test_a_quarter_more_or_less_is(tested, said):
    labels = np.repeat([0, 1], 100)
    rows = np.concatenate([np.arange(tested), np.arange(100, 120)])
    found = uneven(labels, rows, "test", 0.2, CLASSES)
    assert [one.label for one in found] == (["cat"] if said else [])


def test_the_largest_difference_comes_first():
    labels = np.repeat([0, 1], 100)
    assert [one.label for one in uneven(labels, np.r_[0:30, 100:190], "test", 0.2, CLASSES)] == ["dog", "cat"]
