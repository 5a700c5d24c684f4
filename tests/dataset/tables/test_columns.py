"""Which columns of a table hold what, by their names and by their values."""

import os
import re

import pytest

from headway import read
from headway.dataset.tables.columns import NoLabelsError
from headway.dataset.tables.lookup import NoFilesError
from headway.errors import DataError
from headway.rendering.reading import guesses

LABELS = "abc"
ROWS = range(12)


@pytest.fixture
def table(make):
    """Return a function that writes a table beside 0.png … 11.png, and returns its path.

    It takes the header, and a format of each row of ``i`` and ``c``, one of three classes.
    """
    root = make(*(f"{i}.png" for i in ROWS), *(f"masks/m{i}.png" for i in ROWS))

    def write_table(header, row, name="t.csv"):
        lines = [header, *(row(i, LABELS[i % 3]) if callable(row) else row.format(i=i, c=LABELS[i % 3]) for i in ROWS)]
        path = os.path.join(root, name)
        with open(path, "w", encoding="utf-8") as handle:
            handle.write("\n".join(lines) + "\n")
        return path

    return write_table


def columns(dataset):
    return dict(dataset.source.columns)


@pytest.mark.parametrize(
    ("header", "row", "path"),
    [
        ("where,label", "{i}.png,{c}", "where"),
        ("image,picture_file,label", "x{i},{i}.png,{c}", "picture_file"),  # a usual name whose values are no files
        ("image_id,file_name,label", "{i},{i}.png,{c}", "file_name"),  # two names of one picture
        (",name,label", "{i},{i}.png,{c}", "name"),  # the numbers of rows that pandas writes
        ("Unnamed: 0,id,label", "{i},{i},{c}", "id"),
        ("mask,image,label", "masks/m{i}.png,{i}.png,{c}", "image"),
        ("image_path,mask_path,label", "{i}.png,masks/m{i}.png,{c}", "image_path"),
        ("annotation,scan,label", "masks/m{i}.png,{i}.png,{c}", "scan"),
        ("number,age,label", lambda i, c: f"{i},{i % 2},{c}", "number"),
        ("number,grade,label", lambda i, c: f"{i},{i % 2},{c}", "number"),
        ("where,label", "new/{i}.jpg,{c}", None),
    ],
)
def test_the_path_is_the_column_whose_values_are_files(table, header, row, path):
    if path is None:  # names of pictures, of which none is there
        with pytest.raises(NoFilesError, match=r"12 of 12 files are not there, .*0.jpg' \(line 2 .*--path-column"):
            read(table(header, row))
        return
    dataset = read(table(header, row))
    assert columns(dataset) == {"path": path, "label": "label"}
    assert dataset.counts() == {"a": 4, "b": 4, "c": 4}
    assert not any("masks" in picture for picture in dataset.pictures)


def test_two_columns_of_files_are_asked_about(table):
    path = table("left,right,label", "{i}.png,masks/m{i}.png,{c}")
    with pytest.raises(DataError, match=r"may be the path: 'left', 'right'.*--path-column left.*--path-column right"):
        read(path)
    assert "masks" in read(path, path_column="right").pictures[0]


def test_masks_alone_are_no_pictures(table):
    with pytest.raises(NoFilesError, match="12 of 12 files are not there"):
        read(table("image,mask,label", "x/{i}.jpg,masks/m{i}.png,{c}"))


def test_a_table_about_something_else(table):
    with pytest.raises(NoFilesError, match=r"in none of them most values are files .*--path-column.*--images FOLDER"):
        read(table("kind,number", "{c}{i},1{i}0"))


@pytest.mark.parametrize(
    ("header", "row", "label"),
    [
        ("path,breed", "{i}.png,{c}", "breed"),
        ("path,breed,breed_number", lambda i, c: f"{i}.png,{c},{i % 3}", "breed"),
        ("path,number,breed", lambda i, c: f"{i}.png,{i % 3},{c}", "breed"),
        ("path,plant_class,site", lambda i, c: f"{i}.png,{c},{i % 2}", "plant_class"),
        ("path,label,colour", lambda i, c: f"{i}.png,{c},{i % 2}", "label"),
        ("path,label,class", lambda i, c: f"{i}.png,{c},{i % 3}", "label"),
        ("path,class_id,label", lambda i, c: f"{i}.png,{i % 3},{c}", "label"),
        ("path,x,y,label", lambda i, c: f"{i}.png,{i % 2},{i % 4},{c}", "label"),
        ("path,breed,width,taken", lambda i, c: f"{i}.png,{c},{100 + i % 2},2020-01-0{1 + i % 2}", "breed"),
        ("path,breed,certainty", lambda i, c: f"{i}.png,{c},{0.5 + i % 2}", "breed"),
        ("path,breed,kind", "{i}.png,{c},dog", "breed"),
        ("path,breed,note", "{i}.png,{c},text {i}", "breed"),
        ("path,breed,preview", lambda i, c: f"{i}.png,{c},{i % 2}.jpg", "breed"),
    ],
)
def test_the_label_is_the_categorical_column(table, header, row, label):
    dataset = read(table(header, row))
    assert columns(dataset)["label"] == label
    assert dataset.classes == ("a", "b", "c")
    assert ("label" in dataset.source.guessed_columns) == (label not in ("label",))


