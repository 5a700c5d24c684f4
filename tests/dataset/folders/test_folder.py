import os
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from headway.dataset import read
from headway.errors import DataError
from headway.rendering.data import source


def labelled(dataset, root):
    return {
        os.path.relpath(dataset.name(i), root): dataset.classes[label]
        for i, label in enumerate(dataset.labels.tolist())
    }


def test_folder_per_class(make):
    root = make("dog/2.jpg", "cat/1.jpg", "cat/sub/dir/3.jpg", "loose.jpg", "empty/notes.txt")
    dataset = read(root)
    assert labelled(dataset, root) == {"cat/1.jpg": "cat", "cat/sub/dir/3.jpg": "cat", "dog/2.jpg": "dog"}
    assert dataset.classes == ("cat", "dog")
    assert source(dataset.source) == "folder per class: 3 pictures in 2 classes"
    assert dataset.skipped == {"picture outside the class folders": 1, "folder without pictures": 1, "sidecar file": 1}
    assert dataset.given is None
    assert list(dataset.pictures) == sorted(dataset.pictures)
    assert all(type(path) is str for path in dataset.pictures)


@pytest.mark.parametrize("name", ["two words", "café", "猫", "😀", "new\nline", "a'b\"c", "-x", "100%", "CON "])
def test_a_class_may_have_any_name(make, name):
    dataset = read(make(f"{name}/1.jpg", "other/1.jpg", f"{name}/x {name}.PNG"))
    assert dataset.counts() == {name: 2, "other": 1}
    assert "\n" not in source(dataset.source)


def test_numeric_classes_are_in_numeric_order(make):
    assert read(make("10/1.jpg", "9/1.jpg", "0/1.jpg")).classes == ("0", "9", "10")


def test_classes_from_a_mac_match(make):
    composed, decomposed = unicodedata.normalize("NFC", "café"), unicodedata.normalize("NFD", "café")
    dataset = read(make(f"train/{composed}/1.jpg", f"test/{decomposed}/1.jpg", "train/x/1.jpg"))
    assert dataset.classes == (composed, "x")


def test_names_that_are_no_utf8_do_not_crash(tmp_path):
    folder = os.path.join(os.fsencode(tmp_path), b"caf\xe9")
    Path(os.fsdecode(folder)).mkdir()
    try:
        with open(os.path.join(folder, b"\xff.jpg"), "wb"):
            pass
    except OSError:
        pytest.skip("this file system has UTF-8 names only")
    dataset = read(tmp_path)
    assert dataset.classes == ("caf\\xe9",)
    assert Path(dataset.pictures[0]).exists()
    source(dataset.source).encode("utf-8")


def test_the_order_of_the_file_system_does_not_matter(make, monkeypatch):
    root = make(*(f"{c}/{d}{c}/{i}.jpg" for c in "bca" for d in "yx" for i in range(12)))
    first = read(root)
    scandir = os.scandir

    class Backwards:
        def __init__(self, path):
            with scandir(path) as entries:
                self.entries = sorted(entries, key=lambda entry: entry.name, reverse=True)

        def __enter__(self):
            return iter(self.entries)

        def __exit__(self, *error):
            pass

    monkeypatch.setattr(os, "scandir", Backwards)
    second = read(root)
    assert first.pictures == second.pictures
    assert first.labels.tolist() == second.labels.tolist()


@pytest.mark.parametrize(
    "words", [("train", "val", "test"), ("training", "validation", "evaluation"), ("TRAIN", "dev", "Test")]
)
def test_split_folders_with_class_folders(make, words):
    root = make(*(f"{word}/{c}/deep/{i}.jpg" for word in words for c in ("cat", "dog") for i in range(2)))
    dataset = read(root)
    assert dataset.classes == ("cat", "dog")
    splits = {os.path.relpath(dataset.name(i), root).split("/")[0]: int(dataset.given[i]) for i in range(len(dataset))}
    assert splits == dict(zip(words, (0, 1, 2), strict=True))
    assert dataset.given.dtype == np.int8
    assert source(dataset.source) == (
        f"split folders {', '.join(words)} with a folder per class: 4 train, 4 validation, 4 test pictures in 2 classes"
    )


