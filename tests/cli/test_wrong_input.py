"""What a user can get wrong: each time one clear line, the right exit code, and nothing lost."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from headway.cli.main import run
from headway.places import cache_dir

TINY = ["--backbone", "tiny", "--quiet"]


def complaint(capsys: pytest.CaptureFixture[str], arguments: list[str], code: int = 2) -> str:
    """Run a command that must fail, and return its one line."""
    assert run(arguments) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    line = captured.err.splitlines()[-1]
    assert line.startswith("headway: ")
    return line


def fit(capsys: pytest.CaptureFixture[str], data: Path, *options: str, code: int = 2) -> str:
    target = data.parent / "never.onnx"
    line = complaint(capsys, ["fit", str(data), "-o", str(target), *TINY, *options], code)
    assert not target.exists()
    return line


def test_no_such_path(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no-such" in fit(capsys, tmp_path / "no-such")


def test_an_empty_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert "empty" in fit(capsys, tmp_path / "empty")


def test_one_class_only(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for label in ("green", "red"):
        for path in (pictures / label).iterdir():
            path.unlink()
        (pictures / label).rmdir()
    assert "blue" in fit(capsys, pictures)


def test_a_class_with_one_picture(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in sorted((pictures / "red").iterdir())[1:]:
        path.unlink()
    assert "red" in fit(capsys, pictures)


def test_more_classes_than_pictures_for_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for label in "abcdef":
        (tmp_path / "data" / label).mkdir(parents=True)
        Image.fromarray(np.full((9, 9), ord(label), np.uint8)).save(tmp_path / "data" / label / "one.png")
    assert "6 classes" in fit(capsys, tmp_path / "data")


def test_all_pictures_broken(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in pictures.glob("*/*.png"):
        path.write_bytes(path.read_bytes()[:60])
    assert "picture" in fit(capsys, pictures)


def test_too_many_pictures_broken(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (pictures / "red").glob("0*.png"):
        path.write_bytes(b"")
    assert "--max-bad" in fit(capsys, pictures)
    target = pictures.parent / "m.onnx"
    assert run(["fit", str(pictures), "-o", str(target), *TINY, "--max-bad", "0.5", "--no-report"]) == 0
    assert target.exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [("notes.txt", b"text"), ("song.mp3", b"ID3\x04"), ("paper.pdf", b"%PDF-1.7"), ("x.jpg", b"%PDF-1.7")],
)
def test_no_pictures_but_other_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes
) -> None:
    for label in ("cats", "dogs"):
        (tmp_path / "data" / label).mkdir(parents=True)
        for number in range(4):
            (tmp_path / "data" / label / f"{number}{name}").write_bytes(content + bytes([number]))
    assert "picture" in fit(capsys, tmp_path / "data")


def write_table(root: Path, *lines: str) -> Path:
    table = root / "table.csv"
    table.write_text("\n".join(lines))
    return table


def test_a_table_without_the_columns(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--label-column" in fit(capsys, write_table(pictures, "a,b", "red/00.png,red"))
    assert "--path-column" in fit(capsys, write_table(pictures, "a,b", "red 00,red"))


def test_a_table_with_missing_files(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = fit(capsys, write_table(pictures, "path,label", "red/00.png,red", "red/99.png,red", "blue/00.png,blue"))
    assert "red/99.png" in line


def test_a_table_whose_rows_disagree(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = fit(capsys, write_table(pictures, "path,label", "red/00.png,red", "red/00.png,blue", "blue/00.png,blue"))
    assert "red/00.png" in line


def test_a_label_pattern_that_matches_nothing(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ".png" in fit(capsys, pictures, "--label-pattern", "^([0-9]+)_cat")


def test_an_output_folder_that_is_not_there(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = complaint(capsys, ["fit", str(pictures), "-o", str(pictures / "no" / "m.onnx"), *TINY])
    assert "no" in line
    assert not list(cache_dir().glob("*.sqlite")), "it must be said before any work is done"


def test_a_file_that_is_no_model_is_not_overwritten(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    precious = pictures.parent / "thesis.docx"
    precious.write_bytes(b"years of work")
    line = complaint(capsys, ["fit", str(pictures), "-o", str(precious), *TINY])
    assert "thesis.docx" in line
    assert precious.read_bytes() == b"years of work"


def test_a_cache_from_a_newer_version(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fit", str(pictures), "-o", str(pictures.parent / "m.onnx"), *TINY, "--no-report"]) == 0
    capsys.readouterr()
    [path] = cache_dir().glob("*.sqlite")
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE more (a)")
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    assert "newer" in fit(capsys, pictures, code=1)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or sys.platform != "linux", reason="mounts a small disk"
)
def test_a_full_disk(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("this machine mounts nothing")
    try:
        line = fit(capsys, pictures, "--cache", str(disk), code=1)
        assert str(disk) in line
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or sys.platform != "linux", reason="mounts a small disk"
)
def test_a_disk_that_fills_up_while_features_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headway.embedding.writer._FLUSH_ROWS", 32)
    data, disk = tmp_path / "data", tmp_path / "disk"
    disk.mkdir()
    random = np.random.default_rng(0)
    for number in range(600):
        path = data / "ab"[number % 2] / f"{number}.bmp"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 256, (4, 4, 3), np.uint8)).save(path)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("this machine mounts nothing")
    try:
        line = fit(capsys, data, "--cache", str(disk), code=1)
        assert "the disk is full" in line and str(disk) in line and "--cache" in line
        with sqlite3.connect(disk / "features.sqlite") as connection:
            assert 0 < connection.execute("SELECT count(*) FROM entries").fetchone()[0] < 600, "what was done is kept"
        connection.close()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("failing", ["m.onnx", "curves.svg"])
def test_what_was_found_is_said_even_where_it_cannot_be_kept(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    replace = Path.replace

    def full(draft: Path, target: Path) -> Path:
        if target.name == failing:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(draft, target)

    monkeypatch.setattr(Path, "replace", full)
    model, plots = tmp_path / "m.onnx", tmp_path / "plots"
    options = ["--backbone", "tiny", "--finetune", "last-block", "--epochs", "1", "--plots", str(plots)]
    assert run(["fit", str(pictures), "-o", str(model), *options]) == 2
    captured = capsys.readouterr()
    assert "macro F1" in captured.out
    assert ("Saved" in captured.out) == model.exists() == (failing == "curves.svg")
    assert "Next:" not in captured.out
    option = "-o" if failing == "m.onnx" else "--plots"
    assert captured.err.endswith(
        f"{failing} cannot be written: No space left on device; give another place with {option}\n"
    )


@pytest.mark.parametrize("place", ["file", "~nosuchuser/x"])
def test_a_cache_that_cannot_be(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    cache = str(tmp_path / "file") if place == "file" else place
    line = fit(capsys, pictures, "--cache", cache)
    assert "the cache folder cannot be" in line and "--cache or HEADWAY_CACHE" in line
    monkeypatch.setenv("HEADWAY_CACHE", cache)
    assert "the cache folder cannot be" in fit(capsys, pictures)


@pytest.mark.parametrize("name", ["data.csv", "names.txt"])
def test_a_pipe_is_not_waited_for(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    os.mkfifo(tmp_path / name)
    options = ["--class-names", str(tmp_path / name)] if name == "names.txt" else []
    assert "a pipe" in fit(capsys, pictures if options else tmp_path / name, *options)


def test_a_table_is_not_overwritten_by_its_features(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import pyarrow
    import pyarrow.parquet

    table = pictures / "lab.parquet"
    names = sorted(f"{path.parent.name}/{path.name}" for path in pictures.glob("*/*.png"))
    pyarrow.parquet.write_table(pyarrow.table({"path": names, "label": [name[:3] for name in names]}), table)
    before = table.read_bytes()
    assert "not overwritten" in complaint(capsys, ["embed", str(table), "-o", str(table), *TINY])
    assert table.read_bytes() == before


def test_a_limit_that_is_no_number(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--max-bad" in fit(capsys, pictures, "--max-bad", "nan")
    assert "100" in fit(capsys, pictures, "--folds", "1000000")


def test_predicting_on_nothing(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "nothing to predict" in complaint(capsys, ["predict", str(model)])
    (tmp_path / "empty").mkdir()
    assert "empty" in complaint(capsys, ["predict", str(model), str(tmp_path / "empty")])
    assert "no-such.jpg" in complaint(capsys, ["predict", str(model), str(tmp_path / "no-such.jpg")])


def test_a_class_that_the_model_does_not_know(pictures: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (pictures / "red").rename(pictures / "crimson")
    assert "crimson" in complaint(capsys, ["evaluate", str(model), str(pictures)])


def test_a_picture_of_the_user_is_not_overwritten(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = pictures / "red" / "samples.png"
    (pictures / "red" / "00.png").rename(own)
    before = own.read_bytes()
    line = complaint(capsys, ["read", str(pictures), "--plots", str(own.parent), "--quiet"])
    assert "Headway did not write" in line and "--plots" in line
    assert own.read_bytes() == before


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('backbone = "efficientnet_lite9"', "efficientnet_lite"),
        ('backbone = "no.onnx"', "no.onnx"),
        ('backbone = "vgg16"\nweights = "no.safetensors"', "no.safetensors"),
        ('backbone = "tiny"\nfeatures = "flat"', "tiny has no map to flatten"),
        ('backbone = "tiny"\nimage_size = 8', "takes pictures of 32 pixels only"),
        ('backbone = "colour"\nimage_size = 8', "need pictures of 64 pixels or more"),
        ('scratch = "food11"\nimage_size = 8', "at least 46"),
        ('[data]\nlabel_pattern = "("', "not a regular expression"),
        ('[data]\nclass_names = "no.txt"', "no.txt"),
    ],
)
def test_what_a_recipe_says_wrongly_is_told_with_its_line(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, says: str
) -> None:
    recipe = tmp_path / "mine.toml"
    recipe.write_text(f"folds = 3\n{line}\n")
    number = 2 + line.count("\n")
    complained = complaint(capsys, ["fit", str(pictures), "--recipe", str(recipe), "--quiet", "--offline"])
    assert complained.startswith(f"headway: {recipe}, line {number}: ")
    assert says in complained


def test_an_option_in_place_of_a_wrong_value_of_a_recipe_is_blamed_itself(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "mine.toml"
    recipe.write_text('[data]\nlabel_pattern = "("\n')
    line = complaint(capsys, ["fit", str(pictures), "--recipe", str(recipe), "--label-pattern", ")", "--quiet"])
    assert line.startswith("headway: the label pattern ')'")


@pytest.mark.parametrize(
    ("option", "right"),
    [("--scratch", "--scratch [food11|residual]"), ("--finetune", "--finetune none|last-block|all|auto")],
)
def test_data_behind_an_option_that_takes_a_value(
    pictures: Path, capsys: pytest.CaptureFixture[str], option: str, right: str
) -> None:
    line = complaint(capsys, ["fit", option, str(pictures)])
    assert f"not by the data: `headway fit {pictures} {right}`" in line
    assert "no scratch is called 'residul': did you mean residual" in complaint(capsys, ["fit", "--scratch", "residul"])


@pytest.mark.parametrize("command", ["fit", "compare", "evaluate"])
def test_a_text_of_the_user_is_not_overwritten(
    pictures: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    own, model = pictures.parent / "notes.md", ["none.onnx"] if command == "evaluate" else []
    own.write_text("# Flowers\n\nMade by Headway\n")
    line = complaint(capsys, [command, *model, str(pictures), "--markdown", str(own), "--quiet"])
    assert "Headway did not write" in line and "--markdown" in line
    assert own.read_text() == "# Flowers\n\nMade by Headway\n"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--augment", "hflip"], "--augment needs --finetune or --scratch: only networks that are trained see"),
        (["--select-count", "3"], "--select-count needs --select, which says by what"),
        (["--finetune", "all", "--head", "svm"], "--head svm cannot be combined with --finetune: a network"),
        (["--C", "1", "--head", "mlp"], "--C cannot be combined with --head mlp"),
        (
            ["--backbone", "colour", "--finetune", "last-block"],
            "--finetune needs a network, hand-made descriptors (colour) cannot",
        ),
    ],
)
def test_what_contradicts_is_told_in_options(
    pictures: Path, capsys: pytest.CaptureFixture[str], options: list[str], says: str
) -> None:
    assert complaint(capsys, ["fit", str(pictures), *options, "--quiet"]).startswith(f"headway: {says}")


def test_swapped_arguments_get_the_right_call(pictures: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"`headway evaluate {model} DATA`" in complaint(capsys, ["fit", str(model), *TINY])
    assert f"`headway evaluate {model} DATA`" in complaint(capsys, ["embed", str(pictures), str(model), *TINY])
    table = write_table(pictures, "path,label", "red/00.png,red")
    assert f"`headway evaluate MODEL {table}`" in complaint(capsys, ["predict", str(model), str(table)])
    assert f"`headway predict {model} PICTURES`" in complaint(capsys, ["predict", str(model), str(model)])
    photo = pictures / "red" / "00.png"
    assert "DATA is pictures" in complaint(capsys, ["fit", str(model), str(pictures), *TINY])
    for command in ("predict", "evaluate"):
        for data in (pictures, photo, table):
            line = complaint(capsys, [command, str(data), str(model)])
            assert line == f"headway: the model comes first: headway {command} {model} {data}"
    assert "headway.load" not in complaint(capsys, ["info", str(photo)])


def test_models_and_data_are_told_apart(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By their endings alone: none of these models exists."""
    for arguments, expected in (
        (["a.onnx", "b.onnx"], "DATA is missing: headway evaluate a.onnx b.onnx DATA"),
        (["a.onnx", "b.onnx", "c.onnx"], "at most two models are compared, not 3: headway evaluate a.onnx b.onnx DATA"),
        (["a.onnx", "b.onnx", "c.onnx", "new"], "two models are compared, not 3: headway evaluate a.onnx b.onnx new"),
        (["a.onnx", "new", "b.onnx"], "the models come first: headway evaluate a.onnx b.onnx new"),
        ([str(pictures), "a.onnx", "b.onnx"], f"models come first: headway evaluate a.onnx b.onnx {pictures}"),
    ):
        assert complaint(capsys, ["evaluate", *arguments]).endswith(expected)


def test_an_argument_that_is_not_there_is_found_before_anything_is_printed(
    pictures: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for options in ([], ["--json"], ["--csv"]):
        assert "'nothere'" in complaint(capsys, ["predict", str(model), str(pictures), "nothere", *options])
