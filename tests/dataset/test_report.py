"""What is told of a data set before anything is computed."""

import os
from pathlib import Path

import numpy as np
import pytest

from headway.cli.main import run
from headway.dataset import read
from headway.dataset.report import describe


@pytest.fixture
def photos(write):
    """Return a folder with copies: one under another label, one in another split, and two large files that differ last."""
    begin = b"x" * (1 << 16)
    write("data/train/cat/1.jpg", "one")
    write("data/train/cat/2.jpg", begin + b"1")
    write("data/train/dog/1.jpg", "one")
    write("data/train/dog/2.jpg", begin + b"2")
    write("data/train/dog/3.jpg", "two")
    write("data/test/dog/4.jpg", "two")
    write("data/test/cat/empty-1.jpg", "")
    return os.path.dirname(os.path.dirname(os.path.dirname(write("data/test/cat/empty-2.jpg", ""))))


def test_copies_and_contradictions(photos):
    report = describe(read(photos))
    assert report.counts == {"train": {"cat": 2, "dog": 3}, "test": {"cat": 2, "dog": 1}}
    assert (report.contradicting, report.copied, report.across_splits) == (1, 2, 1)
    contradiction, copy = report.contradictions[0], report.copies[0]
    assert [os.path.relpath(file, photos) for file in contradiction.files] == ["train/cat/1.jpg", "train/dog/1.jpg"]
    assert contradiction.labels == ("cat", "dog")
    assert {one.split for one in copy.files} == {"train", "test"}


def test_of_many_copies_one_of_each_label_is_named(write):
    for i in range(9):
        write(f"data/cat/{i}.jpg", "same")
    root = str(Path(write("data/dog/1.jpg", "same")).parents[1])
    (contradiction,) = describe(read(root)).contradictions
    assert contradiction.labels == ("cat", "dog")


def test_files_of_sizes_of_their_own_are_not_read(make, write, monkeypatch):
    write("data/cat/1.jpg", "x")
    root = str(Path(write("data/dog/1.jpg", "xx")).parents[1])
    dataset = read(root)

    def refuse(*given, **named):
        raise AssertionError("a file was read")

    monkeypatch.setattr("builtins.open", refuse)
    assert describe(dataset).copied == 0


def test_a_file_that_went_away_is_no_error(write):
    write("data/cat/1.jpg", "x")
    gone = write("data/dog/1.jpg", "x")
    dataset = read(str(Path(gone).parents[1]))
    os.remove(gone)
    assert describe(dataset).copied == 0


def test_groups_and_pictures_without_labels():
    pictures = [np.zeros((8, 8), np.uint8)] * 4
    report = describe(read(pictures, groups=["a", "a", "b", None]))
    assert (report.groups, report.largest_group, report.unlabelled) == (3, 2, 4)
    assert [one.group for one in report.examples] == ["a", "b", None]
    assert [one.label for one in report.examples] == [None] * 3


def test_the_command_says_all_of_it(photos, capsys):
    assert run(["read", photos]) == 0
    out = capsys.readouterr().out
    for part in (
        "split folders train, test with a folder per class: 5 train, 3 test pictures in 2 classes",
        "the folders 'train', 'test' are splits; if they are not: --no-splits",
        "█",
        "train/cat/1.jpg ('cat') = train/dog/1.jpg ('dog')",
        "Warning: 1 picture is in several splits",
        "Exact copies: 2 pictures repeat another",
    ):
        assert part in out


def test_a_file_of_features_is_refused(tmp_path, pictures, capsys):
    file = tmp_path / "features.parquet"
    assert run(["embed", str(pictures), "--backbone", "tiny", "-o", str(file), "-q"]) == 0
    assert run(["read", str(file)]) == 2
    assert "holds features" in capsys.readouterr().err
