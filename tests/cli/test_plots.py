"""``--plots``: whatever applies is drawn, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from headway.cli.main import run
from headway.cli.plots import NAMES
from tests.helpers import write_pictures

TINY = ["--backbone", "tiny", "--head", "centroid"]


def drawn(folder: Path) -> set[str]:
    """Return what was drawn, each as SVG and PNG."""
    names = {path.stem for path in folder.iterdir()}
    assert {path.name for path in folder.iterdir()} == {
        f"{name}{suffix}" for name in names for suffix in (".svg", ".png")
    }
    return names


def test_read_draws_the_data(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "plots"
    assert run(["read", str(pictures), "--plots", str(folder)]) == 0
    assert f"Wrote 2 plots to {folder}" in capsys.readouterr().out.replace("\n", "")
    assert drawn(folder) == set(NAMES["read"])


def test_fit_and_evaluate_draw_what_applies(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, model = tmp_path / "plots", tmp_path / "m.onnx"
    fit = ["fit", str(pictures), "-o", str(model), "--plots", str(folder)]
    assert run([*fit, "--backbone", "tiny", "--head", "dense100"]) == 0
    assert f"Wrote 6 plots to {folder}" in capsys.readouterr().out.replace("\n", "")
    assert drawn(folder) == set(NAMES["fit"]) - {"augmented"}
    # No network is trained now, and nothing is tested: older drawings would be of another model.
    assert run([*fit, *TINY, "--test-fraction", "0"]) == 0
    assert drawn(folder) == {"classes", "samples"}
    assert run(["evaluate", str(model), str(pictures), "--plots", str(folder), "--json"]) == 0
    assert drawn(folder) == {"classes", "samples", *NAMES["evaluate"]}


def test_features_without_pictures_have_no_samples(pictures: Path, tmp_path: Path) -> None:
    features, folder = tmp_path / "features.parquet", tmp_path / "plots"
    assert run(["embed", str(pictures), "-o", str(features), "--backbone", "tiny", "--quiet"]) == 0
    assert run(["fit", str(features), "-o", str(tmp_path / "m.onnx"), *TINY, "--plots", str(folder), "--quiet"]) == 0
    assert drawn(folder) == {"classes", *NAMES["evaluate"]}


def test_augmentation_is_drawn_before_a_network_trains(pictures: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    folder = tmp_path / "plots"
    options = ["--backbone", "tiny", "--finetune", "last-block", "--epochs", "1", "--augment", "hflip", "--quiet"]
    assert run(["fit", str(pictures), "-o", str(tmp_path / "m.onnx"), *options, "--plots", str(folder)]) == 0
    assert drawn(folder) == set(NAMES["fit"])
    assert (folder / "augmented.png").stat().st_mtime_ns < (folder / "curves.png").stat().st_mtime_ns


def test_compare_draws_a_ranking(pictures: Path, tmp_path: Path) -> None:
    folder = tmp_path / "plots"
    options = ["--only", "majority,colour", "--quiet", "--plots", str(folder)]
    assert run(["compare", str(pictures), *options]) == 0
    assert "ranking" in drawn(folder) <= set(NAMES["compare"])


def test_plots_are_written_though_nobody_reads_the_summary(pictures: Path, tmp_path: Path) -> None:
    arguments = ["fit", str(pictures), "-o", str(tmp_path / "m.onnx"), *TINY, "--plots", str(tmp_path / "plots")]
    with subprocess.Popen(
        [sys.executable, "-m", "headway", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
    assert "confusion" in drawn(tmp_path / "plots")


def test_names_with_markup_and_formulas_are_drawn_as_they_are(tmp_path: Path) -> None:
    names = ("$x^2$ & {", "<script>", "猫_" + "長" * 40)
    data = write_pictures(tmp_path / "data", 6, ("red", "green", "blue"))
    for colour, name in zip(("red", "green", "blue"), names, strict=True):
        (data / colour).rename(data / name)
    folder = tmp_path / "plots"
    assert run(["fit", str(data), "-o", str(tmp_path / "m.onnx"), *TINY, "--plots", str(folder), "--quiet"]) == 0
    text = (folder / "confusion.svg").read_text()
    assert "$x^2$ &amp; {" in text and "&lt;script&gt;" in text and "<script" not in text and "猫_" in text
    with Image.open(folder / "confusion.png") as picture:
        assert np.asarray(picture.convert("L")).std() > 5


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("read", "cannot be made"),
        ("fit", "cannot be made"),
        ("compare", "cannot be made"),
        ("features", "cannot be made"),
    ],
)
def test_a_folder_that_cannot_be_is_refused_first(
    command: str, says: str, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, str(pictures), "--plots", "/dev/null/x"]) == 2
    captured = capsys.readouterr()
    [line] = captured.err.splitlines()
    assert says in line and "--plots" in line and captured.out == ""


def test_two_models_are_not_drawn(
    pictures: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["evaluate", str(model), str(model), str(pictures), "--plots", str(tmp_path / "plots")]) == 2
    assert "--plots draws the scores of one model" in capsys.readouterr().err
