"""Files from anywhere: what is no picture, what is too much, and names that mean harm."""

from __future__ import annotations

import io
import os
import re
import shutil
import struct
import tarfile
import tempfile
import zipfile
import zlib
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import headway
from headway.errors import DataError, OutputError
from headway.studio.project import Project, intake
from headway.studio.project.names import file_name, folder_name, looks
from tests.studio.project.making import Given, on_disk, png


def giant_png(width: int, height: int) -> bytes:
    """A PNG that says it is this large, and has nothing to show for it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(10_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def jpeg(size: tuple[int, int] = (64, 64)) -> bytes:
    file = io.BytesIO()
    Image.effect_noise(size, 90).save(file, "JPEG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"hello, I am no picture", r"not a picture \(starts like text\)"),
        (b"<svg onload='alert(1)'/>", "SVG drawing"),
        (b"<html><script>", "web page"),
        (b"MZ" + bytes(200), "no format that is known"),
        (png(1)[:45], "PNG"),
        (jpeg()[:900], "truncated JPEG file"),
        (giant_png(60_000, 60_000), "3600 megapixels; at most 200"),
        (giant_png(14_000, 14_000), "PNG"),
        (bytes(100 << 20), "100 MiB; at most 64 are taken"),
    ],
    ids=["empty", "text", "svg", "html", "program", "cut png", "cut jpeg", "60000", "bomb", "100 MB"],
)
def test_what_is_no_picture_is_refused_and_the_others_come_in(project: Project, content: bytes, reason: str) -> None:
    before = on_disk(project.folder)
    added = project.add([Given("good.png", png(1)), Given("folder/bad.jpg", content)], "cat")
    assert added.added == ("pictures/cat/good.png",)
    [refused] = added.refused
    assert refused.name == "folder/bad.jpg"
    assert re.search(reason, refused.reason)
    project.undo()
    assert on_disk(project.folder) == before
    assert not list((project.folder / ".headway").glob("incoming*"))


HOSTILE = [
    "../../../etc/passwd",
    "..\\..\\windows\\system32\\evil.png",
    "C:\\evil.png",
    "/absolute.png",
    "nul\0byte.png",
    "NUL.png",
    "con",
    "aux.tar.jpg",
    "COM¹.png",
    "trailing. . .",
    "x" * 5000 + ".png",
    "ü" * 300 + ".PNG",
    "new\nline\ttab.png",
    "\u202egnp.exe.png",
    "=HYPERLINK(1).png",
    "-rf.png",
    'a:b|c?d*e<f>g"h.png',
    "",
    "caf\u00e9.png",
    "cafe\u0301.png",
    "same.png",
    "SAME.PNG",
    "ｓame.png",
    "\udcff\ud800.png",
    "[glob]*.png",
    "comma, \"quote\" and 'more'.png",
    "screen\u202fshot\u00a0.png",
]


def test_hostile_names_stay_inside_and_all_can_be_read(project: Project) -> None:
    outside = set(project.folder.parent.rglob("*"))
    added = project.add([Given(name, png(number)) for number, name in enumerate(HOSTILE)], "cat")
    assert not added.refused and len(added.added) == len(HOSTILE)
    assert {path for path in project.folder.parent.rglob("*") if project.folder not in path.parents} == outside - {
        path for path in outside if project.folder in path.parents
    }
    for number, file in enumerate(added.added):
        assert file.startswith("pictures/cat/") and file.count("/") == 2
        assert project.path(file).read_bytes() == png(number)
        assert len(file.encode()) < 200
    assert len({looks(file) for file in added.added}) == len(HOSTILE)
    read = headway.read(project.folder / "labels.csv", fixes=project.folder / "fixes.csv")
    assert read.counts() == {"cat": len(HOSTILE)} and Project.open(project.folder).entries() == project.entries()


@pytest.mark.parametrize("label", ["train", "../up", "CON", "a/b", "...", "x" * 100, "日本", "test set", "ü|?"])
def test_classes_of_any_name_have_a_folder(project: Project, label: str) -> None:
    for each, name in enumerate((label, "other", "validation")):
        project.add([Given(f"{each}.png", png(each)), Given(f"{each}b.png", png(10 + each))], name)
    assert project.dataset().counts() == {label: 2, "other": 2, "validation": 2}
    assert project.dataset().given is None
    assert {path.parent.parent for path in (project.folder / "pictures").rglob("*.png")} == {
        project.folder / "pictures"
    }


@settings(max_examples=200)
@given(st.text(max_size=300))
def test_any_name_becomes_one_that_a_folder_can_hold(name: str) -> None:
    for made in (file_name(name, "JPEG"), folder_name(name)):
        assert made and made == made.strip(" .") and not set(made) & set('<>:"|?*\\/\0\n\r\t')
        assert made not in (".", "..") and len(made.encode()) <= 130
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / file_name(name, "PNG")).write_bytes(b"")
        assert os.listdir(folder) == [file_name(name, "PNG")]


def test_what_systems_put_beside_pictures_is_not_spoken_of(project: Project) -> None:
    given = [Given("a/.DS_Store", b"x"), Given("a/Thumbs.db", b"x"), Given("__MACOSX/a/._1.png", b"x")]
    assert project.add(given) == intake.Added()


def test_a_folder_of_a_name_that_no_class_can_have(project: Project) -> None:
    [refused] = project.add([Given("=1+1/a.png", png(1))]).refused
    assert "looks like a formula" in refused.reason


def test_a_class_that_looks_like_one_is_that_one(project: Project) -> None:
    project.add([Given("a.png", png(1))], "Cat")
    project.add([Given("cat/b.png", png(2))])
    assert project.classes == ("Cat",) and {entry.label for entry in project.entries()} == {"Cat"}


def make_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_an_archive_comes_in_as_one_step(project: Project, tmp_path: Path) -> None:
    files = {f"photos/{label}/{n}.png": png(100 * at + n) for at, label in enumerate(["cat", "dog"]) for n in range(70)}
    more = {"photos/notes.txt": b"hello", "__MACOSX/photos/._1.png": b"x", "photos/cat/movie.mp4": b"ftyp"}
    added = project.add_archive(make_zip(tmp_path / "a.zip", files | more), "photos.zip")
    assert len(added.added) == 140 and [one.name for one in added.refused] == ["photos/cat/movie.mp4"]
    assert project.dataset().counts() == {"cat": 70, "dog": 70}
    project.undo()
    assert project.entries() == () and not (project.folder / "pictures").exists()


def test_a_tar_comes_in_too(project: Project, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tgz", "w:gz") as archive:
        info = tarfile.TarInfo("../cat/../../1.png")
        info.size = len(png(1))
        archive.addfile(info, io.BytesIO(png(1)))
    assert project.add_archive(tmp_path / "a.tgz").added == ("pictures/cat/1.png",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "damaged or cut short"),
        (b"no zip", "damaged or cut short"),
        (None, "made to fill disks"),
    ],
)
def test_archives_that_mean_harm(
    project: Project, tmp_path: Path, content: bytes | None, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = on_disk(project.folder)
    path = tmp_path / "a.zip"
    if content is None:
        make_zip(path, {"cat/1.png": png(1), **{f"cat/{n}.png": bytes(30 << 20) for n in range(2, 6)}})
    else:
        path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        project.add_archive(path, "a.zip")
    assert on_disk(project.folder) == before and project.can_undo is None
    assert not list((project.folder / ".headway").glob("incoming*"))


def test_an_archive_larger_than_the_disk(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_zip(tmp_path / "a.zip", {"cat/1.png": png(1)})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(OutputError, match="more than is free"):
        project.add_archive(path)
    assert project.entries() == ()


def test_what_a_killed_process_left_is_swept_away(project: Project) -> None:
    hidden = project.folder / ".headway"
    for name in ("incoming-a", "incoming-b"):
        (hidden / name).mkdir(parents=True)
        (hidden / name / "x").write_bytes(b"x")
    (hidden / "incoming-c").write_bytes(b"x")
    for name in ("incoming-a", "incoming-c"):
        os.utime(hidden / name, (1000, 1000))
    Project.open(project.folder)
    assert [path.name for path in hidden.glob("incoming*")] == ["incoming-b"]
