"""Divisions that are kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import headway
from headway.errors import DataError, UserError
from headway.rendering.reading import guesses
from headway.splitting import split
from tests.helpers import Notes, write_pictures


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return write_pictures(tmp_path / "pictures", per_class=10)


@pytest.fixture
def older(pictures: Path, tmp_path: Path) -> Path:
    """A model, by a division that is not the usual one."""
    headway.fit(pictures, backbone="tiny", head="centroid", seed=9).save(tmp_path / "older.onnx")
    return tmp_path / "older.onnx"


def grow(pictures: Path) -> None:
    write_pictures(pictures.parent / "new", per_class=5, seed=1)
    for path in (pictures.parent / "new").rglob("*.png"):
        shutil.copy(path, pictures / path.parent.name / f"new {path.name}")


def parts(folder: Path) -> dict[bytes, str]:
    return {path.read_bytes(): path.parent.parent.name for path in folder.rglob("*.png")}


def test_what_a_model_was_tested_on_stays_the_test(pictures: Path, older: Path, tmp_path: Path) -> None:
    split(pictures, tmp_path / "before", parts=(80, 0, 20), seed=9)
    grow(pictures)
    report = split(pictures, tmp_path / "after", parts=(80, 0, 20), split_from=older)
    assert (report.source.older, report.source.new, report.source.splits_from) == ("older.onnx", 15, "older")
    assert guesses(report.source) == ["the parts are those of older.onnx; 15 pictures are new to it"]
    before, after = parts(tmp_path / "before"), parts(tmp_path / "after")
    assert all(after[content] == part for content, part in before.items())
    assert sum(part == "test" for part in after.values()) == 9
    model = headway.fit(pictures, backbone="tiny", head="centroid", split_from=older)
    assert (model.report.data.division.kind, model.report.data.division.test) == ("given", 9)
    assert headway.load(older).tested_on and model.tested_on != headway.load(older).tested_on


def test_a_model_without_a_test_part_knows_what_it_learned(pictures: Path, tmp_path: Path) -> None:
    headway.fit(pictures, backbone="tiny", head="centroid", test_fraction=0).save(tmp_path / "all.onnx")
    grow(pictures)
    report = split(pictures, tmp_path / "after", parts=(80, 0, 20), split_from=tmp_path / "all.onnx")
    assert report.counts["test"] == {"blue": 1, "green": 1, "red": 1}


@pytest.mark.parametrize("name", ["before", "before.csv"])
def test_folders_and_tables_stay_whole(pictures: Path, tmp_path: Path, name: str) -> None:
    split(pictures, tmp_path / "before", parts=(60, 20, 20), seed=4)
    split(pictures, tmp_path / "before.csv", parts=(60, 20, 20), seed=4)
    grow(pictures)
    report = split(pictures, tmp_path / "after", split_from=tmp_path / name)
    before, after = parts(tmp_path / "before"), parts(tmp_path / "after")
    assert all(after[content] == part for content, part in before.items())
    assert report.counts["validation"] == {"blue": 3, "green": 3, "red": 3}


def test_new_pictures_make_no_validation_part_of_their_own(pictures: Path, tmp_path: Path) -> None:
    split(pictures, tmp_path / "two parts", parts=(80, 0, 20))
    split(pictures, tmp_path / "three parts")
    grow(pictures)
    for name, expected in (("two parts", {"train", "test"}), ("three parts", {"train", "validation", "test"})):
        report = split(pictures, tmp_path / f"after {name}", split_from=tmp_path / name)
        assert set(report.counts) == expected


def test_other_divisions_are_refused(pictures: Path, older: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="must be a model, or a folder or table with splits, and it names none"):
        split(pictures, tmp_path / "after", split_from=pictures)
    others = write_pictures(tmp_path / "others", seed=5)
    with pytest.raises(DataError, match=r"none of the pictures is in .*older\.onnx"):
        headway.fit(others, backbone="tiny", split_from=older)
    split(others, tmp_path / "data")
    with pytest.raises(DataError, match="split already"):
        headway.fit(tmp_path / "data", backbone="tiny", split_from=older)
    assert not (tmp_path / "after").exists()


def test_broken_pictures_are_not_missed(pictures: Path, older: Path) -> None:
    (pictures / "red" / "00.png").write_bytes(b"broken")
    report = headway.fit(pictures, backbone="tiny", head="centroid", split_from=older).report
    assert report.data.unreadable == 1


def test_features_have_their_own(pictures: Path, older: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    from headway.cli.main import run

    assert run(["embed", str(pictures), "--backbone", "tiny", "-o", str(tmp_path / "f.parquet")]) == 0
    with pytest.raises(UserError, match="holds features, which bring their split"):
        headway.fit(tmp_path / "f.parquet", split_from=older)


def test_a_table_of_other_pictures_names_the_first_ten(pictures: Path, tmp_path: Path) -> None:
    others = write_pictures(tmp_path / "others", seed=5)
    split(others, others / "parts.csv")
    with pytest.raises(DataError, match=r"none of the pictures is in .*parts\.csv, which has 'blue/00.png',") as error:
        split(pictures, tmp_path / "after", split_from=others / "parts.csv")
    assert str(error.value).count(".png'") == 10 and "and 26 more" in str(error.value)


def test_a_table_of_files_that_are_gone_names_the_first_ten(pictures: Path, tmp_path: Path) -> None:
    split(pictures, tmp_path / "before.csv")
    for path in (pictures / "red").iterdir():
        path.unlink()
    for path in (pictures / "blue").glob("0[0-3].png"):
        path.unlink()
    with pytest.raises(
        DataError, match=r"14 of 30 files are not there, the first is .*blue/00\.png' \(line 2"
    ) as error:
        headway.fit(pictures, backbone="tiny", split_from=tmp_path / "before.csv")
    assert str(error.value).count(".png'") == 10 and "and 4 more" in str(error.value)


def test_pictures_that_are_missed_are_named(pictures: Path, tmp_path: Path) -> None:
    split(pictures, tmp_path / "before", parts=(80, 0, 20))
    (pictures / "red" / "03.png").unlink()
    missed = Notes()
    split(pictures, tmp_path / "after.csv", split_from=tmp_path / "before", progress=missed)
    [note] = [note for note in missed.notes if "not among" in note]
    assert "1 picture of before is not among these" in note and "red/03.png" in note and "new" not in note
    grow(pictures)
    with pytest.warns(headway.HeadwayWarning, match="15 of these are new to it"):
        headway.fit(pictures, backbone="tiny", head="centroid", split_from=tmp_path / "before")
