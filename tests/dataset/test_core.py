import dataclasses

import numpy as np
import pytest

from headway.dataset import Dataset, align, check_trainable, read
from headway.errors import DataError


def dataset(labels, classes=("cat", "dog", "emu"), given=None, groups=None):
    return Dataset(
        [f"{i}.jpg" for i in range(len(labels))],
        np.array(labels, np.int64),
        classes,
        None if given is None else np.array(given, np.int8),
        groups,
        skipped={"hidden": 1},
    )


def test_it_is_frozen_and_checks_itself():
    with pytest.raises(dataclasses.FrozenInstanceError):
        dataset([0]).labels = None
    with pytest.raises(DataError, match=r"one of given per picture: got \(2,\) for 1 pictures"):
        dataset([0], given=[0, 1])
    with pytest.raises(DataError, match="between -1 and 2"):
        dataset([3])


def test_subset_and_counts():
    whole = dataset([0, 1, -1, 1], given=[0, 1, 2, 2], groups=np.array([5, 6, 7, 8]))
    part = whole.subset([3, 0])
    assert (list(part.pictures), part.labels.tolist(), part.given.tolist()) == (["3.jpg", "0.jpg"], [1, 0], [2, 0])
    assert (part.groups.tolist(), part.classes, len(part)) == ([8, 5], whole.classes, 2)
    assert whole.subset(whole.labels == 1).pictures == ["1.jpg", "3.jpg"]
    assert whole.counts() == {"cat": 1, "dog": 2, "emu": 0}
    assert whole.counts([1, 2]) == {"cat": 0, "dog": 1, "emu": 0}
    assert len(whole.subset([])) == 0


def test_align_matches_by_name_whatever_the_order(make):
    found = read(make("dog/1.jpg", "cat/1.jpg"))
    aligned = align(found, ["zebra", "dog", "cat"])
    assert aligned.classes == ("zebra", "dog", "cat")
    assert aligned.counts() == {"zebra": 0, "dog": 1, "cat": 1}
    assert aligned.pictures == found.pictures


def test_align_needs_labels():
    with pytest.raises(DataError, match="labels are needed to score a model, and 1 of 2 pictures have none"):
        align(dataset([-1, 0]), ["cat"])


@pytest.mark.parametrize(
    ("labels", "classes", "message"),
    [
        ([0, 0], ("a",), "labels must be an array of whole numbers, not list"),
        (np.array([0.0, np.nan]), ("a",), "labels must be an array of whole numbers, not float64 values"),
        (None, ("a",), "not NoneType"),
        (np.zeros(2, np.int64), ("a", ""), "each class needs a name, and one is ''"),
        (np.zeros(2, np.int64), ("a", 7), "each class needs a name, and one is 7"),
        (np.zeros(2, np.int64), ("a", "b", "a"), "a name of its own, and several are 'a'"),
    ],
)
def test_what_makes_no_data_set(labels, classes, message):
    with pytest.raises(DataError, match=message):
        Dataset(["1.jpg", "2.jpg"], labels, classes)


def test_align_names_what_the_model_does_not_know():
    with pytest.raises(DataError, match=r"'dog' is not; it knows 'cat', 'dogs'. Did you mean 'dogs'\?"):
        align(dataset([0, 1]), ["cat", "dogs"])
    with pytest.raises(DataError, match="'dog', 'emu' are not"):
        align(dataset([1, 2]), ["cat"])


def test_align_minds_only_classes_that_have_pictures():
    assert align(dataset([0]), ["cat"]).labels.tolist() == [0]


def test_enough_to_learn_from():
    check_trainable(dataset([0, 0, 1, 1]))
    check_trainable(dataset([0, 0, 1, 1, 0], given=[0, 0, 0, 0, 2]))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (dataset([]), "no pictures"),
        (dataset([0, -1]), "1 of 2 have none"),
        (dataset([0, 0, 0]), "at least 2 classes are needed, and all 3 pictures are 'cat'"),
        (dataset([0, 1, 2]), "3 classes for 3 pictures"),
        (dataset([0, 0, 0, 0, 1]), "1 class has 1: 'dog'"),
        (dataset([0, 0, 0, 0, 1, 2]), "2 classes have 1: 'dog', 'emu'"),
        (dataset([0, 0, 1, 1], given=[2, 2, 2, 2]), "all pictures are in test"),
        (dataset([0, 0, 1, 1], given=[0, 0, 2, 2]), "'dog' has them elsewhere only"),
        (dataset([0, 0, 1, 1], given=[0, 0, 0, 2]), "in the training split, and 1 class has 1: 'dog'"),
    ],
)
def test_too_little_to_learn_from(data, message):
    with pytest.raises(DataError, match=message) as caught:
        check_trainable(data)
    assert "\n" not in str(caught.value)


def test_what_a_notebook_and_a_console_show(make):
    found = read(make("train/<cat>/1.jpg", "train/dog/1.jpg", "test/dog/1.jpg"))
    line = "split folders train, test with a folder per class: 2 train, 1 test pictures in 2 classes"
    assert repr(found) == f"<headway.Dataset: {line}>"
    assert repr(found.subset([0])) == f"<headway.Dataset: 1 of: {line}>"
    page = found._repr_html_()
    assert line in page
    for text in ("&lt;cat&gt;", ">train</th>", ">test</th>", ">all</th>"):
        assert text in page
    assert repr(dataset([0, 1])) == "<headway.Dataset: 2 pictures in 3 classes>"
    assert ">pictures</th>" in dataset([0, 1])._repr_html_()
    assert "<table" not in read([np.zeros((2, 2), np.uint8)])._repr_html_()


def test_a_picture_in_memory_is_called_by_its_place_in_the_whole() -> None:
    whole = Dataset([np.zeros((4, 4), np.uint8)] * 6, np.array([0, 1] * 3), ("a", "b"))
    part = whole.subset([1, 3, 5]).subset(np.array([False, True, True]))
    assert part.names(np.arange(2)) == ["picture 3", "picture 5"]