@pytest.mark.parametrize(
    ("header", "row", "names"),
    [
        ("path,breed,colour", lambda i, c: f"{i}.png,{c},{i % 2}", ("breed", "colour")),
        ("path,class,superclass", lambda i, c: f"{i}.png,{c},{i % 2}", ("class", "superclass")),
        ("path,fine_label,coarse_label", lambda i, c: f"{i}.png,{c},{i % 2}", ("fine_label", "coarse_label")),
        ("path,label,category", lambda i, c: f"{i}.png,{c},{i % 2}", ("label", "category")),
    ],
)
def test_two_columns_of_labels_are_asked_about(table, header, row, names):
    first, second = names
    path = table(header, row)
    with pytest.raises(DataError) as caught:
        read(path)
    assert caught.value.readings == (
        (f"it is '{first}' (3 values, such as 'a')", f"headway read {path} --label-column {first}"),
        (f"it is '{second}' (2 values, such as '0')", f"headway read {path} --label-column {second}"),
    )
    assert len(read(path, label_column=second).classes) == 2


@pytest.mark.parametrize(
    ("header", "row", "message"),
    [
        (
            "path,target",
            lambda i, c: f"{i}.png,{i / 7}",
            "column 'target' .*holds numbers with fractions.*--label-column",
        ),
        ("path,label", "{i}.png,masks/m{i}.png", "column 'label' .*holds names of files"),
        ("path,caption", "{i}.png,a picture {i}", "needs a label column.*--label-column"),
        ("path,kind", "{i}.png,dog", "needs a label column"),
    ],
)
def test_tables_without_labels(table, header, row, message):
    with pytest.raises(NoLabelsError, match=message):
        read(table(header, row))


def test_a_named_column_is_the_label_whatever_it_holds(table):
    path = table("path,target", lambda i, c: f"{i}.png,{i % 2 + 0.5}")
    assert read(path, label_column="target").classes == ("0.5", "1.5")


def test_submissions_hold_no_labels(table):
    path = table("id,label", "{i},0", name="sample_submission.csv")
    with pytest.raises(NoLabelsError, match=r"is called a submission.*--label-column"):
        read(path)
    assert read(path, label_column="label").classes == ("0",)


@pytest.mark.parametrize(
    ("header", "row", "codes", "named"),
    [
        ("path,label,is_valid", lambda i, c: f"{i}.png,{c},{i > 8}", [0] * 9 + [1] * 3, "is_valid"),
        ("path,label,is_test", lambda i, c: f"{i}.png,{c},{int(i > 8)}", [0] * 9 + [2] * 3, "is_test"),
        ("path,label,train", lambda i, c: f"{i}.png,{c},{'yes' if i > 2 else 'no'}", [2] * 3 + [0] * 9, "train"),
        (
            "path,label,is_val,is_test",
            lambda i, c: f"{i}.png,{c},{i in (3, 4, 5)},{i < 3}",
            [2] * 3 + [1] * 3 + [0] * 6,
            "is_val, is_test",
        ),
        (
            "path,label,is_train,is_test",
            lambda i, c: f"{i}.png,{c},{i > 5},{i < 3}",
            [2] * 3 + [1] * 3 + [0] * 6,
            "is_train, is_test",
        ),
        ("path,label,origin", lambda i, c: f"{i}.png,{c},{'test' if i < 3 else 'train'}", [2] * 3 + [0] * 9, "origin"),
        ("path,label,is_valid", "{i}.png,{c},False", None, None),
        ("path,label,kfold", lambda i, c: f"{i}.png,{c},{i % 5}", None, None),
        ("path,label,split,is_test", lambda i, c: f"{i}.png,{c},train,{i < 3}", None, "split"),
    ],
)
def test_columns_of_splits(table, header, row, codes, named):
    dataset = read(table(header, row))
    assert (None if dataset.given is None else dataset.given.tolist()) == codes
    assert columns(dataset).get("split") == named
    assert read(table(header, row), split=False).given is None


