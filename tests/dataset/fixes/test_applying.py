"""What becomes of a data set by a list of fixes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import headway
from headway.dataset import Dataset
from headway.dataset.fixes import COLUMNS, apply_fixes, file_cells, new_list
from headway.errors import DataError
from headway.facts.fixes import Fixes
from headway.splits import deal
from tests.dataset.fixes.making import write_list


def fixed(pictures: Path, *rows: Sequence[str]) -> Dataset:
    return headway.read(pictures, fixes=write_list(pictures.parent / "fixes.csv", *rows))


def fact(dataset: Dataset) -> Fixes:
    assert dataset.source.fixes is not None
    return replace(dataset.source.fixes, file="")


def label(dataset: Dataset, file: str) -> str:
    [row] = [row for row in range(len(dataset)) if dataset.name(row).endswith(file)]
    return dataset.classes[dataset.labels[row]]


def group(dataset: Dataset, file: str) -> int:
    [row] = [row for row in range(len(dataset)) if dataset.name(row).endswith(file)]
    assert dataset.groups is not None
    return int(dataset.groups[row])


def test_pictures_are_left_out_relabelled_and_grouped(pictures: Path) -> None:
    before = {path: path.read_bytes() for path in pictures.rglob("*.png")}
    dataset = fixed(
        pictures,
        ["red/00.png", "blank", "drop", ""],
        ["red/01.png", "wrong-labels", "relabel", "blue"],
        ["red/02.png", "wrong-labels", "relabel", "red"],
        ["red/03.png", "near-copies", "group", "a"],
        ["blue/03.png", "near-copies", "group", "a"],
        ["red/04.png", "blank", "keep", ""],
        ["red/05.png", "blank", "", "blue"],
    )
    assert dataset.counts() == {"blue": 13, "green": 12, "red": 10}
    assert label(dataset, "red/01.png") == "blue"
    assert not any(name.endswith("red/00.png") for name in map(dataset.name, range(len(dataset))))
    assert fact(dataset) == Fixes("", dropped=1, relabelled=1, grouped=2, groups=1, kept=1, undecided=1)
    assert (dataset.source.pictures, dataset.source.classes) == (35, 3)
    assert group(dataset, "red/03.png") == group(dataset, "blue/03.png")
    assert len(np.unique(dataset.groups)) == 34
    assert dataset.confirmed == {(str(pictures / "red" / "04.png"), "blank")}
    assert {path: path.read_bytes() for path in pictures.rglob("*.png")} == before


def test_to_drop_wins(pictures: Path) -> None:
    dataset = fixed(
        pictures,
        ["red/01.png", "wrong-labels", "relabel", "blue"],
        ["red/01.png", "near-copies", "group", "a"],
        ["red/02.png", "near-copies", "group", "a"],
        ["red/01.png", "blank", "drop", ""],
        ["red/01.png", "blurred", "keep", ""],
    )
    assert dataset.counts() == {"blue": 12, "green": 12, "red": 11}
    assert fact(dataset) == Fixes("", dropped=1, grouped=1, groups=1, kept=1)


def test_groups_of_the_list_join_those_of_the_data(pictures: Path) -> None:
    lines = [f"red/{number:02d}.png,red,p{number // 2}" for number in range(12)]
    lines += [f"blue/{number:02d}.png,blue," for number in range(12)]
    (pictures / "t.csv").write_text("\n".join(["path,label,patient", *lines]))
    dataset = headway.read(
        pictures / "t.csv",
        group_column="patient",
        fixes=write_list(
            pictures.parent / "fixes.csv",
            ["red/00.png", "near-copies", "group", "x"],
            ["blue/03.png", "near-copies", "group", "x"],
            ["red/02.png", "near-copies", "group", "y"],
            ["red/04.png", "near-copies", "group", "y"],
            ["blue/05.png", "", "group", "p4"],
            ["blue/06.png", "", "group", "z"],
            ["blue/07.png", "", "group", "z"],
        ),
    )
    together = [
        {"red/00.png", "red/01.png", "blue/03.png"},
        {"red/02.png", "red/03.png", "red/04.png", "red/05.png"},
        {"red/08.png", "red/09.png", "blue/05.png"},
        {"blue/06.png", "blue/07.png"},
        {"red/06.png", "red/07.png"},
    ]
    for files in together:
        [number] = {group(dataset, file) for file in files}
        assert np.count_nonzero(dataset.groups == number) == len(files)
    assert dataset.group_names[group(dataset, "blue/05.png")] == "p4"
    assert dataset.group_names[group(dataset, "blue/06.png")] == "z"
    assert dataset.group_names[group(dataset, "blue/00.png")] == ""
    named = [name for name in dataset.group_names if name]
    assert len(set(named)) == len(named)


def test_groups_stay_on_one_side(pictures: Path) -> None:
    rows = [
        [f"{label}/{number:02d}.png", "", "group", f"g{number}"] for number in range(12) for label in ("red", "blue")
    ]
    dataset = fixed(pictures, *rows)
    contents = [str(row).encode() for row in range(len(dataset))]
    for seed in range(5):
        part = deal(dataset.labels, contents=contents, groups=dataset.groups, test_fraction=0.3, seed=seed)
        sides = {number: set(part[dataset.groups == number].tolist()) for number in np.unique(dataset.groups)}
        assert all(len(side) == 1 for side in sides.values())


def test_a_new_class_needs_two_pictures_and_a_name_of_its_own(pictures: Path) -> None:
    dataset = fixed(pictures, *[[f"red/0{number}.png", "", "relabel", "amber"] for number in (1, 2)])
    assert dataset.classes == ("amber", "blue", "green", "red")
    assert dataset.counts() == {"amber": 2, "blue": 12, "green": 12, "red": 10}
    assert fact(dataset).new_classes == ("amber",)
    with pytest.raises(DataError, match="line 2: no class is called 'amber': .*a new class needs 2 pictures"):
        fixed(pictures, ["red/01.png", "", "relabel", "amber"])
    with pytest.raises(DataError, match="line 2: no class is called 'Gren': did you mean green"):
        fixed(pictures, *[[f"red/0{number}.png", "", "relabel", "Gren"] for number in (1, 2)])


def test_a_class_that_loses_all_its_pictures_is_none(pictures: Path) -> None:
    rows = [[f"green/{number:02d}.png", "", "relabel" if number else "drop", "red"] for number in range(12)]
    dataset = fixed(pictures, *rows)
    assert dataset.counts() == {"blue": 12, "red": 23}
    assert fact(dataset) == Fixes("", dropped=1, relabelled=11, lost_classes=("green",))
    model = headway.fit(dataset, headway.Recipe(backbone="tiny", head="centroid"))
    assert model.classes == ("blue", "red")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [["red/01.png", "", "relabel", "blue"], ["red/01.png", "x", "relabel", "green"]],
            "line 3: 'red/01.png' is to be 'green' here, and 'blue' by line 2",
        ),
        (
            [["red/01.png", "blank", "keep", ""], ["red/01.png", "blank", "drop", ""]],
            "line 3: 'red/01.png' has the decision 'drop' here, and 'keep' by line 2 for 'blank'",
        ),
        (
            [["red/01.png", "", "keep", ""], *[[f"x/{number}.png", "", "drop", ""] for number in range(14)]],
            r"line 3: 14 files are not among the pictures, 'x/0.png', .*'x/9.png' and 4 more: if they were moved",
        ),
        ([["x/0.png", "", "drop", ""]], "line 2: 1 file .* another folder .* the first is 'blue/00.png'"),
        (
            [["red/01.png", "", "keep", ""], ["notes.txt", "", "drop", ""]],
            "line 3: 1 file is not among the pictures, 'notes.txt': they are there",
        ),
    ],
)
def test_rows_that_do_not_fit_are_refused(pictures: Path, rows: list[list[str]], message: str) -> None:
    (pictures / "notes.txt").write_text("of no use")
    with pytest.raises(DataError, match=message) as error:
        fixed(pictures, *rows)
    assert "\n" not in str(error.value)


def test_undecided_rows_may_be_about_anything(pictures: Path) -> None:
    dataset = fixed(pictures, ["gone.png", "blank", "", ""])
    assert (len(dataset), fact(dataset)) == (36, Fixes("", undecided=1))


def test_labels_cannot_be_changed_where_there_are_none(pictures: Path) -> None:
    with pytest.raises(DataError, match="line 2: the pictures have no labels"):
        headway.read(
            [pictures / "red" / "00.png"],
            fixes=write_list(pictures.parent / "f.csv", [str(pictures / "red" / "00.png"), "", "relabel", "red"]),
        )


def test_files_are_named_alike_wherever_the_data_lies(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_list(pictures.parent / "fixes.csv", ["red/01.png", "", "drop", ""])
    (pictures / "t.csv").write_text(
        "path,label\n" + "".join(f"{name}/{n:02d}.png,{name}\n" for name in ("red", "blue") for n in range(12))
    )
    shutil.make_archive(str(pictures.parent / "packed"), "zip", pictures)
    shutil.make_archive(str(pictures.parent / "packed within"), "zip", pictures.parent, "pictures")
    shutil.copytree(pictures, pictures.parent / "copied")
    for place in (pictures, pictures.parent / "copied", pictures / "t.csv", pictures.parent / "packed.zip"):
        assert headway.read(place, fixes=path).counts()["red"] == 11, place
    monkeypatch.chdir(pictures)
    for place in (".", "t.csv", "../pictures/"):
        assert headway.read(place, fixes=path).counts()["red"] == 11, place
    # As other commands print paths.
    printed = write_list(
        pictures.parent / "f.csv", ["red/01.png", "", "drop", ""], [str(pictures / "red/02.png"), "", "drop", ""]
    )
    assert headway.read(".", fixes=printed).counts()["red"] == 10


def test_files_of_several_sources_are_told_apart(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(pictures.parent)
    shutil.copytree("pictures", "new")
    Path("new/red/01.png").write_bytes(Path("new/red/02.png").read_bytes())
    path = write_list(Path("fixes.csv"), ["new/red/01.png", "", "drop", ""])
    dataset = headway.read(["pictures", "new"], fixes=path)
    left = {dataset.name(row) for row in range(len(dataset))}
    assert "pictures/red/01.png" in left and "new/red/01.png" not in left and len(left) == 71


def test_a_file_that_stands_in_the_data_twice_is_dropped_twice(pictures: Path) -> None:
    files = [str(pictures / "red" / "00.png"), str(pictures / "red" / "00.png"), str(pictures / "blue" / "00.png")]
    path = write_list(pictures.parent / "f.csv", [files[0], "", "drop", ""])
    assert headway.read(files, ["red", "red", "blue"], fixes=path).counts() == {"blue": 1}


def test_pictures_in_memory_go_by_their_position(pictures: Path) -> None:
    path = write_list(pictures.parent / "f.csv", ["picture 1", "", "drop", ""])
    arrays = [np.full((8, 8, 3), value, np.uint8) for value in range(3)]
    dataset = headway.read(arrays, ["a", "b", "a"], fixes=path)
    assert dataset.names(np.arange(2)) == ["picture 0", "picture 2"] and dataset.counts() == {"a": 2}


def test_splits_are_counted_anew(pictures: Path) -> None:
    files = [str(path) for path in sorted(pictures.rglob("*.png"))]
    path = write_list(pictures.parent / "f.csv", [files[0], "", "drop", ""])
    dataset = headway.read(
        files, [Path(file).parent.name for file in files], split=["test", *["train"] * 34, "test"], fixes=path
    )
    assert dataset.source.splits == {"train": 34, "test": 1}


names = st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=12).filter(lambda name: name.strip("."))


@settings(max_examples=50)
@given(st.lists(names, min_size=2, max_size=6, unique=True))
def test_whatever_a_file_is_called_it_is_found_again(found: list[str]) -> None:
    """Commas, quotes, line breaks, signs that a spreadsheet computes, halves of characters."""
    dataset = Dataset([f"d/{name}" for name in found], np.zeros(len(found), np.int64), ("a",))
    dataset = replace(dataset, source=replace(dataset.source, layout="class-folders", name="d"))
    cells = file_cells(dataset.source, dataset.pictures)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.csv"
        empty = dict.fromkeys(COLUMNS, "")
        path.write_bytes(new_list(path).with_rows([empty | {"file": cells[0], "decision": "drop"}]))
        if len(set(cells)) == len(cells):
            assert apply_fixes(dataset, path).pictures == dataset.pictures[1:]
        assert not any(cell.startswith(("=", "@")) and len(cell) > 1 for cell in cells)


def test_files_that_cannot_be_told_apart_are_left_alone(tmp_path: Path) -> None:
    dataset = Dataset(["a\x07.png", "a\\x07.png"], np.zeros(2, np.int64), ("a",))
    with pytest.raises(DataError, match="may be several files"):
        apply_fixes(dataset, write_list(tmp_path / "f.csv", ["a\\x07.png", "", "drop", ""]))


@pytest.mark.parametrize("header", ["file,finding,decision,to,label", "file;finding;decision;to;label"])
def test_a_list_beside_the_pictures_is_no_table_of_labels(pictures: Path, header: str) -> None:
    path = pictures / "fixes.csv"
    rows = [f"{label}/{n:02d}.png,blank,,,{'ab'[n % 2]}" for label in ("blue", "green", "red") for n in range(12)]
    path.write_text("\n".join([header, *(row.replace(",", header[4]) for row in rows)]))
    assert headway.read(pictures, fixes=path).classes == ("blue", "green", "red")
    (pictures / "labels.csv").write_text(
        "path,breed\n" + "".join(f"{label}/{n:02d}.png,{n % 3}\n" for label in ("blue", "red") for n in range(12))
    )
    assert headway.read(pictures, label_column="breed", fixes=path).classes == ("0", "1", "2")
