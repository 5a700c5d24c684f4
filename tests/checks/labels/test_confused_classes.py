"""302 confused-classes."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

import headway
from headway.auditing.predicting import predict_out_of_fold
from headway.checks import Context, Found, OutOfFold, TooLittle, run_checks, select_checks
from headway.recipe import Recipe
from headway.rendering.findings import words
from headway.types import Silent
from tests.checks.helpers import context, run, synthetic


def predictions(labels: np.ndarray, told: dict[tuple[int, int], float], usual: float = 0.98) -> OutOfFold:
    """Of pictures, of each pair of classes in ``told`` that share right, and of the others as usual."""
    random = np.random.default_rng(0)
    k = int(labels.max()) + 1
    probabilities = np.full((len(labels), k), 0.01)
    for row, label in enumerate(labels.tolist()):
        others = {
            other: told.get((min(label, other), max(label, other)), usual) for other in range(k) if other != label
        }
        probabilities[row, label] = 0.5
        for other, right in others.items():
            probabilities[row, other] = 0.7 if random.random() > right else 0.1
    return OutOfFold(
        np.arange(len(labels)), (probabilities / probabilities.sum(axis=1, keepdims=True)).astype(np.float32)
    )


def looked_at(told: dict[tuple[int, int], float], k: int = 6, each: int = 60, usual: float = 0.98) -> Context:
    labels = np.repeat(np.arange(k), each)
    return synthetic(labels, predictions=predictions(labels, told, usual))


def pairs(found: list[Found], severity: str) -> list[tuple[object, object]]:
    return [(one.evidence["first"], one.evidence["second"]) for one in found if one.severity == severity]


def test_a_class_that_is_torn_in_two_is_a_warning() -> None:
    drawings = context(headway.demo.pictures(), "efficientnet_lite0")
    # Four classes become one, which is torn in two: the halves are told apart no better than by a coin.
    halves = np.random.default_rng(0).integers(4, 6, len(drawings))
    labels = np.where(drawings.labels < 4, drawings.labels, halves)
    data = replace(drawings.data, labels=labels, classes=("a", "b", "c", "d", "one", "other"))
    told = predict_out_of_fold(data, drawings.hashes, drawings.features, Recipe(), Silent()).predictions
    found = run("confused-classes", replace(drawings, data=data, predictions=told))
    assert pairs(found, "warning") == [("one", "other")]


def test_pairs_that_are_told_apart_less_often_are_noted_the_worst_first() -> None:
    found = run("confused-classes", looked_at({(0, 1): 0.7, (2, 4): 0.75}, each=200))
    assert pairs(found, "note") == [("class 0", "class 1"), ("class 2", "class 4")]
    evidence = found[0].evidence
    assert evidence["apart"] == pytest.approx(0.7, abs=0.06) and evidence["usual"] > 0.95 and evidence["images"] == 400
    assert min(evidence["first_as_second"], evidence["second_as_first"]) > 20


def test_a_pair_at_chance_is_a_warning_in_words() -> None:
    checked = run_checks(looked_at({(1, 3): 0.5}), select_checks(only=["confused-classes"]))
    [finding] = checked.findings
    assert finding.severity == "warning"
    assert re.search(r"of 120 pictures of 'class 1' and 'class 3', 47.5 % are told apart", words(finding).found)


@pytest.mark.parametrize("told", [{}, {(0, 1): 0.93}])
def test_classes_that_are_told_apart_are_not_found(told: dict[tuple[int, int], float]) -> None:
    assert run("confused-classes", looked_at(told)) == []


def test_where_all_pairs_are_as_hard_none_stands_out() -> None:
    assert run("confused-classes", looked_at({}, usual=0.6)) == []


def test_of_two_classes_only_those_that_are_not_told_apart_at_all_are_found() -> None:
    assert run("confused-classes", looked_at({(0, 1): 0.8}, k=2, each=200)) == []
    [found] = run("confused-classes", looked_at({(0, 1): 0.5}, k=2, each=200))
    assert found.severity == "warning"


def test_small_classes_are_too_little() -> None:
    with pytest.raises(TooLittle) as little:
        run("confused-classes", looked_at({}, each=19))
    assert (little.value.needs, little.value.found) == ("pictures-per-class", 19)
    with pytest.raises(TooLittle):
        run("confused-classes", synthetic(np.arange(60) % 2))
