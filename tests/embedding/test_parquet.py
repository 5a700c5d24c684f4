"""Features as a file: written whole, read back, open to others."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from headway.dataset import Dataset, read
from headway.embedding import (
    FeatureTable,
    check_features_target,
    described,
    embed,
    is_features_file,
    parquet,
    read_parquet,
    write_parquet,
)
from headway.errors import DataError, MissingExtraError, OutputError, StoreError
from headway.testing import TINY


@pytest.fixture
def dataset(pictures: Path) -> Dataset:
    found = read(pictures)
    (pictures / "green" / "01.png").write_bytes(b"")
    return Dataset(
        found.pictures,
        np.where(np.arange(36) == 30, -1, found.labels),
        found.classes,
        given=np.arange(36, dtype=np.int8) % 3,
        groups=np.arange(36) // 2,
    )


@pytest.fixture
def table(dataset: Dataset, tmp_path: Path) -> FeatureTable:
    return embed(dataset, TINY, resize="crop", precision="fp32", cache=tmp_path / "store")


def test_round_trip(dataset: Dataset, table: FeatureTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_ROWS", 10)  # several row groups
    path = tmp_path / "features.parquet"
    write_parquet(path, dataset, table)
    again, features = read_parquet(path)
    kept = dataset.subset(table.rows)
    assert list(again.pictures) == list(kept.pictures)
    assert again.classes == dataset.classes
    for name in ("labels", "given", "groups"):
        np.testing.assert_array_equal(getattr(again, name), getattr(kept, name))
        assert getattr(again, name).dtype == getattr(kept, name).dtype
    assert list(features.hashes) == list(table.hashes)
    assert features.dims == table.dims
    for name in ("backbone", "backbone_sha256", "resize", "precision"):
        assert getattr(features, name) == getattr(table, name)
    np.testing.assert_array_equal(features.read(), table.read())
    np.testing.assert_array_equal(features.read([3, 1], ["block1.std"]), table.read([3, 1], ["block1.std"]))
    np.testing.assert_array_equal(
        features.read(names=["head.mean", "block1.mean"]), table.read(names=["head.mean", "block1.mean"])
    )
    assert pyarrow.parquet.ParquetFile(path).num_row_groups == 4


def test_others_can_read_it(dataset: Dataset, table: FeatureTable, tmp_path: Path) -> None:
    path = tmp_path / "features.parquet"
    write_parquet(path, dataset, table)
    content = pyarrow.parquet.read_table(path)
    assert content.column_names == ["path", "label", "split", "group", "sha256", *TINY.depths]
    assert str(content.schema.field("head.mean").type).startswith("fixed_size_list") and content.num_rows == 35
    assert content["label"].to_pylist().count(None) == 1
    assert set(content["split"].to_pylist()) == {"train", "validation", "test"}
    about = json.loads(content.schema.metadata[b"headway"])
    assert about["backbone"] == "tiny" and about["resize"] == "crop" and about["classes"] == ["blue", "green", "red"]
    assert path.stat().st_mode & 0o077 == 0o044
    assert [one.name for one in tmp_path.glob("*.parquet*")] == ["features.parquet"]


def test_without_splits_groups_and_names_that_are_text(pictures: Path, tmp_path: Path) -> None:
    path = tmp_path / "features.parquet"
    odd = b"\xff.png".decode("utf-8", "surrogateescape")
    (pictures / "red" / "00.png").rename(pictures / "red" / odd)
    dataset = Dataset([str(pictures / "red" / odd), np.zeros((9, 9), np.uint8)], np.zeros(2, np.int64), ("a",))
    write_parquet(path, dataset, embed(dataset, TINY, cache=tmp_path / "store"))
    again, _ = read_parquet(path)
    assert again.given is None and again.groups is None
    assert str(again.pictures[0]).endswith("\\udcff.png") and again.pictures[1] == "picture 1"


def test_which_files_are_of_this_kind(dataset: Dataset, table: FeatureTable, tmp_path: Path) -> None:
    write_parquet(tmp_path / "ours", dataset, table)
    pyarrow.parquet.write_table(pyarrow.table({"path": ["a"]}), tmp_path / "theirs.parquet")
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "ours").read_bytes()[:5000])
    (tmp_path / "text.parquet").write_text("text")
    assert is_features_file(tmp_path / "ours")
    for name in ("theirs.parquet", "cut.parquet", "text.parquet", "missing.parquet", "."):
        assert not is_features_file(tmp_path / name)
        with pytest.raises(DataError, match="a file of features must be one that `headway embed` wrote"):
            read_parquet(tmp_path / name)


def test_a_newer_format(dataset: Dataset, table: FeatureTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(described, "FORMAT", 2)
    write_parquet(tmp_path / "features.parquet", dataset, table)
    monkeypatch.undo()
    with pytest.raises(DataError, match="newer Headway"):
        read_parquet(tmp_path / "features.parquet")


def test_a_place_that_cannot_be_written(dataset: Dataset, table: FeatureTable, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        write_parquet(tmp_path / "none" / "features.parquet", dataset, table)


def test_what_is_no_features_file_is_not_overwritten(dataset: Dataset, table: FeatureTable, tmp_path: Path) -> None:
    precious = tmp_path / "labels.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"path": ["a"], "label": ["b"]}), precious)
    (tmp_path / "notes.parquet").write_text("years of work")
    (tmp_path / "folder.parquet").mkdir()
    os.mkfifo(tmp_path / "pipe.parquet")
    (tmp_path / "link.parquet").symlink_to("labels.parquet")
    (tmp_path / "loop.parquet").symlink_to("loop.parquet")
    before = precious.read_bytes()
    for name in ("labels", "notes", "folder", "pipe", "link", "loop", "x" * 300, "no/x", "nul\0"):
        for use in (check_features_target, lambda path: write_parquet(path, dataset, table)):
            with pytest.raises(OutputError, match="not overwritten|cannot be written"):
                use(tmp_path / f"{name}.parquet")
    with pytest.raises(OutputError, match="a pipe or a device"):
        write_parquet(Path(os.devnull), dataset, table)
    assert precious.read_bytes() == before and (tmp_path / "notes.parquet").read_text() == "years of work"


def test_older_features_are_replaced_also_behind_a_link(dataset: Dataset, table: FeatureTable, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "link.parquet"
    link.symlink_to("elsewhere/real.parquet")
    for _ in range(2):
        check_features_target(link)
        write_parquet(link, dataset, table)
        assert link.is_symlink() and is_features_file(tmp_path / "elsewhere" / "real.parquet")
    (tmp_path / "empty.parquet").touch()
    check_features_target(tmp_path / "empty.parquet")


def vectors(values: np.ndarray) -> pyarrow.Array:
    return pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(values.reshape(-1)), values.shape[1])


FEATURES = np.zeros((35, 32), np.float32)
WRONG_COLUMNS = [
    ("head.mean", vectors(FEATURES[:, :7]), r"'head.mean' must be of type .*\[32\], not .*\[7\]"),
    ("head.mean", vectors(FEATURES.astype(str)), "'head.mean' must be of type .*float.*, not .*string"),
    (
        "head.mean",
        vectors(FEATURES + np.nan),
        "features must be finite numbers below 1e\\+15, and row 0 has others in column head.mean of .*edit",
    ),
    ("head.mean", vectors(FEATURES - np.inf), "features must be finite"),
    ("head.mean", vectors(FEATURES - np.float32(3e38)), "features must be finite"),
    ("head.mean", pyarrow.array([None] * 35, pyarrow.list_(pyarrow.float32(), 32)), "empty rows"),
    ("sha256", pyarrow.array([b"short"] * 35), "'sha256' must be of type"),
    ("sha256", pyarrow.array([None] * 35, pyarrow.binary(32)), "'sha256' is empty in 35 rows"),
    ("path", pyarrow.array([None] * 35, pyarrow.string()), "'path' is empty"),
    ("path", pyarrow.array(range(35)), "'path' must be of type string"),
    ("label", pyarrow.array(["cat"] * 35), "rows of 'cat', which must be one of 'blue', 'green', 'red'"),
    ("split", pyarrow.array(["odd"] * 35), "rows of 'odd'"),
]


@pytest.mark.parametrize(("name", "column", "message"), WRONG_COLUMNS)
def test_wrong_columns(
    dataset: Dataset, table: FeatureTable, tmp_path: Path, name: str, column: pyarrow.Array, message: str
) -> None:
    path = tmp_path / "edit.parquet"
    write_parquet(path, dataset, table)
    content = pyarrow.parquet.read_table(path)
    pyarrow.parquet.write_table(content.set_column(content.schema.get_field_index(name), name, column), path)
    with pytest.raises(DataError, match=message) as caught:
        read_parquet(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"backbone": 5}, "its backbone must be a name"),
        ({"backbone": ["tiny"]}, "its backbone must be a name"),
        ({"backbone": "resnet"}, "not known here: no backbone is called 'resnet'"),
        ({"backbone_sha256": "0"}, "another version of tiny"),
        ({"resize": ["crop"]}, "its resize is"),
        ({"bands": [1, 2]}, "its bands must be one whole number or three"),
        ({"value_range": [9, 1]}, "its range of values must be two numbers, the lower first"),
        ({"value_range": [0, 10**400]}, "its range of values must be"),
        ({"value_range": "12"}, "its range of values must be"),
        ({"bands": 4}, "its bands must be"),
        ({"input_size": -1}, "its input_size must be a whole number from 0 to 2,048"),
        ({"input_size": 32.0}, "its input_size must be"),
        ({"bands": [True]}, "its bands must be"),
        ({"precision": "int8"}, "its precision is 'int8'"),
        ({"format": "1"}, "incomplete"),
        ({"classes": 5}, "list of names"),
        ({"classes": [1, 2, 3]}, "list of names"),
        ({"classes": ["blue", "green", "red", "red"]}, "several are 'red'"),
        ({"classes": ["blue", "green", "red", ""]}, "one is ''"),
        (b"[" * 100_000, "recursion"),
        (b"5", "incomplete"),
        (b"\xff", "utf-8"),
    ],
)
def test_wrong_metadata(
    dataset: Dataset, table: FeatureTable, tmp_path: Path, change: dict | bytes, message: str
) -> None:
    path = tmp_path / "edit.parquet"
    write_parquet(path, dataset, table)
    content = pyarrow.parquet.read_table(path)
    about = json.loads(content.schema.metadata[b"headway"])
    raw = change if isinstance(change, bytes) else json.dumps(about | change).encode()
    pyarrow.parquet.write_table(content.replace_schema_metadata({b"headway": raw}), path)
    with pytest.raises(DataError, match=message) as caught:
        read_parquet(path)
    assert "\n" not in str(caught.value)


def test_more_features_than_fit_are_refused_before_they_are_read(
    dataset: Dataset, table: FeatureTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "features.parquet"
    write_parquet(path, dataset, table)
    monkeypatch.setattr(described, "MAX_BYTES", 35 * 64 * 4 - 1)
    monkeypatch.setattr(parquet, "_vectors", None)
    with pytest.raises(DataError, match="GiB of features, of at most"):
        read_parquet(path)


def test_a_flipped_bit_is_found(dataset: Dataset, table: FeatureTable, tmp_path: Path) -> None:
    path = tmp_path / "features.parquet"
    write_parquet(path, dataset, table)
    content = bytearray(path.read_bytes())
    group = pyarrow.parquet.read_metadata(path).row_group(0)
    column = group.column(group.num_columns - 1)
    content[column.data_page_offset + column.total_compressed_size // 2] ^= 16
    path.write_bytes(content)
    with pytest.raises(DataError, match="must be one that `headway embed` wrote"):
        read_parquet(path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.parquet")
    assert not is_features_file(tmp_path / "pipe.parquet")
    with pytest.raises(DataError, match="a pipe or a device"):
        read_parquet(tmp_path / "pipe.parquet")


def test_it_appears_whole_or_not_at_all(
    dataset: Dataset, table: FeatureTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "_ROWS", 10)
    path = tmp_path / "out" / "features.parquet"
    path.parent.mkdir()
    write_parquet(path, dataset, table)
    before = path.read_bytes()
    calls: list[int] = []

    def failing(*_: object) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise StoreError("gone")
        return batch(*_)

    batch = parquet._batch
    monkeypatch.setattr(parquet, "_batch", failing)
    with pytest.raises(StoreError):
        write_parquet(path, dataset, table)
    assert [one.name for one in path.parent.iterdir()] == ["features.parquet"]
    assert path.read_bytes() == before


def test_without_pyarrow(
    dataset: Dataset, table: FeatureTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_parquet(tmp_path / "features.parquet", dataset, table)
    import sys

    for name in ("pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    for use in (
        lambda: write_parquet(tmp_path / "b", dataset, table),
        lambda: read_parquet(tmp_path / "features.parquet"),
    ):
        with pytest.raises(MissingExtraError, match=r"headway\[parquet\]"):
            use()
    assert not is_features_file(Path(next(iter(map(str, dataset.pictures)))))
