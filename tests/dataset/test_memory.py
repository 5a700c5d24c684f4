import pathlib
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from headway.dataset import read
from headway.errors import DataError
from headway.rendering.data import source

ARRAY = np.zeros((4, 5, 3), np.uint8)


def test_pictures_of_every_kind(make):
    root = make("a.jpg", "b.jpg")
    pictures = [f"{root}/a.jpg", pathlib.Path(root, "b.jpg"), Image.new("L", (3, 3)), ARRAY, ARRAY[..., 0], b"\xff\xd8"]
    dataset = read(pictures, ["x", "y", "x", "y", "x", "y"])
    assert dataset.labels.tolist() == [0, 1, 0, 1, 0, 1]
    assert type(dataset.pictures[1]) is str
    assert dataset.pictures[3] is ARRAY
    assert source(dataset.source) == "list: 6 pictures in 2 classes"
    assert [dataset.name(i) for i in (0, 5)] == [f"{root}/a.jpg", "picture 5"]


def test_a_stack_of_arrays():
    assert len(read(np.zeros((3, 4, 5, 1), np.uint8), np.array([0, 1, 1]))) == 3


@pytest.mark.parametrize(
    ("labels", "classes", "numbers"),
    [
        ([10, 9, 9], ("9", "10"), [1, 0, 0]),
        (np.array([1, 0, 1]), ("0", "1"), [1, 0, 1]),
        (np.array(["b", "a", "b"]), ("a", "b"), [1, 0, 1]),
        ([1.0, 0.0, np.float32(1)], ("0", "1"), [1, 0, 1]),
        ([True, False, True], ("False", "True"), [1, 0, 1]),
    ],
)
def test_labels_of_every_kind(labels, classes, numbers):
    dataset = read([ARRAY] * 3, labels)
    assert dataset.classes == classes
    assert dataset.labels.tolist() == numbers
    assert dataset.labels.dtype == np.int64


def test_odd_labels():
    assert read([ARRAY] * 2, ["\ud800", "b"]).classes == ("\\ud800", "b")
    assert read([ARRAY] * 2, [Decimal("1.5"), "b"]).classes == ("1.5", "b")
    assert read([ARRAY] * 2, (value for value in (0, "a"))).classes == ("0", "a")


def test_without_labels():
    dataset = read([ARRAY] * 2)
    assert dataset.labels.tolist() == [-1, -1]
    assert dataset.classes == ()
    assert source(dataset.source) == "list: 2 pictures, no labels"


def test_class_names():
    dataset = read([ARRAY] * 2, [1, 0], class_names=["bread", "egg"])
    assert (dataset.labels.tolist(), dataset.class_names) == ([1, 0], {"0": "bread", "1": "egg"})
    assert read([ARRAY] * 2, [1, 0]).class_names == {}


@pytest.mark.parametrize(
    ("source", "labels", "message"),
    [
        ([], None, "is empty"),
        ([ARRAY], ["a", "b"], "got 2 for 1 picture"),
        ([ARRAY], "a", "must be a list with one label per picture, not str"),
        ([ARRAY] * 2, np.eye(2), "must be one name or number; that of picture 0 is list"),
        ([ARRAY] * 2, ["a", None], "that of picture 1 is empty"),
        ([ARRAY] * 2, ["a", float("nan")], "that of picture 1 is empty: leave out such pictures"),
        ([ARRAY] * 2, ["a", np.longdouble("nan")], "that of picture 1 is empty"),
        ([ARRAY] * 2, [pd.NA, "a"], "that of picture 0 is empty"),
        ([ARRAY] * 2, [pd.NaT, "a"], "that of picture 0 is empty"),
        ([ARRAY] * 2, [object(), "a"], "one name or number; that of picture 0 is object"),
        ([ARRAY] * 2, [1j, "a"], "that of picture 0 is complex"),
        ([ARRAY] * 2, {"a": 1, "b": 2}, "must be a list with one label per picture, not dict"),
        ([ARRAY] * 2, {"a", "b"}, "must be a list with one label per picture, not set"),
        ([ARRAY] * 2, [10**5000, "a"], "reasonable length"),
        ({"a.jpg": "cat"}, None, "not dict"),
        (b"abc", None, "not bytes"),
        ([ARRAY, 7], ["a", "b"], "picture 1 is int"),
        ([np.zeros(3)], ["a"], r"picture 0 is an array of shape \(3,\)"),
        (ARRAY, ["a"], r"not \(4, 5, 3\)"),
        (Image.new("L", (3, 3)), None, "put it into a list"),
        (7, None, "not int"),
        (["/no/such.jpg"], ["a"], r"1 of 1 file is not there, .*\(picture 0 of the list\)"),
    ],
)
def test_wrong_lists(source, labels, message):
    with pytest.raises(DataError, match=message):
        read(source, labels)


def test_one_file_under_two_labels(make):
    path = make("a.jpg") + "/a.jpg"
    assert len(read([path, path], ["x", "x"])) == 2
    with pytest.raises(DataError, match="is 'x' as picture 0 and 'y' as picture 1"):
        read([path, path], ["x", "y"])


def test_groups_and_splits_of_every_kind(make):
    dataset = read(
        [ARRAY] * 4,
        pd.Series(["a", "b", "a", "b"], index=[3, 1, 7, 7]),
        groups=pd.Series([7.0, None, 7.0, None]),
        split=pd.Series(["train", "VAL", "testing", "Train"], dtype="category"),
    )
    assert dataset.groups.tolist() == [0, 1, 0, 2]
    assert dataset.group_names == ["7", "", ""]
    assert dataset.given.tolist() == [0, 1, 2, 0]
    assert (dataset.source.groups_from, dataset.source.splits_from) == ("argument", "argument")
    assert source(dataset.source) == "list: 2 train, 1 validation, 1 test pictures in 2 classes"
    assert read([ARRAY] * 3, groups=[("a", 1), ("a", 2), ("a", 1)]).groups.tolist() == [0, 1, 0]
    assert read([ARRAY] * 2, split=["train", "train"]).given is None
    root = make("a.jpg", "b.jpg")
    assert len(read([f"{root}/a.jpg"] * 2, split=["val", "Valid"])) == 2
    paths = pd.Series([f"{root}/b.jpg", f"{root}/a.jpg"], index=[9, 9])
    assert read(paths, np.array([1, 0])).labels.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"groups": [1]}, "one group per picture: got 1 for 2 pictures"),
        ({"groups": "ab"}, "groups must be a list with one group per picture, not str"),
        ({"groups": [[1], 2]}, "each group must be a name or a number; that of picture 0 is list"),
        (
            {"groups": pd.DataFrame({"patient": [1, 2]})},
            "groups must be a list, and this is a DataFrame: give one of its",
        ),
        ({"groups": ["p", "q"]}, "groups of one file must agree"),
        ({"split": ["train", "tset"]}, "train, validation or test for each picture; picture 1 has 'tset'"),
        ({"split": ["train", None]}, "picture 1 has ''"),
        ({"split": [["train"], "test"]}, "picture 0 has 'list'"),
        ({"split": {"train": 1}}, "split must be a list with one split per picture, not dict"),
        ({"split": ["train", "test"]}, "split of one file must agree"),
    ],
)
def test_wrong_groups_and_splits(make, given, message):
    path = make("a.jpg") + "/a.jpg"
    with pytest.raises(DataError, match=message) as caught:
        read([path, path], ["x", "x"], **given)
    assert "\n" not in str(caught.value)
