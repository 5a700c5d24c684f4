"""A project on the disk: what goes in, what is decided, and that every step can be taken back."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import headway
from headway.errors import DataError, OutputError, UnknownNameError, UserError
from headway.studio.project import Change, Project
from tests.studio.project.making import Given, Proposed, fill, labels, on_disk, png


def test_a_new_project_is_three_plain_files(project: Project) -> None:
    assert sorted(on_disk(project.folder)) == ["fixes.csv", "labels.csv", "project.toml"]
    assert (project.name, project.classes, project.entries(), project.problems) == ("birds", (), (), ())
    assert (project.folder / "labels.csv").read_text() == "file,label\n"


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("")
    with pytest.raises(UserError, match=r"is no project.*'thesis.doc'.*name a new folder"):
        Project.open(tmp_path)
    with pytest.raises(UserError, match="is a file"):
        Project.open(tmp_path / "thesis.doc")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["thesis.doc"]


def test_pictures_come_in_byte_for_byte(project: Project) -> None:
    added = project.add([Given("a.png", png(1)), Given("b.png", png(2))], "cat")
    assert added.added == ("pictures/cat/a.png", "pictures/cat/b.png") and not added.refused and not added.copies
    assert (project.folder / "pictures/cat/a.png").read_bytes() == png(1)
    assert (project.folder / "labels.csv").read_text() == "file,label\npictures/cat/a.png,cat\npictures/cat/b.png,cat\n"
    assert project.classes == ("cat",) and project.can_undo == ("add", 2, "cat")


def test_folders_name_classes_and_others_have_none(project: Project) -> None:
    added = project.add([Given("photos/cat/a.png", png(1)), Given("b.png", png(2)), Given("c\\dog\\d.png", png(3))])
    assert added.added == ("pictures/cat/a.png", "unlabelled/b.png", "pictures/dog/d.png")
    assert labels(project) == {"pictures/cat/a.png": "cat", "pictures/dog/d.png": "dog", "unlabelled/b.png": None}
    assert project.unlabelled() == ("unlabelled/b.png",)


def test_what_is_there_already_is_not_added_again(project: Project) -> None:
    project.add([Given("a.png", png(1))], "cat")
    added = project.add([Given("again.png", png(1)), Given("new.png", png(2)), Given("twice.png", png(2))])
    assert (added.added, added.copies) == (("unlabelled/new.png",), ("again.png", "twice.png"))


def test_the_command_line_reads_what_the_page_has_done(project: Project) -> None:
    fill(project, cat=4, dog=4)
    project.decide([Change("pictures/cat/0.png", "label", "dog"), Change("pictures/dog/1.png", "drop")])
    read = headway.read(project.folder / "labels.csv", fixes=project.folder / "fixes.csv")
    for dataset in (read, project.dataset()):
        assert dataset.counts() == {"cat": 3, "dog": 4}
        assert dataset.source.fixes is not None and dataset.source.fixes.relabelled == 1
    assert project.dataset().pictures == read.pictures


def test_a_label_taken_back_leaves_no_row(project: Project) -> None:
    fill(project, cat=2, dog=2)
    before = on_disk(project.folder)
    project.decide([Change("pictures/cat/0.png", "label", "dog")])
    assert project.entry("pictures/cat/0.png").label == "dog"
    project.decide([Change("pictures/cat/0.png", "label", "cat")])
    assert on_disk(project.folder) == before


def test_dropped_and_restored(project: Project) -> None:
    fill(project, cat=2)
    project.add([Given("u.png", png(7))])
    before = on_disk(project.folder)
    project.decide([Change("pictures/cat/0.png", "drop", finding="blurred"), Change("unlabelled/u.png", "drop")])
    assert labels(project) == {"pictures/cat/1.png": "cat"} and project.unlabelled() == ()
    assert project.dataset().counts() == {"cat": 1}
    project.decide([Change("pictures/cat/0.png", "restore"), Change("unlabelled/u.png", "restore")])
    assert {**on_disk(project.folder), "project.toml": b""} == {**before, "project.toml": b""}
    assert project.unlabelled() == ("unlabelled/u.png",)


def test_a_label_brings_back_what_was_left_out(project: Project) -> None:
    fill(project, cat=2, dog=2)
    project.add([Given("u.png", png(7))])
    project.decide([Change("pictures/cat/0.png", "drop"), Change("unlabelled/u.png", "drop")])
    project.decide([Change("pictures/cat/0.png", "label", "dog"), Change("unlabelled/u.png", "label", "cat")])
    assert labels(project)["pictures/cat/0.png"] == "dog" and labels(project)["unlabelled/u.png"] == "cat"
    assert project.dataset().counts() == {"cat": 2, "dog": 3}


def test_a_class_that_only_new_labels_have_can_be_read(project: Project) -> None:
    """A list of fixes takes the name of a class that is nowhere else for a slip of the hand."""
    fill(project, cat=3)
    project.add_class("cats")
    project.decide([Change("pictures/cat/0.png", "label", "cats")])
    assert project.dataset().counts() == {"cat": 2, "cats": 1}
    project.decide([Change("pictures/cat/1.png", "label", "cats"), Change("pictures/cat/0.png", "label", "cat")])
    assert project.dataset().counts() == {"cat": 2, "cats": 1}
    assert project.entry("pictures/cat/1.png").label == "cats"


def test_a_person_s_own_rows_and_columns_stay(project: Project) -> None:
    fill(project, cat=3, dog=3)
    mine = (
        "mine;file;finding;decision;to;proposal;label;why\r\n"
        '"a ""b""";pictures/cat/0.png;blurred;drop;;drop;cat;x\r\n'
        "\r\n ;elsewhere.png ; ;;\r\n"
        "2; ;;;\r\n"
        ";pictures/dog/0.png;wrong-labels;;cat;relabel;dog;looks like one\r\n"
    )
    (project.folder / "fixes.csv").write_bytes(mine.encode())
    project.decide([Change("pictures/dog/0.png", "label", "cat", "wrong-labels"), Change("pictures/cat/1.png", "drop")])
    made = (project.folder / "fixes.csv").read_bytes().decode()
    assert made == mine.replace("wrong-labels;;cat", "wrong-labels;relabel;cat") + (";pictures/cat/1.png;;drop;;;;\r\n")
    project.decide([Change("pictures/dog/0.png", "label", "dog"), Change("pictures/cat/1.png", "restore")])
    assert (project.folder / "fixes.csv").read_bytes().decode() == mine
    project.undo()
    project.undo()
    assert (project.folder / "fixes.csv").read_bytes().decode() == mine


