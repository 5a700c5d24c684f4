"""The pictures of a feature data set: all of them, or the same sample each time."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headway.cli.main import run
from headway.dataset import read
from headway.embedding import embed
from headway.errors import DataError
from headway.rendering.data import source
from headway.session import Session
from headway.shards import pictures_of, reading, sampling
from headway.testing import TINY
from tests.shards.drawn import features, write


@pytest.fixture
def folder(pictures: Path, tmp_path: Path) -> Path:
    """A feature data set of pictures that are here."""
    dataset = read(pictures)
    table = embed(dataset, TINY, precision="fp32", outputs=["head.mean"], cache=tmp_path / "cache")
    return write(tmp_path / "out", dataset, table, rows=15)


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "memory_bound", lambda: 0)
    monkeypatch.setattr(sampling, "SAMPLE", 18)


def test_few_are_all_taken(folder: Path, pictures: Path, tmp_path: Path) -> None:
    with Session.open(tmp_path / "cache") as session:
        found = pictures_of(session, folder)
    assert list(found.pictures) == list(read(pictures).pictures)
    assert (found.source.sampled_from, found.source.layout) == (0, "list")


@pytest.mark.usefixtures("many")
def test_of_many_a_sample_by_class_is_taken(folder: Path, tmp_path: Path) -> None:
    with Session.open(tmp_path / "cache") as session:
        found, again = pictures_of(session, folder), pictures_of(session, folder)
    assert list(found.pictures) == list(again.pictures)
    assert len(found) == 18
    assert len(set(found.counts().values())) == 1
    assert source(found.source).startswith("out: a sample of 18 pictures of 36")


@pytest.mark.usefixtures("many")
def test_a_picture_more_changes_at_most_one_of_its_class() -> None:
    dataset, table = features(300)
    contents = np.array([table.hashes[row][:8] for row in range(300)])
    rows = [
        set(contents[sampling._sample(dataset.subset(some), contents[some], 60)])
        if len(some) < 300
        else set(contents[sampling._sample(dataset, contents, 60)])
        for some in (np.arange(300), np.arange(297))
    ]
    assert len(rows[0] - rows[1]) <= 3


def test_parts_have_their_shares() -> None:
    dataset, table = features(600)
    dataset = replace(dataset, given=(np.arange(600) % 4 == 0).astype("int8") * 2)
    contents = np.array([table.hashes[row][:8] for row in range(600)])
    rows = sampling._sample(dataset, contents, 120)
    assert len(rows) == 120
    assert np.bincount(dataset.given[rows]).tolist() == [90, 0, 30]  # type: ignore[index]


def test_pictures_that_are_elsewhere_are_one_clear_line(tmp_path: Path) -> None:
    folder = write(tmp_path / "out", *features())
    with Session.open(tmp_path / "cache") as session, pytest.raises(DataError, match="are not here: run it where"):
        pictures_of(session, folder)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("command", [["audit", "--only", "files"], ["compare", "--only", "frozen-centroid"]])
def test_an_audit_and_a_comparison_say_that_they_saw_a_sample(
    command: list[str], folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, *options = command
    assert run([name, str(folder), *options, "--cache", str(tmp_path / "cache"), "--backbone", "tiny", "--json"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    said = found["source"] if name == "audit" else found["data"]["source"]
    assert (said["pictures"], said["sampled_from"]) == (18, 36)
    assert "a sample of 18 pictures of 36" in err


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["features", "FOLDER"], "is a data set of many files"),
        (["read", "FOLDER"], "holds features"),
        (["split", "FOLDER", "-o", "split"], "holds features"),
        (["fit", "FOLDER", "FOLDER"], "which are read alone"),
        (["fit", "FOLDER", "--split-from", "FOLDER"], "which bring their split"),
        (["embed", "FOLDER"], "holds features, and pictures are read here: give their folder"),
        (["embed", "FOLDER", "-o", "again/"], "holds features, and pictures are read here"),
        (["fit", "FOLDER", "--backbone", "efficientnet_lite0"], "which holds features of tiny"),
        (["fit", "FOLDER", "--label-column", "other"], "`headway embed` takes --label-column"),
        (["fit", "FOLDER", "--no-splits"], "`headway embed` takes --no-splits"),
        (["audit", "FOLDER", "--exclude", "*.png"], "`headway embed` takes --exclude"),
        (["compare", "FOLDER", "--fixes", "fixes.csv"], "`headway embed` takes --fixes"),
    ],
)
def test_other_commands_name_what_they_want(
    command: list[str], says: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([word.replace("FOLDER", str(folder)) for word in command]) != 0
    assert says in capsys.readouterr().err


def test_the_command_fits_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reading, "memory_bound", lambda: 0)
    options = ["-o", str(tmp_path / "model.onnx"), "--no-report", "--cache", str(tmp_path / "cache")]
    assert run(["fit", f"{folder}/", *options]) == 0
    out, err = capsys.readouterr()
    assert "read in passes" in err
    assert "Learned in passes over" in out + err
    assert (tmp_path / "model.onnx").is_file()
