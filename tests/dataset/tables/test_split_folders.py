"""Splits from the folders of a table's pictures."""

import pytest

from headway.dataset import read


@pytest.fixture
def table(make, write):
    """Return a function that makes pictures and a table of them, and returns the table's path."""

    def write_table(paths):
        make(*paths)
        rows = [f"{path},{'ab'[i % 2]}" for i, path in enumerate(paths)]
        return write("data/labels.csv", "\n".join(["path,label", *rows]) + "\n")

    return write_table


@pytest.mark.parametrize(
    ("folders", "splits"),
    [
        (("train", "test"), {"train": 4, "test": 4}),
        (("x/train/images", "x/val/images"), {"train": 4, "validation": 4}),
        (("shapes_train", "shapes_test"), {"train": 4, "test": 4}),
        (("train",), {}),
        (("train/a", "train/b"), {}),
        (("train", "other"), {}),
        (("test1", "test2"), {}),
        (("crash_test", "train_station"), {}),
        (("train", "test", "test1"), {}),
    ],
)
def test_splits(table, folders, splits):
    path = table([f"{folder}/{i}.jpg" for folder in folders for i in range(4)])
    dataset = read(path)
    assert dataset.source.splits == splits
    assert dataset.source.splits_from == ("folders" if splits else None)
    assert read(path, split=False).given is None


def test_a_picture_beside_the_folders_makes_them_none(table):
    assert read(table(["1.jpg", "train/2.jpg", "test/3.jpg", "test/4.jpg"])).given is None


def test_a_column_wins(make, write):
    paths = [f"{folder}/{i}.jpg" for folder in ("train", "test") for i in range(4)]
    make(*paths)
    rows = [f"{path},{'ab'[i % 2]},{'train' if i % 4 else 'valid'}" for i, path in enumerate(paths)]
    dataset = read(write("data/labels.csv", "\n".join(["path,label,split", *rows]) + "\n"))
    assert dataset.source.splits == {"train": 6, "validation": 2}
