"""``headway suggest`` and `headway.suggest`, from pictures to a list, a table or links."""

from __future__ import annotations

import csv
import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

import headway
from headway.cli.main import run
from headway.errors import DataError, ModelError, OutputError, UserError
from tests.helpers import Notes, write_pictures


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of three colours, and what it learned from."""
    folder = tmp_path_factory.mktemp("suggest")
    data = write_pictures(folder / "labelled")
    headway.fit(data, backbone="tiny", cache=folder / "cache").save(folder / "model.onnx")
    return folder


@pytest.fixture
def model(place: Path) -> headway.Model:
    return headway.load(place / "model.onnx")


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    """Twelve pictures that the model does not know."""
    return write_pictures(tmp_path / "pool", per_class=4, seed=7)


def test_with_a_model_the_uncertain_ones_come_first(model: headway.Model, pool: Path) -> None:
    found = headway.suggest(pool, 12, model=model)
    told = found.report.suggestions
    assert len(told) > 3
    assert [one.rank for one in told] == list(range(1, len(told) + 1))
    predicted = {one.name: one for one in model.predict(headway.dataset.unlabelled(pool), top=2)}
    for one in told:
        expected = predicted[one.path]
        assert (one.predicted_class, one.second_class) == tuple(label for label, _ in expected.top)
        assert one.probability == pytest.approx(expected.probability, abs=2e-3)
        assert one.margin == pytest.approx(expected.top[0][1] - expected.top[1][1], abs=2e-3)
    assert [found.dataset.name(row) for row in found.rows.tolist()] == found.paths
    margin = [one.margin for one in told]
    assert margin == sorted(margin, key=lambda one: one or 0.0)


def test_what_the_model_knows_and_copies_are_left_out(place: Path, model: headway.Model, pool: Path) -> None:
    shutil.copy(pool / "red" / "00.png", pool / "again.png")
    shutil.copytree(place / "labelled", pool / "known")
    report = headway.suggest(pool, 100, model=model).report
    assert (report.pool, report.copies, report.known) == (12, 1, 36)
    assert not [one.path for one in report.suggestions if "known" in one.path]
    assert sum(Path(one.path).name in ("again.png", "00.png") for one in report.suggestions) <= 3


def test_without_a_model_every_kind_is_among_the_first(tmp_path: Path) -> None:
    chosen = headway.suggest(headway.demo.pictures(), 40)
    assert len({Path(path).parent.name for path in chosen.paths}) == 8
    assert chosen.report.suggestions[0].margin is None
    sizes = [one.stands_for for one in chosen.report.suggestions]
    assert sum(sizes) == 240 and sizes == sorted(sizes, reverse=True)
    assert chosen.paths == headway.suggest(headway.demo.pictures(), 40).paths


def test_a_list_is_printed(place: Path, pool: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["suggest", str(place / "model.onnx"), str(pool), "-n", "3"]) == 0
    said = capsys.readouterr()
    assert "12 pictures to choose from\n" in said.out
    assert "is least certain of them" in said.out
    assert said.out.count(".png") == 3
    assert "choosing" in said.err


def test_fewer_than_were_asked_for_are_all_given(pool: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (pool / "red" / "00.png").write_bytes(b"broken")
    one = str(pool / "blue" / "00.png")
    assert run(["suggest", one]) == 0
    assert "That is fewer than the 50 asked for: these are all of them" in capsys.readouterr().out
    assert run(["suggest", str(pool), "-n", "50", "--max-bad", "0.5"]) == 0
    said = capsys.readouterr().out
    assert "11 pictures to choose from" in said and "Could not be read: 1" in said
    assert "50" in said


def test_a_table_can_be_filled_in_and_learned_from(
    place: Path, pool: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "next.csv"
    assert run(["suggest", str(place / "model.onnx"), str(pool), "-n", "6", "-o", str(target)]) == 0
    assert f"Written to {target}" in capsys.readouterr().out
    with target.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["rank"] for row in rows] == [str(rank) for rank in range(1, len(rows) + 1)]
    assert rows[0]["path"].startswith("pool/") and rows[0]["predicted_class"] in ("blue", "green", "red")
    assert {row["label"] for row in rows} == {""}
    margin = [float(row["margin"]) for row in rows]
    assert margin == sorted(margin)
    for row in rows:
        row["label"] = row["path"].split("/")[1]
    with target.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    dataset = headway.read(target)
    assert dataset.source.columns["label"] == "label"
    assert [dataset.classes[label] for label in dataset.labels.tolist()] == [row["label"] for row in rows]


@pytest.mark.parametrize("hard", [True, False])
def test_links_are_named_by_rank(
    hard: bool, pool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: headway.Model
) -> None:
    def other_disk(source: str, target: Path) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    if not hard:
        monkeypatch.setattr(os, "link", other_disk)
    found = headway.suggest(pool, 10, model=model, target=tmp_path / "deep" / "next")
    links = sorted((tmp_path / "deep" / "next").iterdir())
    assert len(links) == len(found.paths)
    for rank, (link, path) in enumerate(zip(links, found.paths, strict=True), start=1):
        assert link.name == f"{rank:0{len(str(len(links)))}}_{Path(path).name}"
        assert link.is_symlink() != hard and link.samefile(path)
    assert found.report.written == "links"
    assert not list((tmp_path / "deep").glob(".headway*"))


def test_links_that_fail_leave_nothing(pool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: str, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(OutputError, match="cannot be written: No space left on device"):
        headway.suggest(pool, 3, target=tmp_path / "next")
    assert [path.name for path in tmp_path.iterdir()] == ["pool"]


def test_nothing_is_replaced(pool: Path, tmp_path: Path) -> None:
    (tmp_path / "next.csv").write_text("mine")
    (tmp_path / "next").mkdir()
    (tmp_path / "next" / "mine").write_text("")
    for name in ("next.csv", "next"):
        with pytest.raises(OutputError, match="exists, and is not replaced: give another place with -o"):
            headway.suggest(pool, 3, target=tmp_path / name)
    for name in ("pool/next", "pool/next.csv"):
        with pytest.raises(OutputError, match="lies in the pictures"):
            headway.suggest(pool, 3, target=tmp_path / name)


def test_wrong_arguments(place: Path, model: headway.Model, pool: Path) -> None:
    with pytest.raises(UserError, match="n must be a whole number of at least 1, not 0"):
        headway.suggest(pool, 0)
    with pytest.raises(UserError, match="the seed must be"):
        headway.suggest(pool, 3, seed=-1)
    with pytest.raises(ModelError, match=r"must be a headway.Model, not str: headway.load reads one"):
        headway.suggest(pool, 3, model="model.onnx")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="knows all 36 pictures, from its training or test: give new ones"):
        headway.suggest(place / "labelled", 3, model=model)
    arrays = headway.read([np.full((8, 8, 3), shade, np.uint8) for shade in (0, 100)])
    assert len(headway.suggest(arrays, 1).rows) == 1
    with pytest.raises(DataError, match="only pictures that are files can be listed or linked"):
        headway.suggest(arrays, 1, target=pool.parent / "next")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["empty"], "the folder 'empty' is empty"),
        (["model.onnx", "empty"], "the folder 'empty' is empty"),
        (["model.onnx"], "pictures are needed, too: headway suggest model.onnx PICTURES"),
        (["pool", "model.onnx"], "the model comes first: headway suggest model.onnx pool"),
        (["model.onnx", "model.onnx", "pool"], "one model says what is uncertain, and model.onnx is another"),
        (["wrong.onnx", "pool"], "wrong.onnx"),
        (["none.onnx", "pool"], "none.onnx: there is no such file"),
        (["none"], "there is no such file or folder: 'none'"),
        (["pool", "-n", "0"], "0 is not in the range"),
        ([], "Missing argument"),
    ],
)
def test_wrong_calls(
    place: Path,
    pool: Path,
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(pool.parent)
    (pool.parent / "empty").mkdir()
    (pool.parent / "wrong.onnx").write_bytes(b"no model")
    shutil.copy(place / "model.onnx", pool.parent)
    assert run(["suggest", *arguments]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1


def test_whoever_watches_is_told_of_the_choice(pool: Path) -> None:
    notes = Notes()
    stages: list[str] = []
    notes.start = lambda stage, total=None: stages.append(stage)  # type: ignore[method-assign]
    headway.suggest(pool, 3, progress=notes)
    assert stages[-1] == "choosing"


def test_the_longest_names_are_linked_too(pool: Path, tmp_path: Path) -> None:
    longest = "é" * 125 + ".png"
    (pool / "red" / "00.png").rename(pool / "red" / longest)
    found = headway.suggest(pool, 12, target=tmp_path / "next")
    rank = found.paths.index(str(pool / "red" / longest)) + 1
    link = next((tmp_path / "next").glob(f"{rank:02}_*"))
    assert len(os.fsencode(link.name)) in (254, 255)
    assert link.suffix == ".png" and link.samefile(pool / "red" / longest)
