"""402 small-classes."""

from __future__ import annotations

import numpy as np
import pytest

from headway.facts.audit import Finding
from headway.metrics import wilson
from headway.rendering.findings import words
from tests.checks.helpers import run, synthetic


@pytest.mark.parametrize("count", [1, 4, 14, 15, 40])
def test_a_class_is_small_where_its_recall_could_not_be_told(count: int) -> None:
    labels = [0] * 100 + [1] * count
    found = run("small-classes", synthetic(labels, classes=["many", "few"]))
    low, high = wilson(round(0.8 * count), count)
    assert bool(found) == (count < 15) == (round(high - low, 2) >= 0.4)
    if found:
        assert found[0].severity == "note"
        assert found[0].rows.tolist() == list(range(100, 100 + count))
        evidence = {"classes": 1, "names": "'few'", "part": "all", "pictures": count, "low": low, "high": high}
        assert found[0].evidence == evidence


def test_of_a_given_split_the_test_part_counts_and_the_smallest_class_comes_first() -> None:
    labels = [0] * 60 + [1] * 60 + [2] * 60
    part = np.array([0] * 50 + [2] * 10 + [0] * 53 + [2] * 7 + [0] * 40 + [2] * 20)
    [found] = run("small-classes", synthetic(labels, classes=["a", "b", "c"], part=part))
    assert found.rows.tolist() == [*range(113, 120), *range(50, 60)]
    assert (found.evidence["part"], found.evidence["names"], found.evidence["pictures"]) == ("test", "'b', 'a'", 7)
    said = words(Finding(402, "small-classes", "note", 17, (), found.evidence)).found
    assert said == (
        "2 classes have too few pictures in the test part to judge: 'b', 'a'; by 7 pictures of the smallest, even if "
        "most were right, its recall may be anything from 48.7 to 97.4 %"
    )


def test_validation_counts_where_there_is_no_test_and_a_class_without_pictures_is_another_matter() -> None:
    part = np.array([0] * 30 + [1] * 10 + [0] * 20)
    [found] = run("small-classes", synthetic([0] * 40 + [1] * 20, part=part))
    assert (found.evidence["part"], found.evidence["names"]) == ("validation", "'class 0'")
