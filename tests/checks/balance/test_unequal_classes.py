"""404 unequal-classes."""

from __future__ import annotations

import numpy as np
import pytest

from headway.facts.audit import Finding
from headway.rendering.findings import words
from tests.checks.helpers import run, synthetic


@pytest.mark.parametrize(("largest", "is_found"), [(20, False), (50, False), (51, True), (300, True)])
def test_more_than_five_times_as_large_is_unequal(largest: int, is_found: bool) -> None:
    found = run("unequal-classes", synthetic([0] * largest + [1] * 10, classes=["cat", "lynx"]))
    assert bool(found) == is_found
    if found:
        assert found[0].severity == "note" and not len(found[0].rows)
        assert found[0].evidence == {
            "largest": "cat",
            "smallest": "lynx",
            "largest_count": largest,
            "smallest_count": 10,
            "remedy": "smote",
        }


def test_what_is_only_tested_on_and_classes_without_pictures_do_not_count() -> None:
    part = np.array([0] * 40 + [2] * 200 + [0] * 10 + [1] * 10)
    assert run("unequal-classes", synthetic([0] * 240 + [1] * 20, classes=["a", "b", "none"], part=part)) == []
    assert run("unequal-classes", synthetic([0] * 240 + [1] * 20, classes=["a", "b", "none"])) != []


def test_nothing_is_said_of_pictures_without_classes() -> None:
    assert run("unequal-classes", synthetic([0, -1], part=np.array([2, 0]))) == []


def test_words_are_those_of_fit() -> None:
    [found] = run("unequal-classes", synthetic([0] * 900 + [1] * 150, classes=["cat", "lynx"]))
    said = words(Finding(404, "unequal-classes", "note", 0, (), found.evidence))
    assert said.found == ("classes of very unequal size: cat has 900 pictures to learn from and lynx 150")
    assert said.todo == "look at the macro F1, and try --balance undersample, as the smallest class is large enough"
