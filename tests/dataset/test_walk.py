import os
from pathlib import Path

import pytest

from headway.dataset import walk as walking
from headway.dataset.walk import walk
from headway.errors import DataError


def names(tree):
    return sorted("/".join((*folder.parts, name)) for folder in tree.folders for name in folder.pictures)


def test_what_is_no_picture_is_skipped_and_counted(make):
    root = make(
        *("cat/1.jpg", "cat/2.JPEG", "cat/3.Png", "cat/4.webp", "cat/5.TIFF", "cat/.hidden.jpg", "cat/._1.jpg"),
        *("cat/.DS_Store", "cat/Thumbs.db", "cat/desktop.ini", "cat/1.txt", "cat/1.xml", "cat/1.json", "cat/1.xmp"),
        *("cat/song.mp3", "cat/noending", ".ipynb_checkpoints/1.jpg", "__MACOSX/cat/._1.jpg"),
    )
    tree = walk(root)
    assert names(tree) == ["cat/1.jpg", "cat/2.JPEG", "cat/3.Png", "cat/4.webp", "cat/5.TIFF"]
    assert tree.skipped == {walking.HIDDEN: 4, walking.SYSTEM: 3, walking.SIDECAR: 4, walking.OTHER: 2}
    assert tree.endings == {".txt": 1, ".xml": 1, ".json": 1, ".xmp": 1, ".mp3": 1, "without an ending": 1}


def test_dicom_needs_no_ending(make):
    root = make("cat/scan.dcm", "cat/note")
    for name in ("IM0001", "1.2.840.113619", "DICOMDIR"):
        (Path(root) / "cat" / name).write_bytes(bytes(128) + b"DICM")
    tree = walk(str(root))
    assert names(tree) == ["cat/1.2.840.113619", "cat/IM0001", "cat/scan.dcm"]
    assert tree.skipped == {walking.OTHER: 1, walking.SYSTEM: 1}


def test_loops_of_links_end_and_every_folder_is_read_once(make):
    root = make("a/1.jpg", "z/2.jpg")
    Path(root, "a", "up").symlink_to(root)
    Path(root, "self").symlink_to("self")
    Path(root, "broken.jpg").symlink_to("nowhere")
    # Sorts before the folder it points to, which keeps its pictures all the same.
    Path(root, "link").symlink_to(os.path.join(root, "z"))
    tree = walk(root)
    assert names(tree) == ["a/1.jpg", "z/2.jpg"]
    assert tree.skipped == {walking.LINKED_TWICE: 2, walking.BROKEN_LINK: 2}


def test_links_to_folders_and_files_elsewhere_are_followed(make):
    store = make("cats/1.jpg", "cats/deep/2.jpg", "3.jpg", under="store")
    root = make("dog/1.jpg")
    Path(root, "cat").symlink_to(os.path.join(store, "cats"))
    Path(root, "dog", "3.jpg").symlink_to(os.path.join(store, "3.jpg"))
    tree = walk(root)
    assert names(tree) == ["cat/1.jpg", "cat/deep/2.jpg", "dog/1.jpg", "dog/3.jpg"]
    assert not tree.skipped


def test_a_pipe_is_not_read(make):
    root = make("cat/1.jpg")
    os.mkfifo(os.path.join(root, "cat", "2.jpg"))
    assert walk(root).skipped == {walking.SPECIAL: 1}


def test_a_folder_that_may_not_be_read_is_an_error_that_names_it(make, monkeypatch):
    root = make("cat/1.jpg", "dog/1.jpg")
    scandir = os.scandir

    def refuse(path):
        if path.endswith("dog"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(DataError, match=r"dog' cannot be read \(Permission denied\)"):
        walk(root)


def test_no_file_is_asked_about(make, monkeypatch):
    root = make("cat/1.jpg", "dog/1.jpg")

    def no_stat(*args, **kwargs):
        raise AssertionError("a file was asked about")

    monkeypatch.setattr(os.path, "isfile", no_stat)
    monkeypatch.setattr(os.path, "exists", no_stat)
    assert walk(root).count() == 2
