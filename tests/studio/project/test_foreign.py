"""A project that came from somebody else: what lies in it makes Headway write, delete or wait nowhere else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from headway.errors import DataError, UserError
from headway.studio.project import Change, Project
from headway.studio.thumbs import Thumbs
from tests.studio.project.making import fill, on_disk


@pytest.fixture
def treasure(tmp_path: Path) -> Path:
    """Make a folder that is no project's."""
    folder = tmp_path / "treasure"
    (folder / "album").mkdir(parents=True)
    (folder / "album" / "0.png").write_bytes(b"picture")
    (folder / "000009.json").write_text("{}")
    (folder / "notes.txt").write_text("precious")
    return folder


@pytest.mark.parametrize(
    ("place", "target"),
    [
        (".headway", ""),
        (".headway/history", ""),
        (".headway/removed", ""),
        (".headway/thumbs", ""),
        (".headway/thumbs/ab", "album"),
        (".headway/lock", "notes.txt"),
        (".headway/history/at.json", "notes.txt"),
        (".headway/history/000001.json", "notes.txt"),
        ("project.toml", "notes.txt"),
        ("labels.csv", "new.csv"),
        ("fixes.csv", "new.csv"),
        ("model.onnx", "notes.txt"),
        ("report.html", "notes.txt"),
        ("predictions.csv", "notes.txt"),
        ("result.json", "notes.txt"),
        ("comparison.json", "notes.txt"),
    ],
)
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_what_is_no_file_in_the_place_of_an_own_one_is_refused(
    project: Project, treasure: Path, place: str, target: str, kind: str
) -> None:
    before = on_disk(treasure)
    path = project.folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    if kind == "link":
        path.symlink_to(treasure / target)
    else:
        os.mkfifo(path)
    with pytest.raises(UserError, match=rf"{place} is a link, a pipe or a device.*delete it"):
        Project.open(project.folder)
    assert on_disk(treasure) == before


def test_undoing_moves_nothing_that_lies_behind_a_link(project: Project, treasure: Path) -> None:
    fill(project, album=1)
    before = on_disk(treasure)
    (project.folder / "pictures" / "album" / "0.png").unlink()
    (project.folder / "pictures" / "album").rmdir()
    (project.folder / "pictures").rmdir()
    (project.folder / "pictures").symlink_to(treasure)
    again = Project.open(project.folder)
    with pytest.raises(UserError, match="pictures/album/0.png lies outside of the project, behind a link"):
        again.undo()
    assert on_disk(treasure) == before
    assert [entry.label for entry in again.entries()] == ["album"]


@pytest.mark.parametrize(
    "damage",
    [
        {"n": "many"},
        {"to": ["cat"]},
        {"what": None},
        {"added": "pictures"},
        {"added": [1]},
        {"batch": 7},
        {"patches": []},
        {"patches": {"labels.csv": {}}},
        {"at": "x"},
        {"at": -1},
        {"old": "€"},
        {"new": "\ud800"},
        {"new": 5},
        {"before": {"size": "1", "digest": ""}},
        {"after": {"size": 1, "digest": None}},
        {"after": [1, 2]},
    ],
)
def test_a_step_that_was_tampered_with_is_none(project: Project, damage: dict[str, object]) -> None:
    fill(project, cat=1)
    path = project.folder / ".headway" / "history" / "000001.json"
    step = json.loads(path.read_text())
    for key, value in damage.items():
        (step if key in step else step["patches"]["labels.csv"])[key] = value
    path.write_text(json.dumps(step))
    again = Project.open(project.folder)
    assert again.can_undo is None
    again.decide([Change("pictures/cat/0.png", "drop")])
    assert again.can_undo == ("drop", 1, None)


def test_a_history_that_is_nested_without_end_is_none(project: Project) -> None:
    fill(project, cat=1)
    (project.folder / ".headway" / "history" / "000001.json").write_text("[" * 200_000)
    (project.folder / ".headway" / "history" / "at.json").write_text("[" * 200_000)
    assert Project.open(project.folder).can_undo is None


def test_pruning_keeps_to_its_own_folders(tmp_path: Path, treasure: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.studio.thumbs._DISK_BYTES", 0)
    (treasure / "photo.jpg").write_bytes(b"photo")
    (tmp_path / "thumbs" / "aa").mkdir(parents=True)
    (tmp_path / "thumbs" / "aa" / "1.jpg").write_bytes(b"small")
    (tmp_path / "thumbs" / "ab").symlink_to(treasure)
    Thumbs(tmp_path / "thumbs").prune()
    assert (treasure / "photo.jpg").exists() and not (tmp_path / "thumbs" / "aa" / "1.jpg").exists()


def test_what_a_killed_process_has_left_is_swept(project: Project) -> None:
    fill(project, cat=1)
    left = [project.folder / place for place in (".headway-0a.part", ".headway/history/.headway-0b.part")]
    left.append(project.folder / ".headway" / "thumbs" / "ab" / ".0c.part")
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    Project.open(project.folder)
    assert all(path.exists() for path in left)  # another process may be writing them
    for path in left:
        os.utime(path, (0, 0))
    Project.open(project.folder)
    assert not any(path.exists() for path in left)


@pytest.mark.parametrize("key", ["classes", "left_out"])
def test_a_name_that_no_table_can_hold_is_refused(project: Project, key: str) -> None:
    fill(project, cat=1)
    path = project.folder / "project.toml"
    path.write_text(f'schema = 1\nname = "birds"\n{key} = ["a\\u0000b"]\n')
    again = Project.open(project.folder)
    assert again.problems == (f"project.toml must have plain texts as {key}, without NUL",)
    with pytest.raises(DataError, match="without NUL"):
        again.decide([Change("pictures/cat/0.png", "drop")])
