"""``headway split`` from pictures to folders and tables, which are read as they were meant."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import headway
from headway.cli.main import run
from headway.errors import DataError, OutputError, UserError
from headway.fitting.division import divide
from headway.recipe import Recipe
from headway.splitting import split
from headway.types import Silent
from tests.helpers import write_pictures


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return write_pictures(tmp_path / "pictures", per_class=20)


def contents(folder: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in folder.rglob("*.png"))


def test_a_folder_holds_every_picture_once(pictures: Path, tmp_path: Path) -> None:
    report = split(pictures, tmp_path / "data")
    assert {part: set(counts.values()) for part, counts in report.counts.items()} == {
        "train": {16},
        "validation": {2},
        "test": {2},
    }
    assert contents(tmp_path / "data") == contents(pictures)
    read = headway.read(tmp_path / "data")
    assert read.source.splits == {"train": 48, "validation": 6, "test": 6}
    assert read.classes == ("blue", "green", "red")
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".headway")]


def test_the_test_part_is_the_one_of_a_fit(pictures: Path, tmp_path: Path) -> None:
    split(pictures, tmp_path / "data", parts=(8, 0, 2), seed=3)
    dataset = headway.read(pictures)
    division = divide(dataset, headway.embed(dataset, "tiny"), Recipe(seed=3), Silent())
    tested = {Path(dataset.name(row)).read_bytes() for row in division.parts.test.tolist()}
    assert tested == set(contents(tmp_path / "data" / "test"))
    assert not (tmp_path / "data" / "validation").exists()


def test_names_do_not_matter(pictures: Path, tmp_path: Path) -> None:
    split(pictures, tmp_path / "one", rename=True)
    renamed = tmp_path / "renamed"
    for number, path in enumerate(sorted(pictures.rglob("*.png"), key=lambda path: path.read_bytes())):
        (renamed / path.parent.name).mkdir(parents=True, exist_ok=True)
        (renamed / path.parent.name / f"{number}.png").write_bytes(path.read_bytes())
    split(renamed, tmp_path / "other", link=True)
    for part in ("train", "validation", "test"):
        assert contents(tmp_path / "one" / part) == contents(tmp_path / "other" / part)


def test_a_table_is_read_by_every_command(pictures: Path, tmp_path: Path) -> None:
    report = split(pictures, tmp_path / "split.csv", parts=(60, 20, 20))
    assert report.written == "table"
    assert (tmp_path / "split.csv").read_text().splitlines()[:2] == [
        "path,label,split",
        "pictures/blue/00.png,blue,train",
    ]
    read = headway.read(tmp_path / "split.csv")
    assert read.source.splits == {"train": 36, "validation": 12, "test": 12}
    assert not read.source.guessed_columns and not read.source.unused_columns


def test_a_table_has_groups_which_are_whole(pictures: Path, tmp_path: Path) -> None:
    rows = [f"pictures/{path.parent.name}/{path.name},{path.parent.name},patient {number // 4}"
            for number, path in enumerate(sorted(pictures.rglob("*.png")))]  # fmt: skip
    (tmp_path / "labels.csv").write_text("\n".join(["path,label,patient", *rows]))
    report = split(tmp_path / "labels.csv", tmp_path / "split.csv")
    assert report.grouped
    parts: dict[str, set[str]] = {}
    for line in (tmp_path / "split.csv").read_text().splitlines()[1:]:
        _, _, part, group = line.split(",")
        parts.setdefault(group, set()).add(part)
    assert len(parts) == 15 and all(len(found) == 1 for found in parts.values())
    assert headway.read(tmp_path / "split.csv").source.columns["group"] == "group"


def test_what_cannot_be_read_is_in_no_part(pictures: Path, tmp_path: Path) -> None:
    (pictures / "red" / "00.png").write_bytes(b"broken")
    report = split(pictures, tmp_path / "data")
    assert len(report.quarantined) == 1
    assert len(contents(tmp_path / "data")) == 59


def test_small_classes_keep_two_to_learn_from(tmp_path: Path) -> None:
    for count, expected in (
        (2, {"train": 3, "test": 3}),
        (3, {"train": 6, "test": 3}),
        (4, {"train": 6, "validation": 3, "test": 3}),
    ):
        data = write_pictures(tmp_path / f"of {count}", per_class=count)
        report = split(data, tmp_path / f"{count}")
        assert {part: sum(counts.values()) for part, counts in report.counts.items()} == expected


def test_nothing_is_replaced(pictures: Path, tmp_path: Path) -> None:
    split(pictures, tmp_path / "data")
    split(pictures, tmp_path / "split.csv")
    for name in ("data", "split.csv"):
        with pytest.raises(OutputError, match="exists, and is not replaced: give another place with -o"):
            split(pictures, tmp_path / name)
    (tmp_path / "empty").mkdir()
    assert split(pictures, tmp_path / "empty").target.endswith("empty")


def test_folders_on_the_way_are_made(pictures: Path, tmp_path: Path) -> None:
    assert split(pictures, tmp_path / "flowers" / "new" / "data").target.endswith("data")
    assert headway.read(tmp_path / "flowers" / "new" / "data").given is not None


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        ("pictures/data", {}, "lies in the data"),
        ("pictures/red/00.png/no/data", {}, "00.png is no folder; give another place with -o"),
        ("no/split.csv", {}, "there is no folder"),
        ("split.csv", {"link": True}, "a table, which neither links nor renames"),
        (
            "data",
            {"parts": (80, 20)},
            "must be three numbers, for training, validation and test, the first and another of them above 0, such as "
            "80,10,10 or 80,0,20, not 80,20",
        ),
        ("data", {"parts": (0, 1, 2)}, "the first and another of them above 0, .* not 0,1,2$"),
        ("data", {"parts": (1, 0, 0)}, "must be three numbers"),
        ("data", {"parts": (1, float("nan"), 1)}, "must be three numbers"),
        ("data", {"parts": (1e-20, 0, 1)}, "must be three numbers"),
        ("data", {"parts": (1, 1, 1e300)}, "must be three numbers"),
        ("data", {"parts": (1e308, 1e308, 1e308)}, "must be three numbers"),
        ("data.xlsx", {}, "is no name for a folder, and a table is written as .csv"),
        ("data", {"seed": -1}, "the seed must be"),
    ],
)
def test_wrong_calls(pictures: Path, tmp_path: Path, target: str, options: Any, message: str) -> None:
    with pytest.raises((OutputError, UserError), match=message):
        split(pictures, tmp_path / target, **options)
    assert not (tmp_path / target).exists()


def test_pictures_that_are_split_are_refused(pictures: Path, tmp_path: Path) -> None:
    split(pictures, tmp_path / "data")
    with pytest.raises(DataError, match="split already, into train and validation and test"):
        split(tmp_path / "data", tmp_path / "again")
    again = headway.read(tmp_path / "data", split=False)
    assert Counter(again.counts()) == Counter(headway.read(pictures).counts())


def test_pictures_in_memory_are_refused(tmp_path: Path) -> None:
    images = [np.full((8, 8), shade, np.uint8) for shade in range(20)]
    for target in ("data", "split.csv"):
        with pytest.raises(DataError, match="only pictures that are files can be divided"):
            split(headway.read(images, ["a", "b"] * 10), tmp_path / target)
        assert not (tmp_path / target).exists()


def test_the_command_line(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (pictures / "notes.txt").write_text("no picture")
    (pictures / "red" / "copy.png").write_bytes((pictures / "red" / "00.png").read_bytes())
    assert run(["split", str(pictures), "-o", str(tmp_path / "data"), "--parts", "60,20,20", "--seed", "1"]) == 0
    printed = capsys.readouterr().out
    assert "Groups and identical files are kept whole" in printed
    assert f"Copied to {tmp_path / 'data'}: 37 train, 12 validation, 12 test, seed 1" in printed.replace("\n", " ")
    assert run(["split", str(pictures), "-o", str(tmp_path / "data")]) == 2
    assert run(["split", str(pictures), "-o", str(tmp_path / "links"), "--link", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["written"] == "links"
    assert (tmp_path / "links").stat().st_mode & 0o777 == (tmp_path / "data").stat().st_mode & 0o777


def test_features_are_refused(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pyarrow")
    features = tmp_path / "features.parquet"
    assert run(["embed", str(pictures), "--backbone", "tiny", "-o", str(features)]) == 0
    assert run(["split", str(features), "-o", str(tmp_path / "data")]) == 2
    assert "holds features: give the pictures" in capsys.readouterr().err
    assert run(["compare", str(features)]) == 2
    assert "holds features, and a comparison needs the pictures" in capsys.readouterr().err