def test_columns_of_splits_that_cannot_be_read(table):
    both = table("path,label,is_valid,is_test", lambda i, c: f"{i}.png,{c},{i < 3},{i < 2}")
    with pytest.raises(DataError, match=r"line 2 is in several by its columns is_valid, is_test.*--no-splits"):
        read(both)
    assert read(both, split_column="is_test").given.tolist() == [2, 2] + [0] * 10
    odd = table("path,label,is_valid", lambda i, c: f"{i}.png,{c},{'?' if i == 3 else i < 3}")
    assert read(odd).given is None
    with pytest.raises(DataError, match=r"'is_valid' .*must say train, validation or test, .*says"):
        read(odd, split_column="is_valid")
    two = table(
        "path,label,mine,yours", lambda i, c: f"{i}.png,{c},{'test' if i < 3 else 'train'},{'train' if i else 'test'}"
    )
    with pytest.raises(DataError, match="--split-column mine.*--split-column yours.*--no-splits"):
        read(two)
    with pytest.raises(DataError, match="--no-splits and --split-column contradict each other"):
        read(two, split=False, split_column="mine")


def test_what_only_one_row_of_very_many_says(make, monkeypatch):
    monkeypatch.setattr("headway.dataset.tables.formats.base.MOST_SAMPLED_CELLS", 100)
    root = make("1.png")
    path = os.path.join(root, "t.csv")
    with open(path, "w", encoding="utf-8") as handle:
        handle.write("path,label,is_valid,is_test\n")
        handle.writelines(
            f"1.png,a,{i % 2},{'maybe' if i == 500 else i % 3}\n".replace("2\n", "0\n") for i in range(1000)
        )
    with pytest.raises(DataError, match="'is_test' .* must say true or false, and line 502 says 'maybe': --no-splits"):
        read(path)


@pytest.mark.parametrize(
    ("header", "row", "groups"),
    [
        ("path,label,patient", lambda i, c: f"{i}.png,{c},anna{i // 6}", 2),
        ("path,label,patient", lambda i, c: f"{i}.png,{c},{'anna' if i % 2 else 'ben'}", 2),
        ("path,label,subject", lambda i, c: f"{i}.png,{c},{i // 2}", 6),
        ("path,label,subject", "{i}.png,{c},human", None),
        ("path,label,patient", "{i}.png,{c},p", None),
        ("path,label,case", lambda i, c: f"{i}.png,{c},{i % 2}", None),
        ("path,label,subject", lambda i, c: f"{i}.png,{c},{'human' if i % 2 else 'animal'}", None),
        ("path,label,case,patient", lambda i, c: f"{i}.png,{c},{i % 2},{i // 3}", 4),
    ],
)
def test_columns_of_groups_and_attributes_called_like_them(table, header, row, groups):
    path = table(header, row)
    dataset = read(path)
    assert (None if dataset.groups is None else len(set(dataset.groups.tolist()))) == groups
    name = header.rpartition(",")[2]
    ignored = re.search(
        rf"column '{name}' has \d values? and is not read as groups; if they are: --group-column {name}",
        " ".join(guesses(dataset.source)),
    )
    assert bool(ignored) == (groups is None)
    assert read(path, groups=False).groups is None
    assert read(path, group_column=name).groups is not None
    with pytest.raises(DataError, match="--no-groups and --group-column contradict"):
        read(path, groups=False, group_column=name)


def test_a_column_that_is_named_for_one_role_has_no_other(table):
    path = table("path,group,split,label", lambda i, c: f"{i}.png,g{i // 2},{'test' if i % 2 else 'train'},{c}")
    dataset = read(path, label_column="group")
    assert (len(dataset.classes), dataset.groups) == (6, None)
    assert columns(read(path, label_column="split")) == {"path": "path", "label": "split", "group": "group"}
    assert columns(read(path, group_column="label", label_column="split")) == {
        "path": "path",
        "label": "split",
        "group": "label",
    }


def test_an_attribute_may_be_the_label(table):
    dataset = read(table("path,group", lambda i, c: f"{i}.png,{'xy'[i % 2]}"))
    assert columns(dataset) == {"path": "path", "label": "group"}
    assert dataset.groups is None


def test_what_was_guessed_is_shown_and_named_in_errors_that_come_of_it(table):
    assert guesses(read(table("name,breed", "{i}.png,{c}")).source) == [
        "by their values, the path is column 'name' and the label is column 'breed'; if they are not: "
        "--path-column NAME, --label-column NAME"
    ]
    with pytest.raises(
        DataError, match="1 row has none in column 'breed', the first is line 3; by its values, the label is"
    ):
        read(table("path,breed", lambda i, c: f"{i}.png,{'' if i == 1 else c}"))
