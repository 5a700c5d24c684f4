"""A feature data set read again: in memory and from its files, and what is refused of one that is not whole."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headway.dataset import Dataset
from headway.embedding import parquet
from headway.errors import DataError
from headway.shards import read_feature_dataset, reading
from headway.shards.manifest import NAME
from tests.shards.drawn import features, write

BOTH = ("block1.mean", "head.mean")


@pytest.fixture(params=["in memory", "from its files"])
def bound(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "from its files":
        monkeypatch.setattr(reading, "memory_bound", lambda: 0)
    monkeypatch.setattr(parquet, "_ROWS", 40)  # several row groups
    return str(request.param)


def test_it_comes_back(tmp_path: Path, bound: str) -> None:
    dataset, table = features(names=BOTH)
    dataset = replace(dataset, groups=np.arange(400) // 2, given=(np.arange(400) % 3).astype("int8"))
    again, known = read_feature_dataset(write(tmp_path / "out", dataset, table))
    assert known.streams == (bound == "from its files")
    assert list(again.pictures) == list(dataset.pictures)
    assert again.classes == dataset.classes
    for name in ("labels", "given", "groups"):
        np.testing.assert_array_equal(getattr(again, name), getattr(dataset, name))
    assert list(known.hashes) == list(table.hashes)
    np.testing.assert_array_equal(known.read(), table.read())
    some = np.array([399, 0, 150, 149, 77, 0])
    for names in (["head.mean"], ["head.mean", "block1.mean"], None):
        np.testing.assert_array_equal(known.read(some, names), table.read(some, names))
    assert known.read([]).shape == (0, 48)
    np.testing.assert_array_equal(
        np.concatenate(list(known.chunks(70, ["head.mean"]))), table.read(names=["head.mean"])
    )


def test_labels_and_splits_that_some_lack_are_as_in_a_file(tmp_path: Path) -> None:
    dataset, table = features()
    dataset = replace(dataset, labels=np.where(np.arange(400) == 200, -1, dataset.labels))
    again, _ = read_feature_dataset(write(tmp_path / "out", dataset, table))
    np.testing.assert_array_equal(again.labels, dataset.labels)
    assert again.given is None


def _damage(folder: Path, what: str) -> None:
    first, second, *_ = sorted(folder.glob("features-*"))
    manifest = json.loads((folder / NAME).read_text())
    if what == "missing":
        first.unlink()
    elif what == "cut short":
        first.write_bytes(first.read_bytes()[:-50])
    elif what == "damaged":
        content = bytearray(first.read_bytes())
        content[200:400] = bytes(200)
        first.write_bytes(content)
    elif what == "exchanged":
        entries = {entry["file"]: entry for entry in manifest["shards"]}
        first.write_bytes(second.read_bytes())
        entries[first.name]["bytes"] = first.stat().st_size
        entries[first.name]["rows"] -= 1
        entries[first.name]["labels"] = {}
    elif what == "another network":
        manifest["about"]["backbone_sha256"] = "0" * 64
    elif what == "other features":
        manifest["dims"] = {"block1.mean": 16}
    elif what == "fewer classes":
        manifest["classes"] = manifest["classes"][:2]
        for entry in manifest["shards"]:
            entry["labels"] = {}
    elif what == "empty":
        manifest["shards"] = []
    (folder / NAME).write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("missing", "not whole: .* is missing; run `headway embed` again"),
        ("cut short", "not whole: .* bytes instead of .*; run `headway embed` again"),
        ("damaged", "a file of features must be one that `headway embed` wrote"),
        ("exchanged", "the manifest says"),
        ("another network", "must all be of one kind, and .* has backbone_sha256"),
        ("other features", "must be block1.mean, and .* has head.mean"),
        ("fewer classes", "it has rows of 'class 2'"),
        ("empty", "has no pictures that could be read"),
    ],
)
def test_one_clear_line(tmp_path: Path, what: str, says: str) -> None:
    folder = write(tmp_path / "out", *features())
    _damage(folder, what)
    with pytest.raises(DataError, match=says) as caught:
        _, table = read_feature_dataset(folder)
        table.read()
    assert "\n" not in str(caught.value)


def test_damage_that_the_size_does_not_show_has_a_way_out(tmp_path: Path) -> None:
    folder = write(tmp_path / "out", *features())
    first = min(folder.glob("features-*"))
    content = bytearray(first.read_bytes())
    content[600:700] = b"\xff" * 100
    first.write_bytes(content)
    with pytest.raises(DataError, match=f"{first.name}: .*; delete that file, and run `headway embed` again"):
        read_feature_dataset(folder)


def test_numbers_that_are_none_are_refused_when_they_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "memory_bound", lambda: 0)
    dataset, table = features()
    values = table.read()
    values[300, 5] = np.nan
    broken = replace(table, fetch=lambda rows, columns: values[rows][:, columns])
    _, known = read_feature_dataset(write(tmp_path / "out", dataset, broken))
    known.read([0])
    with pytest.raises(DataError, match="features must be finite"):
        known.read([301])


def test_a_piece_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "out", *features())
    monkeypatch.setattr(reading, "_MOST_PIECE", 1 << 12)
    with pytest.raises(DataError, match="a piece of it unfolds into more than"):
        read_feature_dataset(folder)


def test_groups_in_some_files_only_are_refused(tmp_path: Path) -> None:
    dataset, table = features()
    folder, other = (
        write(tmp_path / name, replace(dataset, groups=groups), table)
        for name, groups in (("out", None), ("other", np.arange(400)))
    )
    manifest = json.loads((folder / NAME).read_text())
    entry = manifest["shards"][0]
    (folder / entry["file"]).write_bytes((other / entry["file"]).read_bytes())
    entry["bytes"] = (folder / entry["file"]).stat().st_size
    (folder / NAME).write_text(json.dumps(manifest))
    with pytest.raises(DataError, match="groups in some of its files only"):
        read_feature_dataset(folder)


def test_a_machine_has_a_bound() -> None:
    assert 0 < reading.memory_bound() <= 4 << 30


def test_the_data_set_says_where_it_is_from(tmp_path: Path) -> None:
    found: Dataset = read_feature_dataset(write(tmp_path / "out", *features()))[0]
    assert (found.source.layout, found.source.pictures, found.source.backbone) == ("features", 400, "tiny")
