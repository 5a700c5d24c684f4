"""The learning curve of a comparison: on the training pictures, tested on the test pictures."""

from __future__ import annotations

import numpy as np
import pytest

import headway
from headway import Recipe
from headway.comparison import curve
from headway.fitting.division import Division, divide
from headway.search import search
from headway.types import Silent

RECIPE = Recipe(backbone="tiny", features="last", head="logistic")


@pytest.fixture(scope="module")
def divided():
    dataset = headway.read(headway.demo.pictures())
    table = headway.embed(dataset, "tiny", precision="fp32")
    return table, divide(dataset, table, RECIPE, Silent())


def test_parts_are_tested_on_the_test_pictures(divided) -> None:
    table, division = divided
    points = curve.measure(table, ("head.mean",), division, seed=0, progress=Silent())
    assert [point.pictures for point in points] == [48, 96, 192]  # an eighth has 3 of each class
    development, test = division.development_rows, division.parts.test
    features = table.read(names=("head.mean",))
    result = search(
        {"last": features[development]},
        division.labels[development],
        division.folds_of(development, 3, 0),
        n_classes=8,
        head="logistic",
    )
    head, _ = headway.search.refit(result.choice, features[development], division.labels[development], n_classes=8)
    right = head.logits(features[test]).argmax(axis=1) == division.labels[test]
    assert points[-1].accuracy == pytest.approx(right.mean(), abs=1.1 / len(test))


def test_classes_of_few_pictures_have_no_curve(divided) -> None:
    table, division = divided
    rare = np.flatnonzero(division.labels[division.parts.train] == 0)[3:]
    parts = headway.splits.Split(
        np.delete(division.parts.train, rare), division.parts.validation, division.parts.test, division.parts.division
    )
    few = Division(division.data, division.hashes, division.groups, parts)
    assert curve.measure(table, ("head.mean",), few, seed=0, progress=Silent()) == ()