def test_split_folders_with_flat_files(make):
    dataset = read(make("training/0_1.jpg", "training/1_1.jpg", "evaluation/0_1.jpg"))
    assert dataset.classes == ("0", "1")
    assert dataset.given.tolist() == [2, 0, 0]
    assert source(dataset.source).startswith(
        "split folders training, evaluation with labels in file names, the number before"
    )


def test_unlabelled_pictures_of_a_test_folder_are_counted(make):
    dataset = read(make("train/cat/1.jpg", "train/dog/1.jpg", "test/1.jpg", "test/2.jpg"))
    assert len(dataset) == 2
    assert dataset.given is None
    assert dataset.skipped == {"picture outside the class folders": 2}


def test_other_folders_beside_splits_are_counted(make):
    dataset = read(make("train/a/1.jpg", "test/a/1.jpg", "train/b/1.jpg", "figures/1.jpg", "cover.png"))
    assert len(dataset) == 3
    assert dataset.skipped == {"picture outside the split folders": 2}


def test_train_and_test_alone_are_splits_not_classes(make):
    with pytest.raises(DataError, match="no labels found for 2 pictures"):
        read(make("train/a.jpg", "test/b.jpg"))


@pytest.mark.parametrize("word", ["train", "test"])
def test_a_lone_split_word_between_others_is_a_class(make, word):
    dataset = read(make("bus/1.jpg", "car/1.jpg", f"{word}/1.jpg"))
    assert set(dataset.classes) == {"bus", "car", word}
    assert source(dataset.source).endswith(f"; the folder '{word}' is read as a class")


def test_only_a_train_folder_is_no_given_split(make):
    assert read(make("train/cat/1.jpg", "train/dog/1.jpg")).given is None


def test_only_a_test_folder_is_a_test_split(make):
    assert read(make("test/cat/1.jpg", "test/dog/1.jpg")).given.tolist() == [2, 2]


@pytest.mark.parametrize(
    ("files", "classes", "rule"),
    [
        (("9_1339.jpg", "10_1.jpg", "9_2.JPG"), ("9", "10"), "the number before the underscore"),
        (("cat.0.jpg", "dog.1.jpg", "dog.22.png"), ("cat", "dog"), "the word before the dot and the number"),
    ],
)
def test_labels_in_file_names(make, files, classes, rule):
    dataset = read(make(*files))
    assert dataset.classes == classes
    assert source(dataset.source) == f"labels in file names, {rule}: 3 pictures in 2 classes"


def test_a_stray_file_without_label_is_counted(make):
    dataset = read(make(*(f"{i % 2}_{i}.jpg" for i in range(20)), "cover.jpg"))
    assert len(dataset) == 20
    assert dataset.skipped == {"no label in the file name": 1}


def test_file_names_without_labels(make):
    with pytest.raises(DataError, match=r"no labels found for 2 pictures .* such as 'IMG_1.jpg'.*--label-pattern"):
        read(make("IMG_2.jpg", "IMG_1.jpg"))


def test_label_pattern_sees_the_path_below_the_root(make):
    root = make("2020/abc-cat.jpg", "2021/x-dog.jpg", "2021/odd.jpg")
    dataset = read(root, label_pattern=r"^\d+/.*-(?P<label>\w+)\.")
    assert labelled(dataset, root) == {"2020/abc-cat.jpg": "cat", "2021/x-dog.jpg": "dog"}
    assert dataset.skipped == {"no label in the file name": 1}


def test_label_pattern_keeps_given_splits(make):
    dataset = read(make("train/x-cat.jpg", "test/y-dog.jpg", "train/z-dog.jpg"), label_pattern=r"-(\w+)\.")
    assert dataset.given.tolist() == [2, 0, 0]
    assert dataset.counts() == {"cat": 1, "dog": 2}


def test_label_pattern_that_matches_nothing(make):
    with pytest.raises(DataError, match=r"matches none of 2 pictures: .* like 'cat/1.jpg'"):
        read(make("cat/1.jpg", "cat/2.jpg"), label_pattern=r"(\d+)_x")


