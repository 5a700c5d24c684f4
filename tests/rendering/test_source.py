"""What was read, in a sentence and as a table."""

from __future__ import annotations

import pytest

from headway.facts.codec import parse, plain, schema
from headway.facts.data import LeftOut, Source
from headway.rendering.data import class_counts, source
from headway.rendering.reading import guesses

FEATURES = Source("features", "out/f.parquet", 35, 7, splits={"train": 30, "test": 5}, backbone="tiny")
TABLE = Source("table", "data/x.csv", 2, 1, columns={"path": "file", "label": "y"}, ignored_split_column="fold")

GUESSED = Source(
    "table",
    "x.csv",
    9,
    3,
    columns={"path": "id", "split": "is_valid"},
    one_hot=("a", "b", "c"),
    guessed_columns=("path", "label"),
    looked_up=9,
    looked_up_in="train",
    left_out_folder="/home/anna",
    ignored_group_column="the subject",
    ignored_group_values=1,
)


@pytest.mark.parametrize(
    ("fact", "says"),
    [
        (Source("objects", None, 1, 0), "1 picture, no labels"),
        (Source("class-folders", "photos", 1, 1), "folder per class: 1 picture in 1 class"),
        (
            Source("file-names", "f", 3, 2, rule="pattern", label_pattern="(.)", split_folders=("train", "val")),
            "split folders train, val with labels in file names, by the pattern '(.)': 3 pictures in 2 classes",
        ),
        (
            TABLE,
            "the table 'x.csv' (columns file, y): 2 pictures in 1 class; "
            "column 'fold' is skipped, it names no train, validation or test",
        ),
        (
            GUESSED,
            "the table 'x.csv' (columns id, is_valid, 3 for the classes): 9 pictures in 3 classes",
        ),
        (FEATURES, "f.parquet: tiny for 35 pictures in 7 classes"),
    ],
)
def test_a_source_in_a_sentence(fact: Source, says: str) -> None:
    assert source(fact) == says


def test_guesses_say_what_to_type_where_they_are_wrong() -> None:
    assert guesses(GUESSED) == [
        "by their values, the path is column 'id' and the label is columns 'a', 'b' and 1 more; if they are not: "
        "--path-column NAME, --label-column NAME",
        "9 files are looked up by name in 'train', without '/home/anna'; if they lie elsewhere: --images FOLDER",
        "column 'the subject' has 1 value and is not read as groups; if they are: --group-column 'the subject'",
    ]
    everything = Source(
        "class-folders",
        "photos",
        9,
        3,
        inside="a/b",
        storage_folders=("batch1", "batch2"),
        subfolders=2,
        splits_from="class-subfolders",
        split_folders=("train", "test"),
        left_out=(LeftOut("masks", "annotations", 9), LeftOut("x", "copy", 1), LeftOut("extra", "no-split", 2)),
        groups_from="column",
        columns={"group": "patient"},
    )
    said = guesses(everything)
    assert len(said) == 8
    for part in (
        "everything lies in 'photos/a/b'",
        "--label-pattern '^(?:[^/]+/){2}([^/]+)/'",
        "2 folders below the class folders count",
        "the folders 'train', 'test' in the class folders are splits",
        "'masks' holds 9 pictures that annotate others",
        "'x' repeats the folders beside it",
        "'extra' is none of the splits",
        "--no-groups",
    ):
        assert any(part in line for line in said), part
    assert guesses(Source("several", None, 9, 3, parts=(everything, everything))) == [*said, *said]


def test_a_source_survives_json() -> None:
    both = Source("several", None, 37, 8, parts=(FEATURES, TABLE))
    assert parse(Source, plain(both)) == both
    assert set(schema(Source)["$defs"]["Source"]["properties"]) == set(plain(both))


def test_of_very_many_classes_the_largest_are_listed() -> None:
    counts = {"pictures": {f"class {number}": number for number in range(300)}}
    rows = class_counts(counts).rows
    assert len(rows) == 100
    assert rows[0] == ("class 299", "299")
