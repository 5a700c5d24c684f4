"""Proposals of an audit: which are decided, what is not proposed again, and that no edit is lost."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import headway
from headway.auditing.proposing import write_proposals
from headway.cli.main import run
from headway.errors import DataError, OutputError
from headway.facts.audit import Finding, Suspect
from headway.facts.data import Source
from headway.facts.fixes import Proposals
from headway.recipe import Recipe
from tests.dataset.fixes.making import write_list

TINY = Recipe(backbone="tiny")
SOURCE = Source("class-folders", "d", 9, 2)


def blank(pictures: Path, *names: str) -> None:
    for name in names:
        Image.fromarray(np.full((40, 50, 3), 7, np.uint8)).save(pictures / name)


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def finding(*pictures: Suspect) -> Finding:
    return Finding(103, "blank", "severe", len(pictures), pictures)


def wrote(path: Path, *findings: Finding) -> list[tuple[str, str, str, str]]:
    write_proposals(path, findings, SOURCE)
    return [(row["file"], row["decision"], row["to"], row["proposal"]) for row in rows(path)]


def test_what_is_sure_is_decided_and_all_else_is_left_to_a_person(tmp_path: Path) -> None:
    found = finding(
        Suspect("d/a.png", "cat", decision="drop", sure=True),
        Suspect("d/b.png", "cat", decision="drop"),
        Suspect("d/c.png", "cat", decision="relabel", to="=dog", partner="d/a.png", value=0.25),
        Suspect("d/e.png", "cat"),
    )
    assert wrote(tmp_path / "f.csv", found) == [
        ("a.png", "drop", "", "drop"),
        ("b.png", "", "", "drop"),
        ("c.png", "", "'=dog", "relabel"),
    ]
    third = rows(tmp_path / "f.csv")[2]
    assert third["label"] == "cat" and third["finding"] == "blank"
    assert third["why"].startswith("severe 103: 4 pictures show") and third["why"].endswith("; like a.png; 0.25")


def test_of_two_copies_one_stays(tmp_path: Path) -> None:
    one = Suspect("d/a.png", "cat", partner="d/b.png", decision="drop", sure=True)
    other = Suspect("d/b.png", "cat", partner="d/a.png", decision="drop", sure=True)
    found = wrote(tmp_path / "f.csv", finding(one), finding(other))
    assert [row[:2] for row in found] == [("a.png", "drop"), ("b.png", "")]
    path = write_list(tmp_path / "old.csv", ["a.png", "copies", "drop", ""])
    write_proposals(path, [finding(other)], SOURCE)
    assert [row["decision"] for row in rows(path)] == ["drop", ""]


def test_groups_of_a_second_audit_join_those_of_the_first_or_have_other_names(tmp_path: Path) -> None:
    def grouped(file: str, number: int) -> Suspect:
        return Suspect(f"d/{file}", group=number, decision="group", to=f"g{number}", sure=True)

    path = tmp_path / "f.csv"
    assert wrote(path, finding(grouped("a", 1), grouped("b", 1))) == [
        ("a", "group", "g1", "group"),
        ("b", "group", "g1", "group"),
    ]
    again = finding(grouped("x", 1), grouped("y", 1), grouped("b", 2), grouped("c", 2))
    assert [(row[0], row[2]) for row in wrote(path, again)] == [
        ("a", "g1"),
        ("b", "g1"),
        ("x", "g1-2"),
        ("y", "g1-2"),
        ("c", "g1"),
    ]


def test_groups_without_a_name_get_one(tmp_path: Path) -> None:
    found = finding(*[Suspect(f"d/{file}", group=3, decision="group", sure=True) for file in "ab"])
    assert [row[2] for row in wrote(tmp_path / "f.csv", found)] == ["blank-3", "blank-3"]


def test_a_second_audit_changes_nothing_that_a_person_wrote(pictures: Path, tmp_path: Path) -> None:
    blank(pictures, "red/00.png", "red/01.png")
    path = tmp_path / "fixes.csv"
    arguments = ["audit", str(pictures), "--backbone", "tiny", "--only", "blank", "--fixes", str(path), "-q"]
    assert run(arguments) == 0
    assert [(row["file"], row["decision"]) for row in rows(path)] == [("red/00.png", "drop"), ("red/01.png", "drop")]
    # As a German Excel saves it, with a column of the person's own and another decision.
    edited = "\ufefffile;finding;decision;to;note\r\nred/00.png;blank;keep;;schön grau\r\nred/01.png;blank;;;\r\n"
    path.write_bytes(edited.encode())
    blank(pictures, "red/02.png")
    assert run(arguments) == 0
    assert path.read_bytes() == edited.encode() + b"red/02.png;blank;drop;;\r\n"


def test_a_picture_that_was_confirmed_is_not_found_again(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blank(pictures, "red/00.png", "red/01.png")
    path = write_list(tmp_path / "fixes.csv", ["red/00.png", "blank", "keep", ""])
    found = headway.audit(headway.read(pictures, fixes=path), TINY, only=["blank"])
    [one] = found.report.findings
    assert (one.count, [Path(each.file).name for each in one.pictures]) == (1, ["01.png"])
    for finding_name in ("blank", ""):
        write_list(path, *[[f"red/0{number}.png", finding_name, "keep", ""] for number in (0, 1)])
        arguments = ["audit", str(pictures), "--backbone", "tiny", "--only", "blank", "--fixes", str(path), "--strict"]
        assert run(arguments) == 0
        assert "Fixes: 2 pictures kept as they are (fixes.csv)" in capsys.readouterr().out
    write_list(path, *[[f"red/0{number}.png", "other", "keep", ""] for number in (0, 1)])
    assert headway.audit(headway.read(pictures, fixes=path), TINY, only=["blank"]).report.findings[0].count == 2


def test_all_pictures_are_in_the_list_and_the_first_in_the_report(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headway.auditing.run.audit_within.__kwdefaults__", {"only": (), "skip": (), "most": 2})
    blank(pictures, *[f"red/0{number}.png" for number in range(5)])
    path = tmp_path / "fixes.csv"
    arguments = ["audit", str(pictures), "--backbone", "tiny", "--only", "blank", "--fixes", str(path), "--json"]
    assert run(arguments) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["fixes"] == {"file": str(path), "before": 0, "new": 5, "decided": 5}
    assert (document["findings"][0]["count"], len(document["findings"][0]["pictures"])) == (5, 2)
    assert len(rows(path)) == 5


def test_from_python(pictures: Path, tmp_path: Path) -> None:
    blank(pictures, "red/00.png")
    found = headway.audit(pictures, TINY, only=["blank"])
    path = tmp_path / "fixes.csv"
    assert found.write_fixes(path) == Proposals(str(path), before=0, new=1, decided=1)
    assert found.write_fixes(path) == Proposals(str(path), before=1, new=0, decided=0)
    again = headway.audit(headway.read(pictures, fixes=path), TINY, only=["blank"])
    assert (again.report.n, again.report.findings) == (35, ())


def test_a_list_of_nothing_is_a_list(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "fixes.csv"
    assert run(["audit", str(pictures), "--backbone", "tiny", "--only", "blank", "--fixes", str(path), "-q"]) == 0
    assert "Proposals: none\n" in capsys.readouterr().out
    assert headway.read(pictures, fixes=path).counts() == headway.read(pictures).counts()


def test_other_places_are_refused_before_any_work(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headway.auditing.run.open_features", lambda *_, **__: pytest.fail("work was done"))
    (tmp_path / "thesis.csv").write_text("years,of,work\n")
    (tmp_path / "folder.csv").mkdir()
    for name, message in (
        ("fixes.xlsx", "must end in .csv"),
        ("thesis.csv", "line 1: the first line of a list of fixes must name the columns"),
        ("folder.csv", "it is a folder"),
        ("no/fixes.csv", "there is no folder"),
    ):
        assert run(["audit", str(pictures), "--backbone", "tiny", "--fixes", str(tmp_path / name)]) == 2
        error = capsys.readouterr().err.strip()
        assert message in error and len(error.splitlines()) == 1
    assert (tmp_path / "thesis.csv").read_text() == "years,of,work\n"


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_interrupted_it_leaves_the_list_as_it_was(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException] | BaseException
) -> None:
    blank(pictures, "red/00.png")
    path = write_list(tmp_path / "fixes.csv", ["red/01.png", "blank", "keep", ""])
    before = path.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr("headway.auditing.run.run_checks" if error is KeyboardInterrupt else "os.fsync", fail)
        code = run(["audit", str(pictures), "--backbone", "tiny", "--only", "blank", "--fixes", str(path), "-q"])
    assert code == (130 if error is KeyboardInterrupt else 2)
    assert path.read_bytes() == before and [one.name for one in tmp_path.iterdir() if one.is_file()] == ["fixes.csv"]
    assert run(["audit", str(pictures), "--backbone", "tiny", "--only", "blank", "--fixes", str(path), "-q"]) == 0
    assert path.read_bytes().startswith(before) and path.read_bytes() != before


def test_a_place_that_cannot_be_written_keeps_the_list(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        write_proposals(tmp_path / "no" / "f.csv", [], SOURCE)
    path = write_list(tmp_path / "f.csv", ["a.png", "blank", "dorp", ""])
    before = path.read_bytes()
    with pytest.raises(DataError, match="did you mean drop"):
        write_proposals(path, [], SOURCE)
    assert path.read_bytes() == before


def test_the_data_may_have_moved(pictures: Path, tmp_path: Path) -> None:
    blank(pictures, "red/00.png")
    path = tmp_path / "fixes.csv"
    headway.audit(pictures, TINY, only=["blank"]).write_fixes(path)
    shutil.move(pictures, tmp_path / "moved")
    assert headway.read(tmp_path / "moved", fixes=path).counts()["red"] == 11