def test_proposals_are_accepted_at_once(project: Project) -> None:
    fill(project, cat=3, dog=3)
    n = project.accept(
        [
            Proposed("pictures/cat/0.png", "wrong-labels", "relabel", "dog", why="=why"),
            Proposed("pictures/cat/1.png", "near-copies", "drop"),
            Proposed("pictures/dog/0.png", "near-copies", "group", "g1"),
        ]
    )
    assert n == 3 and project.can_undo == ("accept", 3, None)
    assert project.dataset().counts() == {"cat": 1, "dog": 4}
    assert (
        "pictures/cat/0.png,wrong-labels,relabel,dog,relabel,cat,'=why\n" in (project.folder / "fixes.csv").read_text()
    )
    project.undo()
    assert project.dataset().counts() == {"cat": 3, "dog": 3}


def test_proposals_about_pictures_without_a_label(project: Project) -> None:
    fill(project, cat=2)
    project.add([Given("a.png", png(7)), Given("b.png", png(8)), Given("c.png", png(9))])
    made = [("a", "drop", ""), ("b", "relabel", "cat"), ("c", "group", "g")]
    project.accept([Proposed(f"unlabelled/{name}.png", "x", decision, to) for name, decision, to in made])
    assert project.unlabelled() == ("unlabelled/c.png",) and project.entry("unlabelled/a.png").left_out
    assert project.dataset().counts() == {"cat": 3}


def test_keeping_a_picture_confirms_it_for_a_check(project: Project) -> None:
    fill(project, cat=2, dog=2)
    project.decide([Change("pictures/cat/0.png", "keep", finding="wrong-labels")])
    [(name, check)] = project.dataset().confirmed
    assert name.endswith("cat/0.png") and check == "wrong-labels"
    project.decide([Change("pictures/cat/0.png", "restore", finding="wrong-labels")])
    assert not project.dataset().confirmed


def test_classes_are_made_renamed_and_removed(project: Project) -> None:
    fill(project, cat=2, dog=2)
    project.add_class(" bird ")
    assert project.classes == ("cat", "dog", "bird")
    project.decide([Change("pictures/dog/0.png", "label", "cat")])
    project.rename_class("cat", "kitten")
    assert project.classes == ("kitten", "dog", "bird") and project.dataset().counts() == {"dog": 1, "kitten": 3}
    project.add([Given("more.png", png(77))], "kitten")
    project.remove_class("kitten")
    assert project.classes == ("dog", "bird") and project.dataset().counts() == {"dog": 1}
    project.undo()
    assert project.classes == ("kitten", "dog", "bird") and project.dataset().counts() == {"dog": 1, "kitten": 4}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "needs a name"),
        (" \u200b", "plain text"),
        ("=1+1", "looks like a formula"),
        ("a\x1bb", "plain text"),
        ("x" * 101, "100 characters"),
        ("CAT", "a class 'cat' already"),
        ("ｃａｔ", "a class 'cat' already"),
    ],
)
def test_names_that_no_class_can_have(project: Project, name: str, message: str) -> None:
    project.add_class("cat")
    before = on_disk(project.folder)
    with pytest.raises(UserError, match=message):
        project.add_class(name)
    assert on_disk(project.folder) == before


