"""Features to a file: which of them, and in which format."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from headway.dataset import read
from headway.embedding import (
    FeatureTable,
    arrays,
    check_features_target,
    embed,
    outputs_to_write,
    write_features,
)
from headway.embedding.opening import open_features
from headway.errors import OutputError, UnknownNameError
from headway.recipe import Recipe
from headway.session import Session
from headway.testing import TINY


@pytest.fixture
def table(pictures: Path, tmp_path: Path) -> FeatureTable:
    return embed(pictures, TINY, precision="fp32", cache=tmp_path / "store")


def test_one_array_with_tables_beside_it(
    pictures: Path, table: FeatureTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrays, "_AT_ONCE", 10 * 4 * 64)  # several pieces
    dataset = read(pictures)
    files = write_features(tmp_path / "f.npy", dataset, table)
    assert files == [tmp_path / name for name in ("f.npy", "f.csv", "f.json")]
    found = np.load(tmp_path / "f.npy", mmap_mode="r")
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, table.read())
    with (tmp_path / "f.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["path"] for row in rows] == list(map(str, dataset.pictures))
    assert [row["label"] for row in rows] == [dataset.classes[label] for label in dataset.labels]
    assert [row["sha256"] for row in rows] == [digest.hex() for digest in table.hashes]
    assert {row["split"] + row["group"] + row["copy"] for row in rows} == {""}
    about = json.loads((tmp_path / "f.json").read_text(encoding="utf-8"))
    assert about["backbone"] == "tiny" and about["outputs"] == table.dims and about["input_size"] == 32


def test_an_array_for_each_feature(pictures: Path, table: FeatureTable, tmp_path: Path) -> None:
    dataset = read(pictures)
    given = type(dataset)(
        dataset.pictures,
        np.where(np.arange(36) == 3, -1, dataset.labels),
        dataset.classes,
        given=np.arange(36, dtype=np.int8) % 3,
        groups=np.arange(36) // 2,
    )
    write_features(tmp_path / "f.npz", given, table)
    with np.load(tmp_path / "f.npz") as found:
        assert set(found) == set(table.dims)
        for name in found:
            np.testing.assert_array_equal(found[name], table.read(names=[name]))
    before = (tmp_path / "f.npz").read_bytes()
    write_features(tmp_path / "f.npz", given, table)
    assert (tmp_path / "f.npz").read_bytes() == before
    with (tmp_path / "f.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[3]["label"] == "" and rows[5]["split"] == "test" and rows[5]["group"] == "2"


def test_files_of_others_are_not_replaced(pictures: Path, table: FeatureTable, tmp_path: Path) -> None:
    dataset = read(pictures)
    for name in ("f.npy", "f.csv", "f.json"):
        (tmp_path / name).write_text("years of work")
        for use in (check_features_target, lambda path: write_features(path, dataset, table)):
            with pytest.raises(OutputError, match=f"{name} cannot be written: it is a file that Headway did not write"):
                use(tmp_path / "f.npy")
        assert (tmp_path / name).read_text() == "years of work"
        (tmp_path / name).unlink()
    with pytest.raises(OutputError, match="there is no folder"):
        check_features_target(tmp_path / "none" / "f.npz")
    with pytest.raises(OutputError, match=r"must end in \.parquet, \.npy, \.npz, not as features\.csv does"):
        check_features_target(tmp_path / "features.csv")


def test_names_that_are_not_text_are_written(pictures: Path, tmp_path: Path) -> None:
    odd = b"\xff.png".decode("utf-8", "surrogateescape")
    (pictures / "red" / "00.png").rename(pictures / "red" / odd)
    dataset = read(pictures)
    write_features(tmp_path / "f.npy", dataset, embed(dataset, TINY, cache=tmp_path / "store"))
    assert "\\udcff.png" in (tmp_path / "f.csv").read_text(encoding="utf-8")


def test_the_features_that_are_named_are_written(pictures: Path, tmp_path: Path) -> None:
    from headway.embedding import rows_to_write

    for name, outputs in {
        "last": ("head.mean",),
        "auto": TINY.depths,
        "block1": ("block1.mean", "block1.std"),
        "all": ("block1.mean", "block1.std", "head.mean", "head.std", "logits"),
    }.items():
        recipe = Recipe(backbone="tiny", features=name, precision="fp32")
        with Session.open(tmp_path / "store") as session:
            opened = open_features(
                session,
                read(pictures),
                recipe,
                outputs=lambda info, name=name: info.outputs_to_store(outputs_to_write(info, name)),
            )
            _, table = rows_to_write(session, opened, recipe)
            assert tuple(table.dims) == outputs
            assert table.read([4, 2]).tobytes() == opened.table.read([4, 2], outputs).tobytes()
            np.testing.assert_array_equal(table.read(names=outputs[::-1]), opened.table.read(names=outputs[::-1]))
            assert table.only(outputs) is table
    with pytest.raises(UnknownNameError) as caught:
        outputs_to_write(TINY, "blok1")
    assert caught.value.field == "features"
