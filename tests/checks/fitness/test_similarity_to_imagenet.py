"""501 similarity-to-imagenet."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from headway.checks import TooLittle
from headway.facts.audit import Finding
from headway.facts.transfer import Similarity
from headway.rendering.findings import words
from tests.checks.helpers import run, synthetic

MEASURE = "headway.checks.fitness.similarity_to_imagenet.measure"


@pytest.mark.parametrize(("similar", "n", "case"), [(True, 40, 1), (False, 40, 3), (True, 2000, 2), (False, 2000, 4)])
def test_similarity_and_size_make_the_case(monkeypatch: pytest.MonkeyPatch, similar: bool, n: int, case: int) -> None:
    monkeypatch.setattr(MEASURE, lambda *_, **__: Similarity(0.3, 0.5, 0.61, 128, similar))
    [found] = run("similarity-to-imagenet", synthetic([0, 1] * (n // 2)))
    assert found.severity == "note" and not len(found.rows)
    assert (found.evidence["case"], found.evidence["per_class"]) == (case, n // 2)
    assert type(found.evidence["similar"]) is int, "as the schema has it"
    said = words(Finding(501, "similarity-to-imagenet", "note", 0, (), found.evidence))
    assert ("similar to" if similar else "different from") in said.found and f"case {case} of 4" in said.found
    assert said.todo.startswith("the rule says to ")


def test_what_is_only_tested_on_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(
        MEASURE, lambda pictures, **_: seen.extend(pictures) or Similarity(0.3, 0.5, 0.61, len(pictures), True)
    )
    looked_at = synthetic([0, 1] * 30, part=np.repeat([0, 1, 2], 20))
    [found] = run("similarity-to-imagenet", looked_at)
    assert len(seen) == 40 and found.evidence["per_class"] == 20


def test_without_labels_there_is_no_case() -> None:
    [found] = run("similarity-to-imagenet", synthetic([-1] * 39 + [0], part=np.array([0] * 39 + [2])))
    assert "case" not in found.evidence
    assert words(Finding(501, "similarity-to-imagenet", "note", 0, (), found.evidence)).todo == ""


def test_few_pictures_cannot_tell() -> None:
    with pytest.raises(TooLittle) as raised:
        run("similarity-to-imagenet", synthetic([0, 1] * 15))
    assert (raised.value.least, raised.value.found) == (32, 30)
