"""Arrays of features, read again: as they were written, and nothing else is believed."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headway.dataset import Dataset, read
from headway.embedding import FeatureTable, embed, is_features_file, mapped, read_features, write_features
from headway.errors import DataError
from headway.fitting.run import fit_recipe
from headway.recipe import Recipe
from headway.session import Session
from headway.testing import TINY


@pytest.fixture
def dataset(pictures: Path) -> Dataset:
    found = read(pictures)
    given_split = np.where(np.arange(36) % 4 == 3, 2, 0).astype(np.int8)
    copies = ((np.arange(36) % 4) == 1).astype(np.int8)
    names = ("=blue", *found.classes[1:])
    pictures = [found.pictures[row - copy] for row, copy in enumerate(copies.tolist())]
    return Dataset(pictures, found.labels, names, given=given_split, groups=np.arange(36) // 2, copies=copies)


@pytest.fixture
def table(dataset: Dataset, tmp_path: Path) -> FeatureTable:
    return embed(dataset, TINY, precision="fp32", resize="crop", cache=tmp_path / "store")


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_round_trip(
    dataset: Dataset, table: FeatureTable, tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapped, "_CHECKED", 4 * 32 * 10)
    path = tmp_path / f"f{suffix}"
    write_features(path, dataset, table)
    assert is_features_file(path) and is_features_file(str(path))
    again, features = read_features(path)
    assert list(again.pictures) == list(dataset.pictures) and again.classes == dataset.classes
    for name in ("labels", "given", "groups", "copies"):
        np.testing.assert_array_equal(getattr(again, name), getattr(dataset, name))
        assert getattr(again, name).dtype == getattr(dataset, name).dtype
    assert list(features.hashes) == list(table.hashes) and features.dims == table.dims
    for name in ("backbone", "backbone_sha256", "resize", "precision", "input_size", "reading"):
        assert getattr(features, name) == getattr(table, name)
    np.testing.assert_array_equal(features.read(), table.read())
    np.testing.assert_array_equal(features.read([5, 1], ["head.mean"]), table.read([5, 1], ["head.mean"]))
    assert again.source.copies == 9 and again.source.pictures == 27


def test_a_model_is_the_same_from_either_kind_of_file(pictures: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    dataset, logits = read(pictures), []
    table = embed(dataset, TINY, cache=tmp_path / "store")
    for suffix in (".npy", ".npz", ".parquet"):
        write_features(tmp_path / f"f{suffix}", dataset, table)
        with Session.open(tmp_path / "store") as session:
            logits.append(fit_recipe(session, tmp_path / f"f{suffix}", Recipe(head="logistic")).test_logits)
    assert logits[0].tobytes() == logits[1].tobytes() == logits[2].tobytes()


def test_other_arrays_are_no_features(tmp_path: Path) -> None:
    np.save(tmp_path / "f.npy", np.zeros(3))
    assert not is_features_file(tmp_path / "f.npy") and not is_features_file(tmp_path / "none.npz")
    (tmp_path / "f.json").write_text('{"headway": "model"}')
    assert not is_features_file(tmp_path / "f.npy") and not is_features_file(3)


def _json(change: dict[str, object]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        about = json.loads((folder / "f.json").read_text())
        (folder / "f.json").write_text(json.dumps(about | change))

    return spoil


def _csv(before: str, after: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        text = (folder / "f.csv").read_text()
        assert before in text
        (folder / "f.csv").write_text(text.replace(before, after, 1))

    return spoil


def _numbers(value: np.ndarray) -> Callable[[Path], None]:
    return lambda folder: np.save(folder / "f.npy", value)


def _header(text: bytes) -> Callable[[Path], None]:
    whole = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text
    return lambda folder: (folder / "f.npy").write_bytes(whole + bytes(4 * 36 * 64)) and None


WRONG: list[tuple[Callable[[Path], None], str]] = [
    (_json({"outputs": {"head.mean": 31}}), "its outputs must be features of tiny"),
    (_json({"outputs": {}}), "its outputs must be"),
    (_json({"outputs": [1]}), "its outputs must be"),
    (_json({"outputs": {"head.mean": [1]}}), "its outputs must be"),
    (_json({"outputs": {"head.mean": 32.0}}), r"and 32 columns, not float32 \(36, 64\)"),
    (_json({"backbone_sha256": "0"}), "another version of tiny"),
    (_json({"format": 9}), "newer Headway"),
    (_json({"classes": ["\ud800"]}), "f.json: 'utf-8' codec can't encode"),
    (_json({"classes": [str(number) for number in range(1001)]}), "it names 1,001 classes, and has 36 rows"),
    (lambda folder: (folder / "f.json").write_text('{"headway": "features"' + "[" * 100_000), "f.json"),
    (lambda folder: (folder / "f.json").write_text('{"headway": "features"}'), "its metadata are incomplete"),
    (lambda folder: (folder / "f.csv").unlink(), "f.csv"),
    (lambda folder: (folder / "f.csv").write_text(""), "f.csv"),
    (lambda folder: (folder / "f.csv").write_text("path,label,split,group,copy,sha256\n"), "0 rows"),
    (_csv("path,", "file,"), "its columns must be path, label, split, group, copy, sha256"),
    (_csv(",red,", ",ruby,"), "'ruby'"),
    (_csv(",test,", ",odd,"), "'odd'"),
    (_csv(",0,0,", ",0,999,"), "f.csv"),
    (_csv(",0,", ",x,"), "invalid literal"),
    (_csv(",test,1,0,", ",test,1,1,"), "changed copies of pictures must be in the training split"),
    (_csv(",train,0,0,", ",test,0,0,"), "the group of their picture, and that must be in the training split: one of"),
    (_csv(",train,0,1,", ",train,5,1,"), "the label and the group of their picture"),
    (_csv("'=blue,train,0,0,", "red,train,0,0,"), "the label and the group of their picture"),
    (lambda folder: _without_groups(folder), "must be in groups with these, and there are no groups"),
    (lambda folder: _csv_digest(folder, "00"), "64 digits"),
    (_numbers(np.zeros((36, 63), np.float32)), r"float32 of 36 rows and 64 columns, not float32 \(36, 63\)"),
    (_numbers(np.zeros((36, 64))), "not float64"),
    (_numbers(np.full((36, 64), np.nan, np.float32)), "finite numbers below 1e.15, and row 0 has others in column"),
    (_numbers(np.array([None])), "f.npy"),
    (lambda folder: os.truncate(folder / "f.npy", 5000), "it is cut off"),
    (lambda folder: (folder / "f.npy").write_bytes(b"\x93NUMPY\x02\x00junk"), "an array of another format"),
    (lambda folder: (folder / "f.npy").write_bytes(b"text"), "f.npy"),
    (_header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (36L, 64), }"), "f.npy: .*header"),
    (_header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (36, 64"), "f.npy"),
    (_header(b"(" * 900), "f.npy"),
    (_header(b"0" * 2000), "f.npy: .*too large|f.npy: Header"),
    (_header(b"{'descr': [('a', '<f4', (2,) * 9)], 'shape': (36, 64)}"), "f.npy"),
]


def _without_groups(folder: Path) -> None:
    rows = [line.split(",") for line in (folder / "f.csv").read_text().splitlines()]
    lines = [",".join([*row[:3], row[3] if row[3] == "group" else "", *row[4:]]) for row in rows]
    (folder / "f.csv").write_text("\n".join(lines))


def _csv_digest(folder: Path, digest: str) -> None:
    head, *rows = (folder / "f.csv").read_text().splitlines()
    (folder / "f.csv").write_text("\n".join([head, *(row.rpartition(",")[0] + f",{digest}" for row in rows)]))


@pytest.mark.parametrize(("spoil", "message"), WRONG)
def test_what_was_changed_is_refused_in_one_line(
    dataset: Dataset, table: FeatureTable, tmp_path: Path, spoil: Callable[[Path], object], message: str
) -> None:
    write_features(tmp_path / "f.npy", dataset, table)
    spoil(tmp_path)
    with pytest.raises(DataError, match=message) as caught:
        read_features(tmp_path / "f.npy")
    assert "\n" not in str(caught.value)


def test_large_files_are_refused_unread(
    dataset: Dataset, table: FeatureTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_features(tmp_path / "f.npy", dataset, table)
    for limit in ("_MOST_DESCRIPTION", "_MOST_TABLE"):
        with monkeypatch.context() as patch, pytest.raises(DataError, match="it is too large"):
            patch.setattr(mapped, limit, 10)
            read_features(tmp_path / "f.npy")


def test_an_archive_must_be_as_it_was_written(dataset: Dataset, table: FeatureTable, tmp_path: Path) -> None:
    path = tmp_path / "f.npz"
    write_features(path, dataset, table)
    arrays = dict(np.load(path))
    np.savez_compressed(path, **arrays)
    with pytest.raises(DataError, match="must not be compressed"):
        read_features(path)
    np.savez(path, **{name: array for name, array in arrays.items() if name != "head.mean"})
    with pytest.raises(DataError, match=r"head\.mean\.npy"):
        read_features(path)
    np.savez(path, **arrays)
    np.testing.assert_array_equal(read_features(path)[1].read(), table.read())
    content = bytearray(path.read_bytes())
    content[0] = 0
    path.write_bytes(content)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist()
    with pytest.raises(DataError, match="is not where the archive says|BadZipFile|zip"):
        read_features(path)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_byte_is_read_or_refused_in_one_line(
    dataset: Dataset, table: FeatureTable, tmp_path: Path, data: st.DataObject
) -> None:
    write_features(tmp_path / "f.npz", dataset, table)
    victim = tmp_path / data.draw(st.sampled_from(["f.npz", "f.csv", "f.json"]))
    content = bytearray(victim.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    victim.write_bytes(content)
    try:
        if is_features_file(tmp_path / "f.npz"):
            read_features(tmp_path / "f.npz")
    except DataError as error:
        assert "\n" not in str(error)
    finally:
        for name in ("f.npz", "f.csv", "f.json"):
            (tmp_path / name).unlink()
