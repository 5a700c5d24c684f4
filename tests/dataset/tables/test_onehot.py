"""Tables with a column for each class, and several labels at once."""

import os

import pytest

from headway import read
from headway.dataset.tables.columns import NoLabelsError
from headway.dataset.tables.onehot import check_single_labels
from headway.errors import DataError
from headway.rendering.data import source
from headway.rendering.reading import guesses

ROWS = range(12)


@pytest.fixture
def table(make):
    """Return a function that writes a table of the cells of each row beside 0.png … 11.png, and returns its path."""
    root = make(*(f"{i}.png" for i in ROWS))

    def write_table(header, cells):
        path = os.path.join(root, "t.csv")
        with open(path, "w", encoding="utf-8") as handle:
            handle.writelines(
                f"{line}\n" for line in [f"image,{header}", *(f"{i}.png,{','.join(map(str, cells(i)))}" for i in ROWS)]
            )
        return path

    return write_table


@pytest.mark.parametrize("one", ["1", "1.0", "True"])
def test_a_column_for_each_class(table, one):
    no = {"1": "0", "1.0": "0.0", "True": "False"}[one]
    dataset = read(table("cat,dog,cow,none", lambda i: [one if k == i % 3 else no for k in range(4)]))
    assert dataset.classes == ("cat", "cow", "dog")
    assert [dataset.classes[label] for label in dataset.labels[:3]] == ["cat", "dog", "cow"]
    assert dataset.source.one_hot == ("cat", "dog", "cow", "none")
    assert source(dataset.source) == ("the table 't.csv' (columns image, 4 for the classes): 12 pictures in 3 classes")
    assert guesses(dataset.source) == [
        "by its values, the label is columns 'cat', 'dog' and 2 more; if it is not: --label-column NAME"
    ]


def test_other_columns_beside_the_classes(table):
    dataset = read(
        table(
            "sex,note,cat,dog,cow,site", lambda i: [i % 2, f"n{i}", *(int(k == i % 3) for k in range(3)), "xyz"[i // 5]]
        )
    )
    assert dataset.source.one_hot == ("cat", "dog", "cow")
    dataset = read(table("label,male,female", lambda i: ["abc"[i % 3], i % 2, 1 - i % 2]))
    assert (dataset.classes, dataset.source.one_hot) == (("a", "b", "c"), ())
    assert read(table("male,female", lambda i: [i % 2, 1 - i % 2])).classes == ("female", "male")
    with pytest.raises(DataError, match="--label-column breed.*--label-column male"):
        read(table("breed,male,female", lambda i: ["abc"[i % 3], i % 2, 1 - i % 2]))
    assert read(table("malignant", lambda i: [i % 2])).classes == ("0", "1")
    with pytest.raises(DataError, match="--label-column one.*--label-column two"):
        read(table("one,two", lambda i: [i % 2, i // 6]))


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (
            lambda i: [int(k in (i % 3, i % 2)) for k in range(3)],
            "'a', 'b', 'c', and line 4 has 2: Headway learns one label",
        ),
        (lambda i: [int(k == i % 4) for k in range(3)], "line 5 has none"),
        (lambda i: [1 if (i + k) % 2 else -1 for k in range(3)], "line 3 has 2"),
    ],
)
def test_several_labels_at_once_and_none(table, cells, message):
    path = table("a,b,c", cells)
    with pytest.raises(DataError, match=message):
        read(path)
    assert len(read(path, label_column="a").classes) == 2


def test_probabilities_are_no_labels(table):
    with pytest.raises(NoLabelsError, match=r"its columns 'a', 'b' hold probabilities of classes"):
        read(table("a,b", lambda i: [i / 12, 1 - i / 12]))
    with pytest.raises(NoLabelsError, match="needs a label column"):
        read(table("a,b", lambda i: [i / 12, i / 7]))
    with pytest.raises(NoLabelsError, match="needs a label column"):
        read(table("a,b", lambda i: [i / 12, "" if i == 3 else 1 - i / 12]))


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["No Finding", "Effusion", "Mass", "Effusion|Mass", "Mass|Effusion"], "'Effusion|Mass', in 2 rows"),
        (["a;b", "b;c", "c;a"], "'a;b', in 3 rows"),
        (["rust", "scab", "complex", "rust complex", "scab rust"], "'rust complex', in 2 rows"),
        (["16 0", "25", "7 1 2"], "'16 0', in 2 rows"),
        (["a,b", "b", "a,c", "c", "a"], "'a,b', in 2 rows"),
    ],
)
def test_lists_in_text_are_several_labels(texts, found):
    with pytest.raises(DataError, match=r"several") as caught:
        check_single_labels("the table 'x'", "labels", texts)
    assert found.replace("|", "\\|") in str(caught.value) or found in str(caught.value)


@pytest.mark.parametrize(
    "texts",
    [
        ["tench, Tinca tinca", "goldfish, Carassius auratus", "tench, Tinca tinca"],
        ["Tomato, healthy", "Tomato, rust", "Potato, healthy", "Potato, rust"],
        ["apple pie", "apple", "cherry pie", "pie"],
        ["red fox", "fox", "red panda"],
        ["a|b", "c"],
        ["cat", "dog"],
    ],
)
def test_names_with_commas_and_spaces_are_names(texts):
    check_single_labels("the table 'x'", "labels", texts)


def test_one_list_of_labels_that_stand_alone_as_well_is_refused(write, make):
    labels = ["Mass", "Effusion", "Mass|Effusion", "Mass", "Effusion", "Mass|Effusion"]
    make(*(f"{i}.png" for i in range(6)))
    path = write("data/t.csv", "path,label\n" + "".join(f"{i}.png,{label}\n" for i, label in enumerate(labels)))
    with pytest.raises(DataError, match="several, such as 'Mass|Effusion', in 2 rows"):
        read(path)
