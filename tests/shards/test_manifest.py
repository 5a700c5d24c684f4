"""The manifest: what it says, and what is refused of one that is not trusted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.errors import DataError
from headway.shards.manifest import (
    NAME,
    SCHEMA,
    Manifest,
    ShardEntry,
    encode_manifest,
    features_file,
    is_feature_dataset,
    is_shard_file,
    read_manifest,
)

KEYS = ("a" * 64, "b" * 64)


def manifest(*shards: ShardEntry) -> Manifest:
    entries = shards or tuple(ShardEntry(features_file(key), key, 3, 1, 5, {"cat": 2}) for key in KEYS)
    return Manifest(SCHEMA, {"backbone": "tiny", "bands": []}, ("cat", "dog"), {"head.mean": 32}, "folder: 8", entries)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for key in KEYS:
        (tmp_path / features_file(key)).write_bytes(b"12345")
    (tmp_path / NAME).write_bytes(encode_manifest(manifest()))
    return tmp_path


def test_it_comes_back(folder: Path) -> None:
    assert is_feature_dataset(folder) and is_feature_dataset(str(folder))
    found = read_manifest(folder)
    assert found == manifest()
    assert (found.rows, found.unreadable) == (6, 2)


def test_other_places_are_none(tmp_path: Path) -> None:
    assert not is_feature_dataset(tmp_path) and not is_feature_dataset(7) and not is_feature_dataset("a\0b")
    (tmp_path / NAME).write_text("{}")
    assert not is_feature_dataset(tmp_path)
    with pytest.raises(DataError, match="manifest.json is not Headway's: give a new or an empty folder"):
        read_manifest(tmp_path)
    with pytest.raises(DataError, match="is no feature data set: it has no manifest.json; `headway embed DATA -o"):
        read_manifest(tmp_path / "none")


def test_a_missing_or_a_changed_file_is_said(folder: Path) -> None:
    file = folder / features_file(KEYS[1])
    file.write_bytes(b"123456")
    with pytest.raises(DataError, match=f"not whole: {file.name} has 6 bytes instead of 5; run `headway embed` again"):
        read_manifest(folder)
    file.unlink()
    with pytest.raises(DataError, match=f"not whole: {file.name} is missing; run `headway embed` again"):
        read_manifest(folder)


def _set(*path: Any) -> Callable[[Any], None]:
    *way, last, value = path

    def change(values: Any) -> None:
        for step in way:
            values = values[step]
        values[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_set("schema", 99), "was written by a newer Headway .schema 99.: update Headway"),
        (_set("schema", 0), "its schema is 0"),
        (_set("schema", "1"), "Expected `int`, got `str`"),
        (_set("shards", 0, "file", "../secret"), "a shard must be named by its key, and one is '../secret'"),
        (_set("shards", 0, "key", "c" * 64), "a shard must be named by its key"),
        (_set("shards", 0, "rows", -1), "has a count below 0"),
        (_set("shards", 0, "labels", {"cat": 9}), "has more labels than rows"),
        (_set("shards", 0, "labels", {"cow": 1}), "has a label that is none of its classes"),
        (_set("shards", 0, "labels", {"cat": -1}), "has a count below 0"),
        (_set("classes", ["cat", "cat"]), "it names a class twice"),
        (_set("dims", {}), "its features must have lengths above 0"),
        (_set("dims", {"x": 0}), "its features must have lengths above 0"),
    ],
)
def test_damage_is_one_line(folder: Path, change: Callable[[Any], None], reason: str) -> None:
    values = json.loads((folder / NAME).read_text())
    change(values)
    (folder / NAME).write_text(json.dumps(values))
    with pytest.raises(DataError, match=reason) as raised:
        read_manifest(folder)
    assert "\n" not in str(raised.value)


def test_a_shard_is_named_once(folder: Path) -> None:
    entry = manifest().shards[0]
    (folder / NAME).write_bytes(encode_manifest(manifest(entry, entry)))
    with pytest.raises(DataError, match="it names a shard twice"):
        read_manifest(folder)


@given(content=st.binary(max_size=60), at=st.integers(0, 400), length=st.integers(0, 40))
def test_any_damage_is_a_data_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, at: int, length: int
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    whole = encode_manifest(manifest())
    (folder / NAME).write_bytes(whole[:at] + content + whole[at + length :])
    with pytest.raises(DataError) as raised:
        read_manifest(folder)  # whose files are missing in any case
    assert "\n" not in str(raised.value)


def test_names_of_files() -> None:
    assert is_shard_file(f"unreadable-{KEYS[0]}.parquet")
    assert not is_shard_file("manifest.json") and not is_shard_file(f"x/features-{KEYS[0]}.parquet")
