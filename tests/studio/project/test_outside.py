"""Files that somebody else changes while the page is open, and processes that end in the middle."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import headway
from headway.errors import DataError, UserError
from headway.studio.project import Change, Project, core, placing
from headway.studio.project.history import FILES
from tests.studio.project.making import Given, fill, labels, on_disk, png


def test_pictures_put_into_the_folder_of_a_class_get_a_row(project: Project) -> None:
    fill(project, cat=2)
    project.rename_class("cat", "Kitten")
    for number, place in enumerate(["pictures/cat", "pictures/new class", "unlabelled", "pictures"]):
        (project.folder / place).mkdir(parents=True, exist_ok=True)
        (project.folder / place / "by hand.png").write_bytes(png(700 + number))
    assert project.refresh() and not project.refresh()
    assert labels(project) == {
        "pictures/cat/0.png": "Kitten",
        "pictures/cat/1.png": "Kitten",
        "pictures/cat/by hand.png": "Kitten",
        "pictures/new class/by hand.png": "new class",
        "pictures/by hand.png": None,
        "unlabelled/by hand.png": None,
    }
    assert project.classes == ("Kitten", "new class")
    project.undo()
    assert labels(project)["pictures/cat/by hand.png"] == "Kitten" and labels(project)["pictures/cat/0.png"] == "cat"


def test_edits_of_the_tables_are_taken_in(project: Project) -> None:
    fill(project, cat=2, dog=2)
    table = project.folder / "labels.csv"
    table.write_text(table.read_text().replace("cat/0.png,cat", "cat/0.png,dog"))
    assert project.refresh() and labels(project)["pictures/cat/0.png"] == "dog"
    (project.folder / "fixes.csv").write_text("file,finding,decision,to\npictures/dog/0.png,,drop,\n")
    project.decide([Change("pictures/dog/1.png", "label", "cat")])
    assert labels(project) == {"pictures/cat/0.png": "dog", "pictures/cat/1.png": "cat", "pictures/dog/1.png": "cat"}
    project.undo()
    assert (project.folder / "fixes.csv").read_text() == "file,finding,decision,to\npictures/dog/0.png,,drop,\n"
    assert project.can_undo is None, "what somebody else has changed is never overwritten"


def test_rows_that_an_audit_adds_stay_when_a_step_is_undone(project: Project) -> None:
    fill(project, cat=2, dog=2)
    project.decide([Change("pictures/cat/0.png", "drop")])
    with (project.folder / "fixes.csv").open("a") as file:
        file.write("pictures/dog/0.png,blurred,,,drop,dog,unsharp\n")
    project.undo()
    assert labels(project)["pictures/cat/0.png"] == "cat"
    assert (project.folder / "fixes.csv").read_text().splitlines()[1:] == [
        "pictures/dog/0.png,blurred,,,drop,dog,unsharp"
    ]


def test_audit_and_fit_go_on_with_a_project(project: Project, pictures: Path) -> None:
    project.add([Given(str(path.relative_to(pictures)), path.read_bytes()) for path in sorted(pictures.rglob("*.png"))])
    found = headway.audit(project.folder / "labels.csv", headway.Recipe(backbone="tiny"), only=["copies"])
    found.write_fixes(project.folder / "fixes.csv")
    project.decide([Change("pictures/red/00.png", "drop")])
    assert project.dataset().counts() == {"blue": 12, "green": 12, "red": 11}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("labels.csv", b"\xff\xfe\x00", "must be UTF-8"),
        ("labels.csv", b"path,breed\na,b\n", "must name the columns file,label"),
        ("labels.csv", b'file,label\n"a,b\n', "not a valid table"),
        ("labels.csv", b"file,label\n\0", "binary"),
        ("fixes.csv", b"hello\n", "must name the columns"),
        ("project.toml", b"= 1", "not valid TOML"),
        ("project.toml", b"schema = 2", "must have schema = 1"),
        ("project.toml", b"schema = 1\nclasses = 3", "list of texts as classes"),
    ],
)
def test_a_file_that_cannot_be_understood_is_named_and_left_alone(
    project: Project, name: str, content: bytes, message: str
) -> None:
    fill(project, cat=2)
    entries, good = project.entries(), (project.folder / name).read_bytes()
    (project.folder / name).write_bytes(content)
    assert project.refresh() and project.entries() == entries
    assert any(message in problem for problem in project.problems)
    for change in (lambda: project.undo(), lambda: fill(project, dog=1), lambda: project.add_class("x")):
        with pytest.raises(DataError, match=message):
            change()
    with pytest.raises(DataError, match=message):
        project.dataset()
    assert (project.folder / name).read_bytes() == content and len(project.entries()) == 2
    (project.folder / name).write_bytes(good)
    project.undo()
    assert project.entries() == () and not project.problems
    (project.folder / name).write_bytes(content)
    again = Project.open(project.folder)
    assert again.entries() == () and again.problems


def test_mistakes_in_rows_are_problems(project: Project) -> None:
    fill(project, cat=2)
    with (project.folder / "labels.csv").open("a") as file:
        file.write("pictures/gone.png,cat\npictures/cat/0.png,dog\n")
    with (project.folder / "fixes.csv").open("a") as file:
        file.write("pictures/cat/0.png,,dorp,\npictures/lost.png,,drop,\n")
    project.refresh()
    said = " ".join(project.problems)
    assert "1 picture of labels.csv cannot be found" in said and "no decision is called 'dorp'" in said
    assert "has another label in line 2" in said and "1 row of fixes.csv" in said
    assert labels(project) == {"pictures/cat/0.png": "cat", "pictures/cat/1.png": "cat"}


def test_a_picture_that_was_deleted_does_not_keep_the_others_from_training(project: Project) -> None:
    fill(project, cat=3, dog=2)
    project.decide([Change("pictures/cat/0.png", "drop")])
    (project.folder / "pictures/cat/0.png").unlink()
    (project.folder / "pictures/cat/1.png").unlink()
    assert project.refresh() and len(project.entries()) == 3
    assert project.dataset().counts() == {"cat": 1, "dog": 2}
    assert "2 pictures of labels.csv cannot be found" in project.problems[0]


def test_two_processes_change_one_project(project: Project) -> None:
    other = Project.open(project.folder)
    fill(project, cat=2)
    fill(other, dog=2)
    project.decide([Change("pictures/dog/0.png", "drop")])
    other.undo()
    assert other.refresh() is False and project.refresh()
    assert len(labels(project)) == 4 and project.can_undo == ("add", 2, "dog")
    project.undo()
    assert other.refresh() and len(labels(other)) == 2


def test_a_step_that_was_cut_off_is_finished(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(project, cat=2, dog=2)
    project.decide([Change("pictures/cat/0.png", "label", "dog")])
    written = on_disk(project.folder)
    shutil.copytree(project.folder, project.folder.parent / "before")
    project.rename_class("dog", "wolf")
    after = on_disk(project.folder)
    assert sum(written[name] != after[name] for name in FILES) == 3
    write = core.write_together
    for name in FILES:
        shutil.rmtree(project.folder)
        shutil.copytree(project.folder.parent / "before", project.folder)
        begun = Project.open(project.folder)

        def ends(contents: dict[Path, bytes], *, only: str = name) -> None:
            write({path: content for path, content in contents.items() if path.name == only})
            raise KeyboardInterrupt

        monkeypatch.setattr(core, "write_together", ends)
        monkeypatch.setattr("headway.studio.project.history.History.withdraw", lambda self: None)
        with pytest.raises(KeyboardInterrupt):
            begun.rename_class("dog", "wolf")
        monkeypatch.undo()
        assert on_disk(project.folder) not in (written, after)
        again = Project.open(project.folder)
        assert on_disk(project.folder) == after, name
        again.undo()
        assert on_disk(project.folder) == written


def test_pictures_that_were_cut_off_before_their_rows_are_taken_in(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(self: Project, *_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Project, "_commit", ends)
    monkeypatch.setattr(core, "delete", lambda *_: None)
    with pytest.raises(KeyboardInterrupt):
        fill(project, cat=2)
    assert labels(Project.open(project.folder)) == {"pictures/cat/0.png": "cat", "pictures/cat/1.png": "cat"}


def test_a_history_from_elsewhere_leads_nowhere_else(project: Project, tmp_path: Path) -> None:
    fill(project, cat=1)
    [step] = (project.folder / ".headway" / "history").glob("0*.json")
    for evil in ("../precious.png", "pictures/../../precious.png", "/etc/passwd", "labels.csv"):
        (tmp_path / "precious.png").write_bytes(png(3))
        found = json.loads(step.read_text())
        step.write_text(json.dumps({**found, "added": [evil]}))
        again = Project.open(project.folder)
        assert again.can_undo is None
        with pytest.raises(UserError, match="nothing to undo"):
            again.undo()
        assert (tmp_path / "precious.png").exists()
        step.write_text(json.dumps(found))
    (project.folder / ".headway" / "history" / "at.json").write_text("broken")
    assert Project.open(project.folder).can_undo is None


def test_redo_does_not_write_over_a_picture(project: Project) -> None:
    fill(project, cat=1)
    project.undo()
    (project.folder / "pictures" / "cat").mkdir(parents=True)
    (project.folder / "pictures" / "cat" / "0.png").write_bytes(png(99))
    with pytest.raises(UserError):
        project.redo()
    assert (project.folder / "pictures" / "cat" / "0.png").read_bytes() == png(99)


def test_folders_are_left_alone_where_something_else_lies_there(tmp_path: Path) -> None:
    (tmp_path / "pictures" / "cat").mkdir(parents=True)
    for name in ("a.png", "notes.txt"):
        (tmp_path / "pictures" / "cat" / name).write_text("")
    placing.delete(tmp_path, ["pictures/cat/a.png"])
    assert [path.name for path in (tmp_path / "pictures" / "cat").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("gone", ["/nowhere/a.png", "./a.png", "../a.png", "pictures//a.png", "a[1].png", "x/"])
def test_a_row_whose_picture_is_gone_keeps_nobody_from_training(project: Project, gone: str) -> None:
    fill(project, cat=2)
    with (project.folder / "labels.csv").open("a") as file:
        file.write(f"{gone},cat\n")
    again = Project.open(project.folder)
    assert len(again.dataset()) == 2 and "cannot be found" in again.problems[0]
