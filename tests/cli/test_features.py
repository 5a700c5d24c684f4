"""``headway features`` and ``headway recipes`` as a user types them."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import jsonschema
import pytest

from headway.analysis import study as study_module
from headway.cli.main import run
from headway.cli.plots import NAMES
from headway.facts import codec
from headway.facts.analysis import AnalysisReport
from headway.recipes import names, parse, read

spectrum_module = importlib.import_module("headway.analysis.spectrum")  # the function has the same name
TINY = ["--backbone", "tiny"]


def test_features_prints_one_document(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "analysis"
    assert run(["features", str(pictures), *TINY, "-o", str(folder), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["data"]["n"] == 36
    assert report["features"]["n"] == sum(report["verdicts"].values()) == 64
    assert sum(output["features"] for output in report["outputs"].values()) == 64
    assert 1 <= report["participation_ratio"] <= report["effective_rank"] <= 36
    assert report == codec.plain(codec.parse(AnalysisReport, report))
    assert "note" not in report, "sentences are no facts"
    assert {Path(file).name for file in report["files"]} == {"features.csv", "map.csv"}
    assert {file.name for file in folder.iterdir()} == {Path(file).name for file in report["files"]}


def test_features_for_a_person(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["features", str(pictures), *TINY]) == 0
    out = capsys.readouterr().out
    for words in (
        "36 pictures in 3 classes",
        "block1.std",
        "repeats another",
        "effective rank",
        "--select",
        "inside the cross-validation",
    ):
        assert words in out
    assert run(["features", str(pictures), *TINY, "--quiet", "-o", str(tmp_path / "a")]) == 0
    assert capsys.readouterr().out.startswith("folder per class: 36 pictures in 3 classes\n")


def test_few_pictures_are_warned_of(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["features", str(pictures), *TINY]) == 0
    captured = capsys.readouterr()
    assert "64 features of each of 36 pictures" in captured.out
    assert "of at most 35" in captured.out
    assert "no information shown" in captured.out
    assert captured.err.count("Few pictures, 36 of 3 classes") == 1
    assert run(["features", str(pictures), *TINY, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["few_pictures"] and report["directions"] == 35


def test_features_reads_what_embed_wrote(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "features.parquet"
    assert run(["embed", str(pictures), *TINY, "-o", str(file), "--quiet"]) == 0
    assert run(["features", str(pictures), *TINY, "--json"]) == 0
    expected = json.loads(capsys.readouterr().out)
    (pictures / "red").rename(tmp_path / "elsewhere")  # the pictures are not looked at
    assert run(["features", str(file), "-o", str(tmp_path / "analysis"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    for key in ("verdicts", "outputs", "effective_rank", "best"):
        assert found[key] == expected[key]
    assert run(["features", str(file), "--features", "flat", "--quiet"]) == 2
    assert "last or depths" in capsys.readouterr().err


def test_a_folder_without_labels_is_analysed(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos, file, plots, page = (tmp_path / name for name in ("photos", "features.parquet", "plots", "page.html"))
    photos.mkdir()
    for place, path in enumerate(sorted(pictures.rglob("*.png"))):
        path.rename(photos / f"{chr(ord('a') + place // 26)}{chr(ord('a') + place % 26)}.png")
    given = ["features", str(photos), *TINY, "--map", "tsne"]
    assert run([*given, "--plots", str(plots), "--report", str(page), "-o", str(tmp_path / "analysis")]) == 0
    captured = capsys.readouterr()
    assert "36 pictures, no labels" in captured.out
    assert captured.out.replace("\n", " ").count("nothing is said about classes") == 1
    assert "information" not in captured.out and "Few pictures" not in captured.err
    assert {path.stem for path in plots.iterdir()} == {"spread", "correlation", "rank", "map"}
    assert page.exists()
    assert run(["embed", str(photos), *TINY, "-o", str(file), "--quiet"]) == 0
    found = []
    for data in ([str(photos), *TINY], [str(file)]):
        assert run(["features", *data, "--json"]) == 0
        found.append(json.loads(capsys.readouterr().out))
        jsonschema.validate(
            found[-1], json.loads((Path(__file__).parents[2] / "docs/schemas/features.json").read_text())
        )
    assert found[0]["verdicts"] == found[1]["verdicts"]
    assert (found[0]["few_pictures"], found[0]["best"]) == (None, [])
    assert run(["features", str(photos), *TINY, "--depths"]) == 2
    assert "no labels found" in capsys.readouterr().err


def test_what_is_left_out_is_said(
    pictures: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (pictures / "red" / "00.png").write_bytes(b"no picture")
    monkeypatch.setattr(study_module, "_MOST_BYTES", 4 * 32 * 30)
    monkeypatch.setattr(spectrum_module, "_MOST_ROWS", 20)
    assert run(["features", str(pictures), *TINY, "--features", "last"]) == 0
    captured = capsys.readouterr()
    assert "effective rank: of 20 pictures drawn at random" in captured.out
    assert "of 30 of 35 pictures" in captured.out
    assert "00.png" in captured.err


def test_features_are_drawn(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["features", str(pictures), *TINY, "--plots", str(tmp_path / "plots")]) == 0
    assert f"Wrote 7 plots to {tmp_path / 'plots'}" in capsys.readouterr().out.replace("\n", "")
    assert {path.stem for path in (tmp_path / "plots").iterdir()} == set(NAMES["features"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--map", "pac"], "did you mean pca"),
        (["--features", "lsat"], "did you mean last"),
        (["-o", "/dev/null/x"], "cannot be made"),
        (["--map", "umap"], "headway[umap]"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str],
    says: str,
    pictures: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "umap", None)
    assert run(["features", str(pictures), *TINY, *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    [line] = captured.err.splitlines()
    assert says in line


def test_recipes_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["recipes"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in names())
    assert "0.8521" in out
    assert run(["recipes", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["recipes"]
    assert [recipe["name"] for recipe in listed] == list(names())


@pytest.mark.parametrize("name", names())
def test_a_shown_recipe_is_a_recipe(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["recipes", "show", name]) == 0
    text = capsys.readouterr().out
    recipe = read(name)
    assert parse(text).recipe == recipe.recipe
    assert parse(text).reading == recipe.reading
    assert recipe.command in text
    assert recipe.about.layout.splitlines()[0].split()[0] in text
    assert run(["recipes", "show", name, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert parse(facts["toml"]).recipe == recipe.recipe
    assert facts["accuracy"] == recipe.about.accuracy


def test_a_users_recipe_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("folds = 3")
    assert run(["recipes", "show", str(path)]) == 0
    assert capsys.readouterr().out.strip() == "folds = 3"
    path.write_text("fold = 3")
    assert run(["recipes", "show", str(path)]) == 2
    assert "line 1" in capsys.readouterr().err


def test_accuracy_by_depth(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plots, page = tmp_path / "plots", tmp_path / "depths.html"
    given = ["features", str(pictures), *TINY, "--depths", "--no-groups"]
    assert run([*given, "--plots", str(plots), "--report", str(page)]) == 0
    out = capsys.readouterr().out
    assert "all together" in out
    assert f"headway fit {pictures} --no-groups --backbone tiny --features " in out
    assert {path.stem for path in plots.iterdir()} == set(NAMES["features --depths"])
    assert "Accuracy by depth" in page.read_text() and str(pictures) not in page.read_text()
    assert run([*given, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, json.loads((Path(__file__).parents[2] / "docs/schemas/depths.json").read_text()))
    for more, option in ((["-o", str(tmp_path)], "--output"), (["--features", "last"], "--features"),
                         (["--map", "tsne"], "--map")):  # fmt: skip
        assert run([*given, *more]) == 2
        assert f"leave {option} out" in capsys.readouterr().err
    assert run(["features", str(pictures), "--backbone", "colour", "--depths"]) == 2
    assert "one depth only" in capsys.readouterr().err
