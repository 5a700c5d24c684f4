"""The same pictures and seed are divided the same way, whatever the recipe."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from headway import Dataset, Recipe
from headway.errors import DataError
from headway.facts import data as facts
from headway.facts.data import Division as Facts
from headway.facts.data import OneColour
from headway.fitting.division import Division
from headway.rendering import data as wording
from headway.rendering.blocks import Caution
from headway.rendering.fit import fit as rendered
from headway.splits import Split
from tests.fitting.test_run import with_split
from tests.helpers import Notes, run_fit, write_pictures

TINY = Recipe(backbone="tiny", head="centroid")


def divided(data: Path, recipe: Recipe = TINY) -> Division:
    return run_fit(data, recipe).division


def test_recipes_share_their_splits_and_folds(pictures: Path) -> None:
    one = divided(pictures)
    other = divided(pictures, Recipe(backbone="colour", head="logistic", balance="weights"))
    assert one.parts.test.tolist() == other.parts.test.tolist()
    assert one.parts.train.tolist() == other.parts.train.tolist()
    assert [held.tolist() for _, held in one.all_folds(TINY)] == [held.tolist() for _, held in other.all_folds(TINY)]
    assert one.hashes == other.hashes


def test_pictures_are_counted_by_class_and_part(pictures: Path) -> None:
    fitted = run_fit(pictures, TINY)
    parts, labels = fitted.division.parts, fitted.division.labels
    by_part = fitted.report.data.by_part
    assert list(by_part) == ["train", "test"]
    for part, rows in (("train", parts.train), ("test", parts.test)):
        expected = {name: int((labels[rows] == code).sum()) for code, name in enumerate(fitted.report.classes)}
        assert by_part[part] == expected
    assert fitted.report.to_publish().data.by_part == by_part


def test_a_part_to_watch_is_split_off_where_there_is_none(pictures: Path) -> None:
    division = divided(pictures)
    train, validation = division.training_and_validation(TINY)
    assert not set(train.tolist()) & set(validation.tolist())
    assert sorted([*train.tolist(), *validation.tolist()]) == sorted(division.development_rows.tolist())
    assert set(division.labels[validation].tolist()) == {0, 1, 2}


def test_a_given_validation_split_is_watched(pictures: Path, tmp_path: Path) -> None:
    root = with_split(pictures, tmp_path / "split")
    for path in sorted((root / "train").glob("*/*.png")):
        if int(path.stem) < 7:
            (root / "validation" / path.parent.name).mkdir(parents=True, exist_ok=True)
            path.rename(root / "validation" / path.parent.name / path.name)
    division = divided(root)
    train, validation = division.training_and_validation(TINY)
    np.testing.assert_array_equal(train, division.parts.train)
    np.testing.assert_array_equal(validation, division.parts.validation)


def test_copies_across_a_given_split_are_counted_part_by_part(tmp_path: Path) -> None:
    root = tmp_path / "data"
    for seed, part in enumerate(("train", "validation", "test")):
        write_pictures(root / part, 5, ("blue", "red"), seed)
    shutil.copy(root / "train/blue/00.png", root / "validation/blue/copy.png")
    shutil.copy(root / "validation/red/01.png", root / "test/red/copy.png")
    notes = Notes()
    fitted = run_fit(root, TINY, progress=notes)
    assert [note for note in notes.notes if "too good" in note] == [
        "1 validation picture is also in training: the validation score is too good",
        "1 test picture is also in training or validation: the test score is too good",
    ]
    assert fitted.report.test.seen_in_training == 1


@pytest.mark.parametrize(
    ("balance", "said"),
    [
        ("none", "--balance smote or --balance weights, as the smallest class is too small"),
        ("weights", "counts the same"),
        ("oversample", "repeated"),
        ("undersample", "left out"),
        ("smote", "filled up by SMOTE"),
    ],
)
def test_unequal_classes_are_said_with_what_is_done(tmp_path: Path, balance: str, said: str) -> None:
    data = write_pictures(tmp_path / "data", 46, ("red",))
    write_pictures(data, 8, ("blue",))
    notes = Notes()
    # Enough of the smaller class are learnt from in every fold for SMOTE.
    recipe = replace(TINY, balance=balance, test_fraction=0.1, folds=20)
    fitted = run_fit(data, recipe, progress=notes)
    (line,) = [note for note in notes.notes if "red has 41 pictures to learn from and blue 7" in note]
    assert said in line
    assert wording.imbalance(fitted.report.data.imbalance) == line


@pytest.mark.parametrize(
    ("smallest", "settings", "remedy"),
    [
        (99, {}, "smote"),
        (100, {}, "undersample"),
        (100, {"finetune": "last-block"}, "weights"),
        (100, {"scratch": "food11"}, "weights"),
    ],
)
def test_what_may_be_done_about_unequal_classes(smallest: int, settings: dict[str, Any], remedy: str) -> None:
    labels = np.repeat([0, 1], [600, smallest])
    data = Dataset([np.zeros((1, 1), np.uint8)] * len(labels), labels, ("cat", "lynx"))
    hashes = tuple(map(str.encode, map(str, range(len(labels)))))
    rows, nothing = np.arange(len(labels)), np.arange(0)
    parts = Split(rows, nothing, nothing, facts.Division("none", len(labels), 0, 0))
    found = Division(data, hashes, rows, parts).imbalance(Recipe(**settings))
    assert found is not None
    assert found.remedy == remedy


@pytest.mark.parametrize(
    ("train", "validation", "test", "sizes"),
    [
        ((1500, 280), (0, 0), (500, 96), (1500, 280)),  # as in Food-11
        ((1500, 280), (500, 96), (500, 96), (2000, 376)),
        ((1500, 280), (0, 0), (0, 280), (1500, 280)),  # together they are within five times
        ((1400, 280), (0, 0), (900, 96), None),  # together they are not
    ],
)
def test_unequal_classes_are_those_that_are_learned_from(
    train: tuple[int, int], validation: tuple[int, int], test: tuple[int, int], sizes: tuple[int, int] | None
) -> None:
    labels = np.concatenate([np.repeat([0, 1], counts) for counts in (train, validation, test)])
    ends = np.cumsum([sum(train), sum(validation), sum(test)])
    rows = np.arange(len(labels))
    parts = Split(*np.split(rows, ends[:-1]), facts.Division("given", *np.diff(ends, prepend=0).tolist()))
    data = Dataset([np.zeros((1, 1), np.uint8)] * len(labels), labels, ("Dessert", "Rice"))
    found = Division(data, tuple(map(str.encode, map(str, rows))), rows, parts).imbalance(Recipe())
    assert (found and (found.largest_count, found.smallest_count)) == sizes


def test_pictures_of_one_colour_are_counted_and_named(tmp_path: Path) -> None:
    data = write_pictures(tmp_path / "data", 8)
    (data / "red" / "broken.jpg").write_bytes(b"text")
    for number in range(4):
        Image.new("RGB", (30 + number, 30), (120, 9, 200)).save(data / "red" / f"blank{number}.jpg")
    notes = Notes()
    fitted = run_fit(data, replace(TINY, test_fraction=0.25), progress=notes, max_bad=0.5)
    fact = fitted.report.data.one_colour
    assert fact == OneColour(4, tuple(str(data / "red" / f"blank{number}.jpg") for number in range(4)))
    (line,) = [note for note in notes.notes if "one colour" in note]
    assert line.startswith("4 pictures are of one colour only, first red/blank0.jpg, red/blank1.jpg, red/blank2.jpg:")
    assert line in [block.text for block in rendered(fitted.report) if isinstance(block, Caution)]


def test_classes_within_five_times_are_not_warned_of(tmp_path: Path) -> None:
    data = write_pictures(tmp_path / "data", 30, ("red",))
    write_pictures(data, 6, ("blue",))
    assert run_fit(data, TINY).report.data.imbalance is None


def test_folds_that_cannot_be_filled_are_refused(tmp_path: Path) -> None:
    data = write_pictures(tmp_path / "data", 5)
    with pytest.raises(DataError, match=r"14 folds .* only 12: .* 'blue', has 4 pictures .* --folds 12 or fewer"):
        run_fit(data, replace(TINY, folds=14))
    assert run_fit(data, replace(TINY, folds=12)).report.cross_validation.folds == 12
    few = write_pictures(tmp_path / "few", 3, ("blue", "red"))
    assert len(divided(few).development_folds(TINY)) < TINY.folds, "the usual number is not asked for"


def test_a_test_fraction_that_leaves_nothing_to_learn_from_is_named(tmp_path: Path) -> None:
    data = write_pictures(tmp_path / "data", 9)
    with pytest.raises(DataError, match=r"a test fraction of 0.999 leaves no class with 2 .* 'blue' has 9"):
        run_fit(data, replace(TINY, test_fraction=0.999))
    few = write_pictures(tmp_path / "few", 2)
    with pytest.raises(DataError, match="add pictures"):
        run_fit(few, TINY)


def test_a_class_that_holds_copies_of_others_is_refused(pictures: Path) -> None:
    shutil.copytree(pictures / "red", pictures / "red - Copy")
    with pytest.raises(DataError, match=r"'red' are in other classes.*--exclude './red'"):
        divided(pictures)


def test_some_files_under_two_labels_and_classes_alike_are_warned_of(pictures: Path) -> None:
    shutil.copy(pictures / "red" / "00.png", pictures / "blue" / "copy.png")
    (pictures / "red").rename(pictures / "Red")
    shutil.copytree(pictures / "green", pictures / "red")
    for number, path in enumerate(sorted((pictures / "red").iterdir())):
        path.write_bytes(path.read_bytes() + bytes([number]))
    notes = Notes()
    division = run_fit(pictures, TINY, progress=notes).division
    said = " ".join(notes.notes)
    assert "classes 'Red', 'red' differ in capitals or spaces only" in said
    assert "1 file is under several labels" in said
    assert "blue/copy.png ('blue')" in said
    (contradiction,) = division.contradictions
    assert sorted(contradiction.labels) == ["Red", "blue"]


def test_changed_copies_are_learned_from_and_nothing_is_judged_by_them() -> None:
    copies = (np.arange(60) % 3).astype(np.int8)
    data = Dataset([b""] * 60, np.arange(60) // 3 % 2, ("a", "b"), copies=copies)
    hashes = tuple(row.to_bytes(32, "big") for row in range(60))
    parts = Split(np.arange(60), np.empty(0, np.int64), np.empty(0, np.int64), Facts("given", 60, 0, 0))
    division = Division(data, hashes, np.arange(60) // 3, parts)
    held_out = np.concatenate([rows for _, rows in division.development_folds(Recipe())])
    assert sorted(held_out.tolist()) == list(range(0, 60, 3))
    for train, rows in division.all_folds(Recipe()):
        assert set(train // 3).isdisjoint(rows // 3) and len(train) == 60 - 3 * len(rows)
    training, watched = division.training_and_validation(Recipe())
    assert not copies[watched].any() and np.count_nonzero(copies[training]) == 2 * len(training) // 3


def test_one_of_identical_pictures_is_counted_unless_the_split_is_given(pictures: Path) -> None:
    shutil.copy(pictures / "red" / "00.png", pictures / "red" / "again.png")
    division = divided(pictures)
    names = np.array(division.data.names(np.flatnonzero(~division.counted(TINY))))
    assert [Path(name).name for name in names] == ["again.png"]
    given = replace(division, parts=replace(division.parts, division=replace(division.parts.division, kind="given")))
    assert given.counted(TINY).all()
