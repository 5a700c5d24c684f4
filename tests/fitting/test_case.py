"""Which case of transfer learning a fit says it is; the measurement itself is tested in tests/transfer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import headway
from headway import Recipe, comparison
from headway.facts.codec import parse, plain
from headway.facts.fit import FitReport
from headway.facts.transfer import Similarity
from headway.fitting import fit_recipe
from headway.rendering.fit import fit as rendered
from headway.rendering.transfer import conditions
from headway.session import Session
from headway.transfer import similarity
from tests.helpers import write_pictures

TINY: dict[str, Any] = {"backbone": "tiny", "head": "centroid"}


def lines(report: FitReport) -> list[str]:
    return [text for block in rendered(report) if (text := getattr(block, "text", ""))]


def test_a_fit_says_which_case_it_is_and_what_checks_it(tmp_path: Path) -> None:
    report = headway.fit(write_pictures(tmp_path / "data", 20), **TINY).report
    assert report.case is not None
    assert (report.case.number, report.case.train, report.case.classes, report.case.curve) == (3, 48, 3, ())
    said = lines(report)
    place = said.index(
        "Transfer: case 3 of 4, small (16 pictures a class to learn from) and different from ImageNet "
        "(similarity 0.46, by a sample of 32)"
    )
    assert said[place + 1] == (
        "- the rule says to read features of earlier layers; to see whether it holds: headway compare PICTURES/ --only "
        "frozen-logistic,depths --backbone tiny"
    )
    assert parse(FitReport, plain(report.to_publish())).case == report.case


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_command_compares_recipes_that_there_are(tmp_path: Path, number: Any) -> None:
    report = headway.fit(write_pictures(tmp_path / "data", 20), **TINY).report
    assert report.case is not None
    _, advice = conditions(replace(report, case=replace(report.case, number=number)))
    names = advice.text.partition("--only ")[2].partition(" --")[0].split(",")
    assert {method.name for method in comparison.DEFAULT} >= set(names)


def test_the_command_compares_with_the_network_of_the_fit(tmp_path: Path) -> None:
    report = headway.fit(write_pictures(tmp_path / "data", 20), **TINY).report
    carried = {**report.recipe, "backbone": Recipe().backbone}  # what `headway compare` takes by itself
    for recipe, options in (
        (carried, "frozen-logistic,depths"),
        ({**carried, "image_size": 160}, "frozen-logistic,depths --image-size 160"),
        (
            {**carried, "backbone": "keras:VGG16", "weights": "my vgg16.h5"},
            "frozen-logistic,depths --backbone keras:VGG16 --weights 'my vgg16.h5'",
        ),
        ({**carried, "image_size": 160, "scratch": "food11"}, "frozen-logistic,depths"),
    ):
        _, advice = conditions(replace(report, recipe=recipe))
        assert advice.text.partition("--only ")[2] == options


def test_few_pictures_and_features_have_no_case(tmp_path: Path) -> None:
    few = headway.fit(write_pictures(tmp_path / "few", 13), **TINY).report
    assert few.case is None
    assert not any(line.startswith("Transfer") for line in lines(few))


@pytest.mark.parametrize("backbone", ["colour", "colour+lbp", "pixels"])
def test_what_has_no_layers_has_no_case(tmp_path: Path, backbone: str) -> None:
    report = headway.fit(write_pictures(tmp_path / "data", 20), backbone=backbone, head="centroid").report
    assert report.case is None
    assert not any(line.startswith("Transfer") for line in lines(report))


def test_it_looks_at_training_pictures_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def measure(pictures: Any, **options: Any) -> Similarity:
        seen.extend(map(str, pictures))
        return similarity.measure(pictures, **options)

    monkeypatch.setattr("headway.fitting.case.measure", measure)
    data = write_pictures(tmp_path / "data", 16)
    with Session.open(None) as session:
        fitted = fit_recipe(session, data, Recipe(backbone="tiny", head="centroid"))
    report, division = fitted.report, fitted.division
    assert sorted(seen) == sorted(division.data.names(division.development_rows))
    assert report.case is not None
    assert report.case.similarity.pictures == 32
    assert not report.case.similarity.similar
