"""Every command as a user types it, with the tiny backbone."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from PIL import Image

from headway.cli.main import run
from headway.facts.codec import schema
from headway.facts.predictions import PredictionLine
from tests.helpers import write_pictures

TINY = ["--backbone", "tiny"]


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(capsys.readouterr().out)
    return content


def test_fit_prints_one_document_with_all_that_is_promised(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["fit", str(pictures), "-o", str(tmp_path / "m.onnx"), *TINY, "--json"]) == 0
    report = document(capsys)
    assert report["data"]["n"] == 36
    assert report["classes"] == ["blue", "green", "red"]
    assert report["data"]["counts"] == {"blue": 12, "green": 12, "red": 12}
    assert report["data"]["skipped"] == {}
    assert report["data"]["quarantined"] == []
    assert report["features"].keys() >= {"name", "dim", "images_per_s", "computed", "cached"}
    assert report["features"]["computed"] == 36
    assert report["cross_validation"].keys() >= {"accuracy", "std", "log_loss"}
    folds = report["cross_validation"]["by_fold"]
    assert len(folds) == report["cross_validation"]["folds"] and sum(fold["n"] for fold in folds) == 36
    wanted = {"accuracy", "low", "high", "n", "right", "macro_f1", "log_loss", "ece", "confusion", "per_class"}
    assert report["test"].keys() >= wanted
    diagonal = [cell["count"] for cell in report["test"]["confusion"] if cell["true"] == cell["predicted"]]
    assert report["test"]["right"] == sum(diagonal)
    assert report["test"]["low"] <= report["test"]["accuracy"] <= report["test"]["high"]
    assert report["seconds"]["total"] > 0
    assert Path(report["model"]).stat().st_size > 1000


def test_fit_for_a_person_says_the_score_and_what_next(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["fit", str(pictures), "-o", str(tmp_path / "m.onnx"), *TINY]) == 0
    out = capsys.readouterr().out
    assert "cross-validation" in out
    assert "36 pictures in 3 classes" in out
    assert f"Next: headway predict {tmp_path / 'm.onnx'}" in out
    assert "\x1b" not in out


def test_second_fit_computes_nothing_and_gives_the_same_bytes(
    pictures: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = tmp_path / "again.onnx"
    assert run(["fit", str(pictures), "-o", str(again), *TINY, "--json"]) == 0
    report = document(capsys)
    assert (report["features"]["computed"], report["features"]["cached"]) == (0, 36)
    assert again.read_bytes() == model.read_bytes()


def test_fit_names_the_model_after_the_data(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["fit", str(pictures), *TINY, "--quiet"]) == 0
    assert (tmp_path / "pictures.onnx").exists()


def test_evaluate_uses_kept_features_and_agrees_with_the_fit(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test = tmp_path / "split" / "test"
    shutil.copytree(pictures, tmp_path / "split" / "train")
    for label in ("red", "blue"):
        (test / label).mkdir(parents=True)
        for name in ("00.png", "01.png", "02.png"):
            shutil.move(tmp_path / "split" / "train" / label / name, test / label / name)
    path = tmp_path / "m.onnx"
    assert run(["fit", str(tmp_path / "split"), "-o", str(path), *TINY, "--json"]) == 0
    fitted = document(capsys)["test"]
    assert run(["evaluate", str(path), str(tmp_path / "split"), "--json"]) == 0
    scores = document(capsys)["scores"]
    assert scores["n"] == fitted["n"] == 6
    for key in ("right", "accuracy", "log_loss", "ece", "confusion", "macro_f1", "majority_accuracy"):
        assert scores[key] == fitted[key]
    assert run(["evaluate", str(path), str(test)]) == 0
    assert "95 % interval" in capsys.readouterr().out


def test_predict_as_table_json_and_csv(pictures: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, folder = str(pictures / "red" / "00.png"), str(pictures / "green")
    assert run(["predict", str(model), one]) == 0
    out = capsys.readouterr().out
    assert "red" in out
    assert one in out

    assert run(["predict", str(model), one, "--top", "1"]) == 0
    assert "then" not in capsys.readouterr().out

    assert run(["predict", str(model), one, folder, "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["predicted_class"] for line in lines] == ["red"] + ["green"] * 12
    for line in lines:
        jsonschema.validate(line, schema(PredictionLine))
        assert [name for name, _ in line["probabilities"]] == ["blue", "green", "red"]
        assert max(p for _, p in line["probabilities"]) == line["probability"] <= 1
        assert (line["schema"], line["source"], line["reason"]) == (1, "predict", None)

    assert run(["predict", str(model), folder, "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 12
    assert list(rows[0]) == ["path", "predicted_class", "probability", "p:blue", "p:green", "p:red", "reason"]
    assert sum(float(rows[0][f"p:{name}"]) for name in ("blue", "green", "red")) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("form", ["--json", "--csv"])
def test_top_is_for_lines_only(pictures: Path, model: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["predict", str(model), str(pictures / "red"), form, "--top", "2"]) == 2
    assert "leave it out" in capsys.readouterr().err


def test_swapped_arguments_are_an_error_that_shows_the_right_call(
    pictures: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for given in (pictures, pictures / "red" / "00.png"):
        assert run(["predict", str(given), str(model)]) == 2
        assert f"headway predict {model} {given}" in capsys.readouterr().err
    assert run(["predict", str(pictures), "x.jpg"]) == 2
    assert "is a folder, not a model" in capsys.readouterr().err


def test_predict_reads_a_list_from_standard_input(
    pictures: Path, model: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [str(pictures / label / "01.png") for label in ("red", "blue")]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(names) + "\n\n"))
    assert run(["predict", str(model), "-", "--json"]) == 0
    assert [json.loads(line)["predicted_class"] for line in capsys.readouterr().out.splitlines()] == ["red", "blue"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_a_list_that_begins_with_a_mark_of_its_encoding(
    pictures: Path, model: Path, encoding: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [str((pictures / label / "01.png").rename(pictures / f"é {label}.png")) for label in ("red", "blue")]
    mark = "\ufeff" if encoding == "utf-16-be" else ""  # the others write it themselves
    listed = io.BufferedReader(io.BytesIO((mark + "\r\n".join([*names, ""])).encode(encoding)))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(listed, encoding="utf-8", errors="surrogateescape"))
    assert run(["predict", str(model), "-", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["path"], line["predicted_class"]) for line in lines] == [(names[0], "red"), (names[1], "blue")]


def test_every_command_that_reads_pictures_takes_an_archive(
    pictures: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = shutil.make_archive(str(tmp_path / "photos"), "gztar", pictures)
    monkeypatch.chdir(tmp_path)
    for number, (command, *rest) in enumerate(
        (
            ["fit", archive, *TINY],
            ["evaluate", str(model), archive],
            ["evaluate", str(model), str(model), archive],
            ["read", archive],
            ["embed", archive, *TINY],
            ["features", archive, *TINY],
            ["compare", archive, "--only", "majority"],
        )
    ):
        cache = tmp_path / f"cache{number}"
        assert run([command, *rest, "--cache", str(cache)]) == 0
        captured = capsys.readouterr()
        [entry] = (cache / "archives").iterdir()
        assert captured.err.count(f"{archive} is unpacked into {entry / 'files'}: 36 files, 0.") == 1
        if command in ("read", "fit", "embed"):
            assert f"folder per class in '{archive}': 36 pictures in 3 classes" in captured.out
    assert (tmp_path / "photos.onnx").exists()
    assert str(cache) not in captured.out.partition("Take ")[2]
    assert run(["cache", "--cache", str(cache), "--json"]) == 0
    assert document(capsys)["areas"]["archives"]["bytes"] > 36 * 1000
    assert run(["cache", "--cache", str(cache), "--clear"]) == 0
    assert list((cache / "archives").iterdir()) == []


def test_predict_goes_on_past_a_broken_picture(pictures: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = pictures / "red" / "00.png"
    broken.write_bytes(b"")
    assert run(["predict", str(model), str(pictures / "red"), "--json"]) == 1
    captured = capsys.readouterr()
    first, *others = [json.loads(line) for line in captured.out.splitlines()]
    jsonschema.validate(first, schema(PredictionLine))
    assert (first["path"], first["predicted_class"], first["probabilities"]) == (str(broken), None, [])
    assert first["reason"]
    assert len(others) == 11
    assert str(broken) in captured.err
    assert "1 of 12 pictures could not be read" in captured.err


def test_the_summary_warns_of_very_unequal_classes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write_pictures(tmp_path / "data", 36, ("red",))
    write_pictures(data, 6, ("blue",))
    assert run(["fit", str(data), "-o", str(tmp_path / "m.onnx"), *TINY, "--balance", "oversample", "--no-report"]) == 0
    warned = (
        "Warning: classes of very unequal size: red has 29 pictures to learn from and blue 5; pictures of the smaller"
    )
    captured = capsys.readouterr()
    assert warned in captured.err, "before the work that may take hours"
    assert "unequal" not in captured.out, "no message appears twice"


def test_embed_writes_parquet_and_fit_reads_it(
    pictures: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    features = tmp_path / "features.parquet"
    assert run(["embed", str(pictures), "-o", str(features), *TINY, "--json"]) == 0
    report = document(capsys)
    assert report["file"] == str(features)
    assert (report["computed"], report["cached"]) == (0, 36)
    assert run(["fit", str(features), "-o", str(tmp_path / "p.onnx"), *TINY, "--json"]) == 0
    assert document(capsys)["test"]["n"] == 6


def test_backbones_lists_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backbones", "--json"]) == 0
    entries = document(capsys)["backbones"]
    assert entries[0]["name"] == "efficientnet_lite0"
    assert entries[0]["available"] is True
    assert run(["backbones"]) == 0
    out = capsys.readouterr().out
    assert "efficientnet_lite2" in out
    assert "\ntiny " not in out


def test_cache_shows_and_forgets(pictures: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cache", "--json"]) == 0
    spaces = document(capsys)["spaces"]
    assert [space["features"] for space in spaces] == [36, 36]  # features, and squares to find copies by
    assert run(["cache", "--clear"]) == 0
    assert "72" in capsys.readouterr().out
    assert run(["cache", "--json"]) == 0
    assert document(capsys)["spaces"] == []


def test_networks_are_shown_and_deleted_only_if_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = {"backbones/own.onnx": 3000, "backbones/own.json": 10, "hub/you/net/main.json": 20}
    written |= {"hub/you/net/0123/onnx/model.onnx": 5000, "backbones/notes.txt": 7}
    for name, size in written.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b" " * size)
    for options, expected in (((), (3010, 5020)), (("--clear",), (3010, 5020)), (("--networks",), (0, 0))):
        assert run(["cache", "--cache", str(tmp_path), "--json", *options]) == 0
        areas = document(capsys)["areas"]
        assert (areas["backbones"]["bytes"], areas["hub"]["bytes"]) == expected
    assert [path.name for path in tmp_path.rglob("*.*") if path.suffix in (".onnx", ".json", ".txt")] == ["notes.txt"]


def test_the_demo_ends_by_saying_what_to_type_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["demo"]) == 0
    out = capsys.readouterr().out
    assert "240 pictures in 8 classes" in out
    following = out[out.index("Next:") :]
    command = shlex.split(next(line for line in following.splitlines() if "headway predict" in line))
    assert run(command[1:]) == 0
    assert "birds" in capsys.readouterr().out
    assert run(["demo", "--json"]) == 0
    report = document(capsys)
    assert report["features"]["computed"] == 0
    assert report["cross_validation"]["accuracy"] > 0.8
    assert run(["demo", "--quiet"]) == 0
    assert capsys.readouterr().out == ""


def test_what_could_not_be_read_or_was_passed_over_is_said(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (pictures / "red" / "00.png").write_bytes(b"")
    (pictures / "red" / "notes.txt").write_text("x")
    assert run(["fit", str(pictures), "-o", str(tmp_path / "m.onnx"), *TINY]) == 0
    out = capsys.readouterr().out
    assert "Could not be read: 1" in out
    assert "00.png: empty file" in out
    assert "Skipped: sidecar file (1)" in out
    assert run(["embed", str(pictures), *TINY]) == 0
    captured = capsys.readouterr()
    assert "35 known" in captured.out
    assert "00.png: empty file" in captured.out
    assert run(["evaluate", str(tmp_path / "m.onnx"), str(pictures)]) == 0
    captured = capsys.readouterr()
    assert "m.onnx learned from 29 of these 35 pictures: the scores are too good" in captured.err.replace("\n", " ")
    assert "learned from" not in captured.out, "no message appears twice"
    assert "00.png: empty file" in captured.out


def test_mistakes_are_shown_with_the_surest_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_pictures(tmp_path / "noise", 30, ("red",))
    for number, path in enumerate(sorted((root / "red").iterdir())):
        target = root / ("even" if number % 2 else "odd")
        target.mkdir(exist_ok=True)
        path.rename(target / path.name)
    (root / "red").rmdir()
    assert run(["fit", str(root), "-o", str(tmp_path / "m.onnx"), *TINY, "--no-report"]) == 0
    assert "Wrong with most confidence (is the label right?):" in capsys.readouterr().out


def test_many_classes_show_the_worst_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(24):
        folder = tmp_path / "many" / f"class{number}"
        folder.mkdir(parents=True)
        for copy in range(4):
            shade = np.full((20, 20, 3), (number * 10, 255 - number * 10, copy), np.uint8)
            Image.fromarray(shade).save(folder / f"{copy}.png")
    assert run(["fit", str(tmp_path / "many"), "-o", str(tmp_path / "m.onnx"), *TINY, "--no-report"]) == 0
    assert re.search(r"20 (worst|of the 2\d classes with the lowest F1,) of 24", capsys.readouterr().out)


def test_progress_is_shown_on_a_terminal(pictures: Path, tmp_path: Path) -> None:
    """In a pseudo-terminal, as a person sees it."""
    pty = pytest.importorskip("pty")
    import os

    controller, terminal = pty.openpty()
    command = [sys.executable, "-m", "headway", "fit", str(pictures), "-o", str(tmp_path / "m.onnx"), *TINY]
    process = subprocess.Popen(command, stderr=terminal, stdout=subprocess.DEVNULL)
    os.close(terminal)
    seen = b""
    while True:
        try:
            chunk = os.read(controller, 4096)
        except OSError:  # Linux says so when the other side has closed
            break
        if not chunk:
            break
        seen += chunk
    os.close(controller)
    assert process.wait() == 0
    assert b"features" in seen
    assert b"choosing a head" in seen


def test_old_features_can_be_forgotten(pictures: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cache"]) == 0
    out = capsys.readouterr().out
    assert "tiny" in out
    assert "squares, to find copies by" in out
    assert run(["cache", "--prune", "1"]) == 0
    assert "Removed" not in capsys.readouterr().out
    assert run(["cache", "--prune", "0"]) == 0
    assert "Removed 72 entries: features, or squares to find copies by" in capsys.readouterr().out


def test_what_is_kept_beside_features_is_shown_and_forgotten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    segment, run_of = tmp_path / "maps" / "space" / "0f.maps", tmp_path / "training" / f"{'0f' * 12}.npz"
    users = tmp_path / "training" / "mine.npz"
    compared = tmp_path / "compare" / ("0f" * 32) / "outcome.json"
    theirs = (compared.with_name("mine.txt"), tmp_path / "compare" / "mine" / "outcome.json", users)
    own = ((segment, 2_000_000), (segment.with_suffix(".keys"), 32), (run_of, 3_000_000), (compared, 4_000_000))
    for path, size in (*own, *((path, 9) for path in theirs)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))
    assert run(["cache", "--cache", str(tmp_path), "--json"]) == 0
    content = document(capsys)
    assert content["areas"]["maps"] == {"path": str(tmp_path / "maps"), "bytes": 2_000_000}
    assert content["areas"]["training"] == {"path": str(tmp_path / "training"), "bytes": 3_000_000}
    assert content["areas"]["compare"] == {"path": str(tmp_path / "compare"), "bytes": 4_000_000}
    assert run(["cache", "--cache", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert f"{tmp_path / 'maps'}: 2.0 MB" in out
    assert f"{tmp_path / 'compare'}: 4.0 MB" in out
    assert run(["cache", "--cache", str(tmp_path), "--clear"]) == 0
    out = capsys.readouterr().out
    assert "maps" not in out
    assert "compare" not in out
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == set(theirs)


def test_several_sources_are_read_as_one(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = write_pictures(tmp_path / "new", 4, ("red", "blue"), seed=1)
    (new / "blue").rename(new / "sea")
    assert run(["embed", str(pictures), str(new), *TINY]) == 0
    assert "2 sources: 44 pictures in 4 classes" in capsys.readouterr().out
    model = str(tmp_path / "m.onnx")
    assert run(["fit", str(pictures), str(new), str(new), "-o", model, *TINY, "--no-report"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("3 sources: 44 pictures in 4 classes")
    assert "Skipped: file that an earlier source has already brought (8)" in out
    assert run(["evaluate", model, str(pictures), str(new), "--json"]) == 0
    assert document(capsys)["scores"]["n"] == 44


def test_evaluate_knows_the_names_of_numbers_and_leaves_out_what_it_does_not_know(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, name in enumerate(("blue", "green", "red")):
        (pictures / name).rename(pictures / str(number))
    recipe, path = tmp_path / "own.toml", str(tmp_path / "m.onnx")
    recipe.write_text('backbone = "tiny"\n[data]\nclass_names = ["sea", "wood", "fire"]\n')
    assert run(["fit", str(pictures), "-o", path, "--recipe", str(recipe), "--no-report"]) == 0
    assert "Class names: '0 sea', '1 wood', '2 fire'" in capsys.readouterr().out
    assert run(["evaluate", path, str(pictures)]) == 0
    out = capsys.readouterr().out
    assert f"Classes named as when {path} was fitted: '0 sea', '1 wood', '2 fire'" in out
    (pictures / "1").rename(pictures / "7")
    assert run(["evaluate", path, path, str(pictures)]) == 2
    assert "'7' is not" in capsys.readouterr().err
    for models in ([path], [path, path]):
        assert run(["evaluate", *models, str(pictures), "--skip-unknown"]) == 0
        out = capsys.readouterr().out
        assert f"Left out: 12 pictures of 1 class unknown to {' or '.join(models)}: '7' (12)" in out
    names = tmp_path / "names.txt"
    names.write_text("0 fire\n2 sea\n7 wood\n")
    assert run(["evaluate", path, str(pictures), "--class-names", str(names), "--json"]) == 0
    found = document(capsys)
    assert (found["class_names"], found["unknown"], found["scores"]["n"]) == ({}, {}, 36)
    assert run(["evaluate", path, str(pictures), "--skip-unknown", "--json"]) == 0
    found = document(capsys)
    assert (found["class_names"], found["unknown"]) == ({"0": "sea", "2": "fire"}, {"7": 12})


def test_without_a_terminal_every_stage_is_told_in_lines(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["fit", str(pictures), "-o", str(tmp_path / "m.onnx"), *TINY]
    for form in ("--json", "--quiet"):
        assert run([*arguments, form, "--cache", str(tmp_path / form)]) == 0
        assert capsys.readouterr().err == ""
    assert run([*arguments, "--cache", str(tmp_path / "other")]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "features: 0 of 36 (0 %)"
    assert re.fullmatch(r"features: 36 of 36 \(100 %\), took \d+\.\d s", lines[1])
    assert lines[2].startswith("choosing a head: 0 of ")


def test_quiet_leaves_out_all_but_what_a_command_is_there_to_print(
    pictures: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["evaluate", str(model), str(pictures)], ["info", str(model)], ["cache"]):
        assert run([*arguments, "--quiet"]) == 0
        captured = capsys.readouterr()
        assert captured.out and all(line.startswith("Warning: ") for line in captured.err.splitlines())
        assert not any(line.endswith(" ") for line in captured.out.splitlines())
    assert run(["embed", str(pictures), *TINY, "--quiet"]) == 0
    assert capsys.readouterr().out == ""


def test_quiet_still_says_what_is_wrong(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headway.fitting.run.doubts", lambda report: ["the head learnt nothing"])
    assert run(["fit", str(pictures), "-o", str(tmp_path / "m.onnx"), *TINY, "--no-report", "--quiet"]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "Warning: the head learnt nothing\n")


def test_a_command_that_does_not_exist_suggests_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fot"]) == 2
    assert "did you mean fit" in capsys.readouterr().err


def test_the_result_is_written_as_a_page_of_markdown(
    pictures: Path, tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    for command, title in (
        (["fit", str(pictures), "-o", str(tmp_path / "other.onnx"), *TINY], "Fit"),
        (["evaluate", str(model), str(pictures)], "Evaluation"),
        (["evaluate", str(model), str(tmp_path / "other.onnx"), str(pictures)], "Evaluation"),
    ):
        assert run([*command, "--markdown", str(page)]) == 0
        assert f"Wrote {page}" in capsys.readouterr().out
        text = page.read_text()
        assert text.startswith(f"# {title} by Headway\n") and "| true \\\\ predicted | blue | green | red |" in text
    assert run(["fit", str(pictures), "--markdown", "page.html", *TINY]) == 2
    assert "page.html must end in .md: --markdown writes Markdown" in capsys.readouterr().err


def test_the_card_of_a_model(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["info", str(model), "--card"]) == 0
    assert capsys.readouterr().out.startswith('---\nlibrary_name: "headway"\n')
    assert run(["info", str(model), "--card", "--json"]) == 2
    assert "choose one of --json and --card" in capsys.readouterr().err
