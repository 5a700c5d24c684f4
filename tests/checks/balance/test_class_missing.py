"""401 class-missing."""

from __future__ import annotations

import numpy as np
import pytest

from headway import demo
from headway.checks import Context
from headway.dataset import read
from headway.facts.audit import Finding
from headway.rendering.findings import words
from tests.checks.helpers import run, synthetic


def divided(labels: list[int], part: list[int]) -> Context:
    return synthetic(labels, classes=["cat", "dog", "owl"], part=np.array(part))


def test_a_class_that_is_not_in_training_is_severe_and_its_pictures_are_named() -> None:
    [found] = run("class-missing", divided([0, 0, 1, 1, 2, 0, 1, 2], [0, 0, 0, 0, 2, 2, 2, 2]))
    assert found.severity == "severe"
    assert found.rows.tolist() == [4, 7]
    assert found.evidence == {"part": "train", "classes": 1, "names": "'owl'"}


@pytest.mark.parametrize(("part", "name"), [(1, "validation"), (2, "test")])
def test_a_class_that_is_not_judged_is_a_warning(part: int, name: str) -> None:
    [found] = run("class-missing", divided([0, 1, 2, 0], [0, 0, 0, part]))
    assert (found.severity, len(found.rows)) == ("warning", 0)
    assert found.evidence == {"part": name, "classes": 2, "names": "'dog', 'owl'"}
    said = words(Finding(401, "class-missing", found.severity, 0, (), found.evidence))
    assert said.found == f"the {name} part has no pictures of 'dog', 'owl'"


def test_nothing_is_missing_where_all_is_there_or_nothing_is_given() -> None:
    assert run("class-missing", divided([0, 1, 2, 0, 1, 2], [0, 0, 0, 2, 2, 2])) == []
    assert run("class-missing", synthetic([0, 1, 2])) == []


def test_a_class_without_pictures_and_pictures_without_a_class_do_not_matter() -> None:
    looked_at = synthetic([0, 1, 0, 1, -1], classes=["a", "b", "none"], part=np.array([0, 0, 2, 2, 2]))
    assert run("class-missing", looked_at) == []


@pytest.mark.parametrize("seed", range(20))
def test_of_real_pictures_exactly_the_planted_classes_are_found(seed: int) -> None:
    random = np.random.default_rng(seed)
    data = read(demo.pictures())
    part = np.where(np.arange(len(data)) % 5, 0, 2)
    planted = {0: set(random.permutation(8)[: random.integers(4)].tolist())}
    planted[2] = set(random.permutation(sorted(set(range(8)) - planted[0]))[: random.integers(4)].tolist())
    for own, classes in planted.items():
        part[np.isin(data.labels, list(classes))] = 2 - own
    looked_at = synthetic(data.labels.tolist(), classes=data.classes, part=part)
    found = {one.evidence["part"]: one.evidence["names"] for one in run("class-missing", looked_at)}
    names = {own: ", ".join(repr(data.classes[label]) for label in sorted(planted[own])) for own in (0, 2)}
    assert found == {word: names[own] for word, own in (("train", 0), ("test", 2)) if names[own]}
