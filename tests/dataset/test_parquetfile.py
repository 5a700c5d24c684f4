"""Parquet files in which little stands for much, and honest ones of the same kind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from headway.dataset import parquetfile
from headway.dataset.tables.formats import open_table
from headway.errors import DataError

arrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


def repeated(value: str, count: int) -> object:
    return arrow.array([value]).take(arrow.array(np.zeros(count, np.int64)))


def write(file: Path, **columns: object) -> Path:
    parquet.write_table(arrow.table(columns), file)
    return file


def test_a_row_that_is_repeated_for_ever_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "t.parquet", path=repeated("a.png", 2_000_000), label=repeated("cat", 2_000_000))
    assert path.stat().st_size < 20_000
    with pytest.raises(DataError, match="holds 2,000,000 rows in .* bytes: it repeats a few of them"):
        open_table(str(path)).fetch(["path", "label"])


def test_a_long_text_that_is_repeated_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "t.parquet", path=repeated("x" * 200_000, 2_000), label=repeated("cat", 2_000))
    with pytest.raises(DataError, match=r"unfolds into 400,000,000 bytes from .*: it repeats a few of them"):
        open_table(str(path)).fetch(["path"])
    assert open_table(str(path)).fetch(["label"])[0] == [["cat"] * 2_000]


def test_what_says_that_it_unfolds_into_much_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquetfile, "MOST_BYTES", 1_000)
    path = tmp_path / "t.parquet"
    table = arrow.table({"path": ["x" * 10_000_000]})
    parquet.write_table(table, path, compression="zstd", use_dictionary=False, write_statistics=False)
    monkeypatch.setattr(parquet, "ParquetFile", None)
    with pytest.raises(DataError, match=r"unfolds into 10,000,\d+ bytes"):
        open_table(str(path)).fetch(["path"])


def test_too_many_pieces_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquetfile, "MOST_PIECES", 2)
    table = arrow.table({"path": ["a", "b", "c"]})
    parquet.write_table(table, tmp_path / "t.parquet", row_group_size=1)
    with pytest.raises(DataError, match="it is in 3 pieces, of at most 2"):
        open_table(str(tmp_path / "t.parquet")).fetch(["path"])


def test_a_schema_that_its_columns_contradict(tmp_path: Path) -> None:
    """In another process, because pyarrow can end that in which it is asked."""
    path = write(tmp_path / "t.parquet", path=["a.png", "b.png"], label=["cat", "dog"])
    optional, required = (b"\x25" + repetition + b"\x18\x04path" for repetition in (b"\x02", b"\x00"))
    assert path.read_bytes().count(optional) == 1
    path.write_bytes(path.read_bytes().replace(optional, required))
    command = [sys.executable, "-m", "headway", "read", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "is a damaged Parquet file: " in done.stderr and done.stderr.count("\n") == 1


def test_values_come_as_they_are(tmp_path: Path) -> None:
    columns = {"path": ["a", None, "a", "ü"], "label": [1.5, None, 2, 3], "more": [b"\xff", b"", None, b"x"]}
    parquet.write_table(arrow.table(columns), tmp_path / "t.parquet", row_group_size=3)
    found, where = open_table(str(tmp_path / "t.parquet")).fetch(list(columns))
    assert found == list(columns.values())
    assert found[0][0] is found[0][2]
    assert where(3) == "row 3"
