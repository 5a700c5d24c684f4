import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from headway.cli.main import run
from headway.dataset import check_trainable, read
from headway.dataset.problems import are_measured
from headway.embedding.parquet import read_parquet
from headway.errors import DataError

PIXELS = np.zeros((8, 8, 3), np.uint8)


@pytest.mark.parametrize(
    ("labels", "measured"),
    [
        ([f"{n}.5" for n in range(21)], True),
        ([f"{n},5" for n in range(21)], True),
        ([f"{n}.5" for n in range(20)], False),  # grades
        ([f"-{n}" for n in range(21)], True),  # degrees
        ([str(n) for n in range(21)] * 5, False),  # numbers of classes
        ([f"{n}.5.1" for n in range(21)], False),  # versions
    ],
)
def test_numbers_that_were_measured_are_told_from_classes(labels: list[str], measured: bool) -> None:
    assert are_measured(dict.fromkeys(labels, labels.count(labels[0]))) is measured


def test_they_are_named_as_a_regression_problem() -> None:
    labels = [f"{n}.25" for n in range(40)] * 3
    with pytest.raises(DataError, match=r"these are 40 numbers, '0.25', .* regression problem, .*`headway embed`"):
        check_trainable(read([PIXELS] * len(labels), labels))


def test_read_says_so_before_anything_is_computed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = ["path,price"]
    for n in range(24):
        Image.fromarray(PIXELS).save(tmp_path / f"{n}.png")
        rows.append(f"{n}.png,{n}.125")
    (tmp_path / "table.csv").write_text("\n".join(rows))
    given = ["read", str(tmp_path / "table.csv"), "--label-column", "price"]
    assert run(given) == 0
    said = (
        "Warning: labels must be classes, and these are 24 numbers, '0.125', '1.125', '2.125' and 21 more: to predict"
    )
    assert said in capsys.readouterr().out
    assert run([*given, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["measured"] is True


@pytest.mark.parametrize("header", ["label", "size"])
def test_a_column_of_such_numbers_is_named_as_one(tmp_path: Path, header: str) -> None:
    rows = [f"path,{header}"]
    for n in range(12):
        Image.fromarray(PIXELS).save(tmp_path / f"{'abcdefghijkl'[n]}.png")
        rows.append(f"{'abcdefghijkl'[n]}.png,{n}.125")
    (tmp_path / "table.csv").write_text("\n".join(rows))
    with pytest.raises(DataError, match="regression problem"):
        read(tmp_path / "table.csv")


def test_pictures_without_labels_are_a_problem_for_clustering(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in "abcdef":
        Image.fromarray(np.random.default_rng(ord(name)).integers(0, 256, (8, 8, 3), np.uint8)).save(
            photos / f"{name}.png"
        )
    with pytest.raises(
        DataError, match=r"no labels found .* clustering: `headway embed \S+ -o features.parquet` .* --map tsne"
    ):
        read(photos)
    file = tmp_path / "features.parquet"
    assert run(["embed", str(photos), "--backbone", "tiny", "-o", str(file)]) == 0
    assert "6 pictures, no labels" in capsys.readouterr().out
    dataset, table = read_parquet(file)
    assert dataset.labels.tolist() == [-1] * 6
    assert len(table) == 6
