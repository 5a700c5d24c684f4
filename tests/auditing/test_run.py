"""The audit as a whole."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

import headway
from headway.auditing import predicting
from headway.cli.main import run
from headway.facts.bounds import LeftOut
from headway.recipe import Recipe
from headway.search import bounds
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


def test_of_many_classes_every_image_is_predicted_by_fewer_heads(
    pictures: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bounds, "WHOLE", 0)
    found = headway.audit(pictures, TINY, only=["labels"])
    assert found.report.left_out == LeftOut(3, penalties=7)
    assert found.context.predictions is not None
    assert found.context.predictions.rows.tolist() == list(range(36))
    assert found.report.accuracy == 1
    assert np.allclose(found.context.predictions.probabilities.sum(axis=1), 1)
    assert run(["audit", str(pictures), "--backbone", "tiny", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, json.loads((ROOT / "docs" / "schemas" / "audit.json").read_text()))
    assert document["left_out"]["penalties"] == 7


def test_of_very_many_classes_labels_are_not_checked_and_that_is_said(
    pictures: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(predicting, "MOST_CHECKED", 2)
    page = tmp_path / "audit.html"
    assert run(["audit", str(pictures), "--backbone", "tiny", "--report", str(page)]) == 0
    line = "Not tried, as there are 3 classes: checks that rest on predictions, such as those of labels"
    printed = capsys.readouterr().out
    assert line in printed and line in page.read_text()
    assert "that could be predicted" not in printed
