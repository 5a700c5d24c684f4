"""Parquet files as columns of values; `test_table.py` reads damaged ones."""

import pytest

from headway import read
from headway.dataset.tables.formats import open_table
from headway.errors import DataError

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def test_of_pictures_in_a_table_one_tells_what_all_are(tmp_path):
    path = str(tmp_path / "t.parquet")
    pq.write_table(pa.table({"image": [b"x" * 1000] * 3, "label": ["a", "b", "a"], "object": [{"a": 1}] * 3}), path)
    table = open_table(path)
    assert table.sample() == [[b"x" * 1000] * 3, ["a", "b", "a"], [{"a": 1}] * 3]
    dataset = read(path)
    assert dataset.pictures == [b"x" * 1000] * 3
    assert dataset.counts() == {"a": 2, "b": 1}
    with pytest.raises(DataError, match="include and exclude go with paths, and column 'image' holds pictures"):
        read(path, include=["*"])


def test_no_rows_and_columns_of_one_name(tmp_path):
    path = str(tmp_path / "t.parquet")
    pq.write_table(pa.table({"image": pa.array([], pa.binary()), "label": pa.array([], pa.string())}), path)
    with pytest.raises(DataError, match="a header and no rows"):
        read(path)
    pq.write_table(pa.Table.from_arrays([pa.array(["a"])] * 3, names=["path", "label", "path"]), path)
    with pytest.raises(DataError, match="2 columns called 'path'"):
        read(path)
