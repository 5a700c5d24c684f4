"""The audit as a whole."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

import headway
from headway.cli.main import run
from headway.recipe import Recipe
from headway.store import Store

ROOT = Path(__file__).parents[2]
TINY = Recipe(backbone="tiny")


def blank(pictures: Path) -> None:
    Image.fromarray(np.full((40, 50, 3), 7, np.uint8)).save(pictures / "red" / "00.png")


def test_the_command_prints_findings_and_json(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blank(pictures)
    arguments = ["audit", str(pictures), "--backbone", "tiny", "--only", "blank"]
    assert run(arguments) == 0
    printed = capsys.readouterr().out
    assert "Warning 103 blank: 1 picture shows a single colour" in printed and "00.png" in printed
    assert run([*arguments, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, json.loads((ROOT / "docs" / "schemas" / "audit.json").read_text()))
    assert document["findings"][0]["pictures"][0]["decision"] == "drop"
    assert 0 <= document["accuracy"] <= 1


def test_strict_exits_with_1_where_something_is_wrong(pictures: Path) -> None:
    arguments = ["audit", str(pictures), "--backbone", "tiny", "--only", "blank", "--strict"]
    assert run(arguments) == 0
    blank(pictures)
    assert run(arguments) == 1


def test_pictures_without_labels_are_checked_as_far_as_they_can_be(pictures: Path) -> None:
    blank(pictures)
    audit = headway.audit(headway.read(list((pictures / "red").iterdir())), TINY, only=["files"])
    assert audit.report.accuracy is None
    assert [finding.check for finding in audit.report.findings] == ["blank"]


def test_two_pictures_are_too_few_to_predict(pictures: Path) -> None:
    data = headway.read([pictures / "red" / "00.png", pictures / "blue" / "00.png"], ["red", "blue"])
    assert headway.audit(data, TINY).report.accuracy is None


def test_an_audit_shows_itself(pictures: Path) -> None:
    blank(pictures)
    audit = headway.audit(pictures, TINY, only=["blank"])
    assert repr(audit) == "<headway.Audit: 36 images, 0 severe findings, 1 warnings>"
    assert "blank" in audit._repr_html_()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "blanc"], "blank"),
        (["--skip", "nothing"], "check"),
    ],
)
def test_a_mistake_is_one_line(
    pictures: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert run(["audit", str(pictures), "--backbone", "tiny", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_file_of_features_and_an_empty_folder_are_refused(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["embed", str(pictures), "--backbone", "tiny", "-o", str(tmp_path / "f.parquet"), "-q"]) == 0
    assert run(["audit", str(tmp_path / "f.parquet")]) == 2
    assert "give their folder" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert run(["audit", str(tmp_path / "empty")]) != 0
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_features_of_a_fit_are_not_computed_again(pictures: Path, tmp_path: Path) -> None:
    headway.fit(pictures, TINY, cache=tmp_path)
    headway.audit(pictures, TINY, cache=tmp_path)
    with Store.open(tmp_path) as store:
        assert [one.features for one in store.summary() if one.space.startswith("tiny:")] == [36]
