"""Several sources as one data set."""

import os
from pathlib import Path

import pandas as pd
import pytest

from headway.dataset import read
from headway.errors import DataError
from headway.rendering.data import source


@pytest.fixture
def table(make):
    """Return a function that makes the pictures of a table in a folder of its own, and returns the table's path."""

    def write_table(folder, header, *rows):
        root = make(*(row.partition(",")[0] for row in rows), under=folder)
        path = Path(root, "labels.csv")
        path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
        return str(path)

    return write_table


def test_classes_are_matched_by_name(make):
    old = make("cat/1.jpg", "dog/1.jpg", under="old")
    new = make("10_1.jpg", "dog.jpg/1.jpg", "emu/1.jpg", "cat/1.jpg", "notes.txt", under="new")
    dataset = read([old, Path(new)])
    assert dataset.classes == ("cat", "dog", "dog.jpg", "emu")
    assert dataset.counts() == {"cat": 2, "dog": 1, "dog.jpg": 1, "emu": 1}
    assert [os.path.relpath(path, old) for path in dataset.pictures[:3]] == [
        "cat/1.jpg",
        "dog/1.jpg",
        "../new/cat/1.jpg",
    ]
    assert (dataset.given, dataset.groups) == (None, None)
    assert dataset.skipped == {"sidecar file": 1, "picture outside the class folders": 1}
    assert [part.layout for part in dataset.source.parts] == ["class-folders", "class-folders"]
    assert source(dataset.source) == (
        f"2 sources: 5 pictures in 4 classes ({old!r}, folder per class: 2 pictures in 2 classes; "
        f"{new!r}, folder per class: 3 pictures in 3 classes)"
    )


def test_names_of_numbers_are_those_of_all_sources(make, table):
    sources = [make("0/1.jpg", under="folder"), table("tables", "path,label", "a.jpg,01", "b.jpg,2")]
    dataset = read(sources, class_names=["bread", "dairy", "egg"])
    assert dataset.counts() == {"bread": 1, "dairy": 1, "egg": 1}
    assert dataset.class_names == {"0": "bread", "01": "dairy", "2": "egg"}


def test_one_source_in_a_list_is_that_source(make):
    root = make("cat/1.jpg", "dog/1.jpg")
    assert read([root]).source == read(root).source


def test_folders_tables_and_frames_go_together(make, table):
    root = make("cat/1.jpg", under="folder")
    frame = pd.DataFrame({"path": [f"{root}/cat/1.jpg"], "label": ["cat"]})
    dataset = read([root, table("tables", "path,label", "a.jpg,dog"), frame])
    assert dataset.counts() == {"cat": 1, "dog": 1}
    assert dataset.skipped["file that an earlier source has already brought"] == 1
    assert [part.layout for part in dataset.source.parts] == ["class-folders", "table", "frame"]


def test_splits_are_joined_where_all_name_them(make, table):
    old = make("train/cat/1.jpg", "test/cat/2.jpg", under="old")
    new = make("train/dog/1.jpg", under="new")
    rows = table("rows", "path,label,split", "a.jpg,dog,val", "b.jpg,cat,train")
    dataset = read([old, new, rows])
    assert dataset.given.tolist() == [2, 0, 0, 1, 0]
    assert dataset.source.splits == {"train": 3, "validation": 1, "test": 1}
    with pytest.raises(
        DataError, match=r"splits must be named by all sources or by none, and '.*old' names .* '.*bare'"
    ):
        read([old, make("cat/1.jpg", under="bare")])


def test_groups_of_one_name_are_one_group(make, table):
    first = table("first", "path,label,patient", "a.jpg,x,7", "b.jpg,y,", "c.jpg,y,8")
    second = table("second", "path,label,case", "d.jpg,x,8.0", "e.jpg,y,", "f.jpg,y,7")
    dataset = read([first, second])
    names = [dataset.group_names[group] for group in dataset.groups]
    assert names == ["7", "", "8", "8.0", "", "7"]
    assert dataset.groups.tolist() == [0, 1, 2, 3, 4, 0]
    with pytest.raises(
        DataError, match=r"groups must be named by all .* '.*first/labels.csv' names .* '.*none/labels.csv'"
    ):
        read([table("none", "path,label", "g.jpg,x"), first])


def test_one_file_in_two_sources_counts_once(make):
    old = make("cat/1.jpg", "cat/2.jpg", "dog/1.jpg", under="old")
    new = make("cat/3.jpg", under="new")
    Path(new, "cat", "link.jpg").symlink_to(Path(old, "cat", "1.jpg"))
    Path(new, "dog").symlink_to(Path(old, "dog"))
    dataset = read([old, new])
    assert dataset.counts() == {"cat": 3, "dog": 1}
    assert dataset.skipped == {"file that an earlier source has already brought": 2}
    assert read([old, old]).pictures == read(old).pictures


@pytest.mark.parametrize(
    ("header", "row", "other", "says"),
    [
        ("path,label", "cat", "dog", "'cat' in .*first.* and 'dog' in .*second"),
        ("path,label,split", "cat,train", "cat,test", "'train' in .* and 'test' in"),
        ("path,label,group", "cat,1", "cat,2", "'1' in .* and '2' in"),
    ],
)
def test_what_is_known_of_one_file_must_agree(make, table, header, row, other, says):
    picture = make("1.jpg") + "/1.jpg"
    with pytest.raises(DataError, match=f"must agree on a file that several have: .*1.jpg' is {says}"):
        read([table("first", header, f"{picture},{row}"), table("second", header, f"{picture},{other}")])


def test_splits_given_as_sources_are_not_mixed(make):
    root = make("train/cat/1.jpg", "test/cat/1.jpg")
    with pytest.raises(
        DataError, match="'train', 'test' name splits: give the one folder that holds them, or one table"
    ):
        read([f"{root}/train", f"{root}/test/"])
    with pytest.raises(DataError, match="'train', 'val' name splits"):
        read([f"{root}/train.csv", f"{root}/val.csv"])


def test_mistakes_name_the_source(make, write):
    root = make("cat/1.jpg", "dog/1.jpg")
    with pytest.raises(DataError, match=r"no such file or folder: '.*/nwe'"):
        read([root, f"{root}/nwe"])
    with pytest.raises(DataError, match=r"1.jpg' is a single picture"):
        read([root, f"{root}/cat/1.jpg"])
    with pytest.raises(DataError, match="one is int"):
        read([root, 7])
    with pytest.raises(DataError, match="labels go with a list of pictures"):
        read([root, root], ["cat", "dog"])
    with pytest.raises(DataError, match=r"--label-pattern.* and '.*x.csv' names its labels itself"):
        read([root, write("x.csv", "path,label\n")], label_pattern="([a-z]+)/")


def test_splits_in_longer_names_are_no_sources(make):
    paths = [
        make(f"{split}/{name}/1.jpg", under=f"shapes_{split}") for split in ("train", "test") for name in ("a", "b")
    ]
    with pytest.raises(DataError, match="'shapes_train', 'shapes_test' name splits"):
        read(sorted(set(paths), reverse=True))
