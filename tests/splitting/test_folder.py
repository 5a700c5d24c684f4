"""Names of folders and files that others chose, and disks that are full."""

from __future__ import annotations

import errno
import os
import re
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import pytest

import headway
from headway.errors import DataError, OutputError
from headway.splitting import folder, split
from tests.helpers import write_pictures


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return write_pictures(tmp_path / "pictures", per_class=5)


def table(pictures: Path, names: dict[str, str]) -> Path:
    lines = [
        f"{path.relative_to(pictures.parent)},{names[path.parent.name]}" for path in sorted(pictures.rglob("*.png"))
    ]
    (pictures.parent / "labels.csv").write_text("\n".join(["path,label", *lines]) + "\n")
    return pictures.parent / "labels.csv"


@pytest.mark.parametrize("name", ["../up", "a/b", "..", ".hidden", "a\\b", "x" * 201])
def test_classes_that_no_folder_can_be_called_by(pictures: Path, tmp_path: Path, name: str) -> None:
    data = table(pictures, {"red": name, "green": "green", "blue": "blue"})
    with pytest.raises(DataError, match="no folder can be called .*--class-names.*table with -o"):
        split(data, tmp_path / "data")
    assert sorted(os.listdir(tmp_path)) == ["labels.csv", "pictures"]
    assert split(data, tmp_path / "split.csv").written == "table"
    assert headway.read(tmp_path / "split.csv").counts() == headway.read(data).counts()


@pytest.mark.parametrize("name", ["annotations", "segmentation", "__MACOSX", "lost+found", "@eaDir"])
def test_classes_whose_folder_would_not_be_read(pictures: Path, tmp_path: Path, name: str) -> None:
    data = table(pictures, {"red": name, "green": "green", "blue": "blue"})
    with pytest.raises(DataError, match=f"a folder of the class {re.escape(repr(name))} would not be read as one"):
        split(data, tmp_path / "data")
    assert sorted(os.listdir(tmp_path)) == ["labels.csv", "pictures"]


def test_folders_that_would_not_be_read_at_all(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(place: Path) -> None:
        raise DataError("of two minds")

    monkeypatch.setattr(folder, "read", refuse)
    with pytest.raises(DataError, match="would not be read as one"):
        split(pictures, tmp_path / "data")


@pytest.mark.parametrize("name", ["=1+1", "@home", "\x1b[2J"])
def test_classes_whose_name_a_table_would_change(pictures: Path, tmp_path: Path, name: str) -> None:
    paths = sorted(map(str, pictures.rglob("*.png")))
    data = headway.read(paths, [name if "red" in path else "other" for path in paths])
    with pytest.raises(DataError, match="a table cannot hold the name of the class"):
        split(data, tmp_path / "split.csv")
    assert not (tmp_path / "split.csv").exists()


@pytest.mark.parametrize("name", [b"\xff.png", b"a\rb.png", b"\x1b[2J.png"])
def test_files_whose_name_a_table_would_change(pictures: Path, tmp_path: Path, name: bytes) -> None:
    try:
        os.rename(pictures / "red" / "00.png", os.path.join(os.fsencode(pictures), b"red", name))
    except OSError:
        pytest.skip("this disk takes no such names")
    with pytest.raises(DataError, match="a table cannot hold the name of the file"):
        split(pictures, tmp_path / "split.csv")
    assert not (tmp_path / "split.csv").exists()
    assert split(pictures, tmp_path / "data").written == "copies"


def test_names_that_differ_in_how_accents_are_written_do_not_replace_each_other(pictures: Path, tmp_path: Path) -> None:
    for folder_name, letter in (("red", "\u00e9"), ("green", "e\u0301")):
        for path in sorted((pictures / folder_name).iterdir()):
            path.rename(path.with_stem(letter + path.stem))
    split(table(pictures, {"red": "warm", "green": "warm", "blue": "cold"}), tmp_path / "data")
    names = [unicodedata.normalize("NFC", str(path)) for path in (tmp_path / "data").rglob("warm/*.png")]
    assert len(set(names)) == len(names) == 10


def test_classes_that_differ_in_capitals(pictures: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="differ in capitals only"):
        split(table(pictures, {"red": "Cat", "green": "cat", "blue": "dog"}), tmp_path / "data")


def test_files_of_one_name_do_not_replace_each_other(pictures: Path, tmp_path: Path) -> None:
    data = table(pictures, {"red": "warm", "green": "cold", "blue": "cold"})
    split(data, tmp_path / "data")
    assert len(list((tmp_path / "data").rglob("*.png"))) == 15
    names = {path.name for path in (tmp_path / "data").rglob("*.png")}
    assert any("_2" in name for name in names)
    split(data, tmp_path / "named", rename=True)
    assert sorted(path.name for path in (tmp_path / "named").rglob("cold_*")) == [
        f"cold_{n:04}.png" for n in range(1, 11)
    ]


def test_a_file_without_the_ending_of_a_picture(pictures: Path, tmp_path: Path) -> None:
    (pictures / "red" / "00.png").rename(pictures / "red" / "00.data")
    lines = [f"pictures/{path.parent.name}/{path.name},{path.parent.name}" for path in sorted(pictures.rglob("*.*"))]
    (tmp_path / "labels.csv").write_text("\n".join(["path,label", *lines]))
    with pytest.raises(DataError, match="has no ending of a picture"):
        split(tmp_path / "labels.csv", tmp_path / "data")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (errno.EXDEV, "cannot be linked there .*leave --link out"),
        (errno.ENOSPC, "No space left.*another place with -o"),
    ],
)
def test_a_disk_that_does_not_take_them(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, message: str
) -> None:
    done: list[Any] = []

    def fail(source: str, target: Path) -> None:
        done.append(target)
        if len(done) > 3:
            raise OSError(code, os.strerror(code), str(target))
        Path(target).write_bytes(b"")

    monkeypatch.setattr(folder.os, "link", fail)
    with pytest.raises(OutputError, match=message):
        split(pictures, tmp_path / "data", link=True)
    assert os.listdir(tmp_path) == ["pictures"], "nothing is left behind"


def test_links_are_the_files_themselves(pictures: Path, tmp_path: Path) -> None:
    split(pictures, tmp_path / "data", link=True, parts=(50, 25, 25))
    linked = {path.stat().st_ino for path in (tmp_path / "data").rglob("*.png")}
    assert linked == {path.stat().st_ino for path in pictures.rglob("*.png")}


def test_an_archive_becomes_folders_but_no_table(pictures: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "pictures.zip", "w") as archive:
        for path in pictures.rglob("*.png"):
            archive.write(path, path.relative_to(pictures))
    assert split(tmp_path / "pictures.zip", tmp_path / "data").written == "copies"
    with pytest.raises(OutputError, match="files of the cache, where an archive is unpacked"):
        split(tmp_path / "pictures.zip", tmp_path / "split.csv")
    assert not (tmp_path / "split.csv").exists()


def test_places_that_cannot_be_written_are_refused_before_anything_is_read(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OutputError, match="it is a link that leads to itself; give another place with -o"):
        split(pictures, tmp_path / "loop")


def test_a_disk_that_is_full_already(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(folder.tempfile, "TemporaryFile", full)
    with pytest.raises(OutputError, match="data cannot be written: No space left on device; give another place"):
        split(pictures, tmp_path / "data")
