"""``headway embed`` as a user types it: features to a file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from headway.cli.main import run

TINY = ("--backbone", "tiny")


def test_arrays_are_written_with_their_tables(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "block1.npy"
    assert run(["embed", str(pictures), *TINY, "--features", "block1", "-o", str(target)]) == 0
    said = capsys.readouterr()
    assert [line for line in said.out.splitlines() if line.startswith("Saved")] == [
        f"Saved {target} (<0.1 MB)",
        f"Saved {target.with_suffix('.csv')} (<0.1 MB)",
        f"Saved {target.with_suffix('.json')} (<0.1 MB)",
    ]
    assert np.load(target).shape == (36, 32)


def test_copies_are_written_and_learned_from(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pyarrow")
    pytest.importorskip("torch")
    target = tmp_path / "f.parquet"
    call = ["embed", str(pictures), *TINY, "--features", "last", "--augment", "rotate=30,hflip", "--copies", "2"]
    assert run([*call, "-o", str(target), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["n"] == 36 and report["copies"] == 60 and report["dims"] == {"head.mean": 32}
    assert run([*call, "-o", str(target)]) == 0
    assert "With 60 changed copies of training pictures, to learn from" in capsys.readouterr().out
    assert run(["fit", str(target), "--head", "logistic", "-o", str(tmp_path / "m.onnx"), "--no-report"]) == 0
    out = capsys.readouterr().out
    assert "f.parquet: tiny for 36 pictures in 3 classes, with 60 changed copies to learn from" in out
    assert "Head: logistic on last (32 features)" in out


@pytest.mark.parametrize("backbone", ["pixels", "colour+pixels"])
def test_a_file_of_another_size_is_learned_from(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], backbone: str
) -> None:
    pytest.importorskip("pyarrow")
    target = tmp_path / "f.parquet"
    call = ["embed", str(pictures), "--backbone", backbone, "--image-size", "100", "-o", str(target)]
    if backbone == "colour+pixels":
        assert run(call) == 2
        assert "'pixels' is no descriptor" in capsys.readouterr().err
        return
    assert run(call) == 0
    assert run(["fit", str(target), "--head", "centroid", "-o", str(tmp_path / "m.onnx"), "--no-report"]) == 0
    assert "Head: centroid on last (30,000 features)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--copies", "2", "-o", "f.npy"], "--copies needs --augment, which says how the copies are changed"),
        (["--augment", "hflip", "-o", "f.npy"], "--augment needs --copies, how many"),
        (["--augment", "hflip", "--copies", "2"], "changed copies are for a file, from which heads learn: name it"),
        (["--augment", "mixup", "--copies", "2", "-o", "f.npy"], "mixup and cutmix blend the labels"),
        (["--augment", "hflip", "--copies", "101", "-o", "f.npy"], "101 is not in the range 1<=x<=100"),
        (["--recipe", "food11-scratch"], "trains a network of its own"),
        (["--features", "block7"], "no feature is called 'block7': did you mean block1"),
        (["-o", "f.csv"], "must end in .parquet, .npy, .npz, not as f.csv does"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    pictures: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["embed", str(pictures), *([] if "--recipe" in options else TINY), *options]) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert says in error and error.startswith("headway: ")


def test_a_recipe_computes_features_and_learns_from_them(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.toml").write_text('backbone = "pixels"\nimage_size = 9\nhead = "dense256"\nepochs = 2\n')
    recipe = ["--recipe", str(tmp_path / "mine.toml")]
    assert run(["embed", str(pictures), *recipe, "-o", str(tmp_path / "f.npy")]) == 0
    assert np.load(tmp_path / "f.npy").shape == (36, 243)
    assert run(["fit", str(tmp_path / "f.npy"), *recipe, "-o", str(tmp_path / "m.onnx"), "--no-report"]) == 0
    assert "Head: dense256 on last (243 features)" in capsys.readouterr().out
    assert run(["fit", str(tmp_path / "f.npy"), *recipe, "--image-size", "8", "-o", str(tmp_path / "m.onnx")]) == 2
    assert "--image-size 8 does not fit a file of features" in capsys.readouterr().err
