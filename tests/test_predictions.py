"""Files of results, picture by picture."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from headway.errors import OutputError
from headway.facts.codec import parse, plain
from headway.facts.predictions import PictureResult, PredictionLine
from headway.places import replacing
from headway.predictions import check_predictions_target, class_probabilities, open_predictions

CLASSES = ["cat", 'big "dog", old', "naïve 😀"]
MANY = [f"class {number}" for number in range(101)]


def _row(path: str, classes: list[str], seed: int) -> PictureResult:
    probabilities = np.random.default_rng(seed).dirichlet(np.ones(len(classes))).astype(np.float32)
    best = int(probabilities.argmax())
    return PictureResult(
        path,
        "cross-validation",
        split="train",
        fold=seed,
        true_class=classes[0],
        predicted_class=classes[best],
        probability=float(probabilities[best]),
        probabilities=class_probabilities(classes, probabilities),
        seen_in_training=False,
    )


def _rows(classes: list[str]) -> list[PictureResult]:
    unreadable = PictureResult("broken.png", "test", split="test", true_class=classes[1], reason="0 bytes")
    return [_row("a.png", classes, 0), unreadable, _row("line\nbreak.png", classes, 3)]


def _write(path: Path, classes: list[str], rows: list[PictureResult]) -> None:
    with open_predictions(path, classes) as writer:
        for row in rows:
            writer.write(row)


def test_a_csv_file_has_a_column_for_each_class(tmp_path: Path) -> None:
    rows = _rows(CLASSES)
    _write(tmp_path / "p.csv", CLASSES, rows)
    with (tmp_path / "p.csv").open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    before = ["path", "source", "split", "fold", "true_class", "predicted_class", "probability"]
    assert list(found[0]) == [*before, *(f"p:{name}" for name in CLASSES), "seen_in_training", "reason"]
    assert [row["path"] for row in found] == [row.path for row in rows]
    for name, probability in rows[0].probabilities:
        assert float(found[0][f"p:{name}"]) == pytest.approx(probability, rel=1e-5)
    assert found[0]["seen_in_training"] == "false"
    assert (found[1]["reason"], found[1]["predicted_class"], found[1]["p:cat"]) == ("0 bytes", "", "")


def test_of_many_classes_files_have_the_most_probable(tmp_path: Path) -> None:
    rows = _rows(MANY)
    _write(tmp_path / "p.csv", MANY, rows)
    with (tmp_path / "p.csv").open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert [name for name in found[0] if name.startswith("class")] == [f"class{rank}" for rank in range(1, 6)]
    assert [found[0][f"class{rank}"] for rank in range(1, 6)] == [name for name, _ in rows[0].probabilities]
    assert found[0]["class1"] == rows[0].predicted_class
    values = [probability for _, probability in rows[0].probabilities]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("classes", [CLASSES, MANY], ids=["few", "many"])
def test_a_parquet_file_has_the_same_columns(
    tmp_path: Path, classes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr("headway.predictions.BATCH_ROWS", 2)
    rows = _rows(classes)
    _write(tmp_path / "p.parquet", classes, rows)
    _write(tmp_path / "p.csv", classes, rows)
    table = parquet.read_table(tmp_path / "p.parquet")
    with (tmp_path / "p.csv").open(newline="", encoding="utf-8") as file:
        assert table.column_names == next(csv.reader(file))
    found = table.to_pylist()
    assert [row["path"] for row in found] == [row.path for row in rows]
    assert [row["fold"] for row in found] == [0, None, 3]
    assert found[0]["probability"] == rows[0].probability
    assert (found[0]["seen_in_training"], found[1]["reason"], found[1]["probability"]) == (False, "0 bytes", None)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_an_older_file_is_replaced_and_another_is_not(tmp_path: Path, ending: str) -> None:
    if ending == "parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"p.{ending}"
    for rows in ([], _rows(CLASSES)):
        _write(path, CLASSES, rows)
    before = path.read_bytes()
    with pytest.raises(ZeroDivisionError), open_predictions(path, CLASSES) as writer:
        writer.write(_rows(CLASSES)[0])
        raise ZeroDivisionError
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    path.write_text("years of work")
    with pytest.raises(OutputError, match="did not write"):
        check_predictions_target(path)
    with pytest.raises(OutputError, match="--predictions"):
        _write(path, CLASSES, [])
    assert path.read_text() == "years of work"


def test_features_and_predictions_are_not_taken_for_each_other(tmp_path: Path) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    from headway.embedding.parquet import is_features_file

    _write(tmp_path / "p.parquet", CLASSES, [])
    assert not is_features_file(tmp_path / "p.parquet")
    with replacing(tmp_path / "f.parquet") as file:
        parquet.write_table(arrow.table({"path": []}).replace_schema_metadata({b"headway": b"{}"}), file)
    with pytest.raises(OutputError, match="did not write"):
        check_predictions_target(tmp_path / "f.parquet")


def test_names_that_are_not_text_are_written(tmp_path: Path) -> None:
    for ending in ("csv", "parquet"):
        _write(tmp_path / f"p.{ending}", CLASSES, [_row("bad \udcff byte.png", CLASSES, 0)])
        assert b"bad \\udcff byte.png" in (tmp_path / f"p.{ending}").read_bytes()


def test_a_row_is_the_same_again_after_json() -> None:
    for row in _rows(CLASSES):
        line = PredictionLine(**vars(row))
        assert parse(PredictionLine, plain(line)) == line
