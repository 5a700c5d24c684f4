"""Features as a file: written whole, read back, open to others."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from headway.dataset import Dataset, read
from headway.embedding import FeatureTable, embed, is_features_file, parquet, read_parquet, write_parquet
from headway.errors import DataError, MissingExtraError, OutputError, StoreError
from headway.store import Store
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
def table(dataset: Dataset, tmp_path: Path):
    with Store(tmp_path / "store") as store:
        yield embed(dataset, TINY, resize="crop", precision="fp32", store=store)


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
    with Store(tmp_path / "store") as store:
        write_parquet(path, dataset, embed(dataset, TINY, resize="squash", store=store))
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
    monkeypatch.setattr(parquet, "FORMAT", 2)
    write_parquet(tmp_path / "features.parquet", dataset, table)
    monkeypatch.undo()
    with pytest.raises(DataError, match="newer Headway"):
        read_parquet(tmp_path / "features.parquet")


def test_a_place_that_cannot_be_written(dataset: Dataset, table: FeatureTable, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        write_parquet(tmp_path / "none" / "features.parquet", dataset, table)


def test_it_appears_whole_or_not_at_all(
    dataset: Dataset, table: FeatureTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "_ROWS", 10)
    path = tmp_path / "out" / "features.parquet"
    path.parent.mkdir()
    path.write_text("what was there before")
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
    assert path.read_text() == "what was there before"


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