def test_what_is_not_there_cannot_be_decided_about(project: Project) -> None:
    fill(project, cat=2)
    with pytest.raises(DataError, match=r"no picture '\.\./x'"):
        project.decide([Change("../x", "drop")])
    with pytest.raises(UnknownNameError, match="no class is called 'dgo'"):
        project.decide([Change("pictures/cat/0.png", "drop"), Change("pictures/cat/1.png", "label", "dgo")])
    assert "drop" not in (project.folder / "fixes.csv").read_text()
    for file in ("../birds/labels.csv", "labels.csv", "/etc/passwd", "", "\0"):
        with pytest.raises(DataError):
            project.path(file)


def test_undo_and_redo_survive_a_restart(project: Project) -> None:
    states = [on_disk(project.folder)]
    fill(project, cat=3, dog=2)
    states += [on_disk(project.folder)]
    project.decide([Change("pictures/cat/0.png", "label", "dog")])
    states += [on_disk(project.folder)]
    again = Project.open(project.folder)
    again.undo()
    assert on_disk(project.folder) == states[1] and again.can_redo == ("label", 1, "dog")
    again.undo()
    again.undo()
    assert on_disk(project.folder) == states[0] and again.can_undo is None
    with pytest.raises(UserError, match="nothing to undo"):
        again.undo()
    again = Project.open(project.folder)
    for _ in range(3):
        again.redo()
    assert on_disk(project.folder) == states[2]
    with pytest.raises(UserError, match="nothing to do again"):
        again.redo()


def test_a_new_step_ends_what_can_be_done_again(project: Project) -> None:
    fill(project, cat=2)
    project.undo()
    fill(project, dog=1)
    assert project.can_redo is None
    assert not list((project.folder / ".headway" / "removed").rglob("*.png"))


def test_without_the_history_nothing_but_the_way_back_is_lost(project: Project) -> None:
    fill(project, cat=2)
    shutil.rmtree(project.folder / ".headway")
    again = Project.open(project.folder)
    assert again.can_undo is None and len(again.entries()) == 2
    again.decide([Change("pictures/cat/0.png", "drop")])
    again.undo()
    assert len(labels(again)) == 2


def test_everybody_is_told(project: Project) -> None:
    told: list[int] = []
    project.on_change(lambda: told.append(project.revision))
    fill(project, cat=1)
    project.undo()
    assert len(told) == 2 and told[0] < told[1]
    assert not project.refresh() and len(told) == 2


def test_pictures_elsewhere_that_the_table_names(project: Project, tmp_path: Path) -> None:
    Image.fromarray(np.full((9, 9, 3), 3, np.uint8)).save(tmp_path / "far.png")
    (project.folder / "labels.csv").write_text("mine,File,Label\n1,../far.png,cat\n")
    assert project.refresh()
    [entry] = project.entries()
    assert project.path(entry.file) == tmp_path / "far.png"
    project.decide([Change(entry.file, "drop")])
    fill(project, dog=1)
    assert project.dataset().counts() == {"dog": 1}
    assert (project.folder / "labels.csv").read_text() == "mine,File,Label\n1,../far.png,cat\n,pictures/dog/0.png,dog\n"
    read = headway.read(project.folder / "labels.csv", fixes=project.folder / "fixes.csv")
    assert read.counts() == {"dog": 1}


def test_a_project_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="no space left on device"):
        Project.open(tmp_path / "new")


@pytest.mark.parametrize("finding", ["a\0b", "a\nb", "=cmd()", "\ud800", "Copies", "x" * 61])
def test_a_finding_that_is_no_name_of_a_check_is_not_written(project: Project, finding: str) -> None:
    fill(project, cat=2)
    with pytest.raises(UserError, match="the name of its check"):
        project.decide([Change("pictures/cat/0.png", "drop", finding=finding)])
    project.decide([Change("pictures/cat/0.png", "drop", finding="near-copies")])
    assert project.can_undo == ("drop", 1, None) and not project.problems