def test_class_names_rename_folders(make, write):
    names = write("names.txt", "0 bread\n1 dairy\n2 soup\n")
    dataset = read(make("1/1.jpg", "0/1.jpg", "0/2.jpg"), class_names=names)
    assert dataset.counts() == {"bread": 2, "dairy": 1}
    assert dataset.class_names == dataset.subset([0]).class_names == {"0": "bread", "1": "dairy"}


def test_empty_folder(make):
    with pytest.raises(DataError, match=r"needs pictures .*data' is empty"):
        read(make())


def test_folder_of_other_files_says_what_was_found(make):
    with pytest.raises(DataError, match=r"needs pictures .*none among its 3 files: 2 \.pdf, 1 \.mp3"):
        read(make("a/1.pdf", "a/2.pdf", "b/x.mp3"))


def test_folder_of_hidden_files(make):
    with pytest.raises(DataError, match=r"has none \(1 hidden\)"):
        read(make("a/.1.jpg"))


def test_a_table_beside_flat_pictures_is_used(make):
    root = make("x.jpg", "y.jpg")
    with open(os.path.join(root, "labels.csv"), "w") as table:
        table.write("file,class\nx.jpg,cat\ny.jpg,dog\n")
    dataset = read(root)
    assert dataset.counts() == {"cat": 1, "dog": 1}
    assert source(dataset.source).startswith("the table 'labels.csv'")


def test_a_table_beside_class_folders_or_a_second_one_is_a_sidecar(make):
    root = make("cat/x.jpg", "dog/y.jpg", "0_1.jpg", under="classes")
    flat = make("0_1.jpg", "1_1.jpg", "second.csv", under="flat")
    for folder in (root, flat):
        with open(os.path.join(folder, "labels.csv"), "w") as table:
            table.write("file,class\nx.jpg,a\ny.jpg,b\n")
    assert source(read(root).source).startswith("folder per class")
    assert source(read(flat).source).startswith("labels in file names")


def test_a_folder_that_holds_only_a_table(make):
    root = make("x.jpg", under="elsewhere")
    folder = make()
    with open(os.path.join(folder, "labels.csv"), "w") as table:
        table.write(f"file,class\n{root}/x.jpg,cat\n")
    assert read(folder).counts() == {"cat": 1}
    assert read(folder, label_column="class").counts() == {"cat": 1}


def test_named_columns_need_one_table(make):
    with pytest.raises(DataError, match="must hold one CSV, TSV or Parquet file, and there is none"):
        read(make("cat/1.jpg"), label_column="breed")
    with pytest.raises(DataError, match=r"there are 2 tables, 'a.csv', 'b.csv': give the path"):
        read(make("a.csv", "b.csv"), label_column="breed")


def test_a_table_with_other_columns_is_a_sidecar(make):
    root = make("0_1.jpg", "1_1.jpg")
    with open(os.path.join(root, "weather.csv"), "w") as table:
        table.write("day,rain\n1,2\n")
    dataset = read(root)
    assert source(dataset.source).startswith("labels in file names")
    assert dataset.skipped == {"sidecar file": 1}


def test_two_tables_are_named(make):
    root = make("x.jpg", "y.jpg", "labels.csv", "other.csv")
    with pytest.raises(DataError, match=r"there are 2 tables, 'labels.csv', 'other.csv': give the path of the right"):
        read(root)
    with pytest.raises(DataError, match=r"there are 2 tables, 'labels.csv', 'other.csv'"):
        read(make("labels.csv", "other.csv", under="bare"))


def test_a_test_split_without_labels_in_its_names_is_counted(make):
    dataset = read(make("train/cat.0.jpg", "train/dog.0.jpg", "test1/1.jpg", "test1/2.jpg"))
    assert dataset.classes == ("cat", "dog")
    assert dataset.given is None
    assert dataset.skipped == {"no label in the file name": 2}


def test_splits_may_be_numbered(make):
    dataset = read(make("train2017/cat/1.jpg", "train2017/dog/1.jpg", "val2017/cat/1.jpg"))
    assert dataset.classes == ("cat", "dog")
    assert sorted(dataset.given.tolist()) == [0, 0, 1]
