"""A list of fixes in every command that reads labelled pictures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import headway
from headway.cli.main import run
from tests.dataset.fixes.making import write_list

TINY = ["--backbone", "tiny"]
SAID = "Fixes: 2 pictures dropped, 1 relabelled, 2 in 1 group (fixes.csv)"


@pytest.fixture
def fixes(pictures: Path) -> Path:
    """Two pictures dropped, one relabelled, two in a group: 12, 12 and 10 are left, 13 of them blue."""
    return write_list(
        pictures.parent / "fixes.csv",
        ["red/00.png", "blank", "drop", ""],
        ["red/01.png", "blank", "drop", ""],
        ["green/00.png", "wrong-labels", "relabel", "blue"],
        ["green/01.png", "near-copies", "group", "a"],
        ["green/02.png", "near-copies", "group", "a"],
    )


def document(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, object]:
    capsys.readouterr()
    assert run([*map(str, arguments), "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_read_says_what_was_done(pictures: Path, fixes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["read", str(pictures), "--fixes", str(fixes)]) == 0
    assert SAID in capsys.readouterr().out
    report = document(capsys, "read", pictures, "--fixes", fixes)
    assert report["counts"] == {"pictures": {"blue": 13, "green": 11, "red": 10}}
    assert (report["groups"], report["largest_group"]) == (33, 2)


def test_fit_learns_the_new_labels_and_says_so(
    pictures: Path, fixes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "m.onnx"
    assert run(["fit", str(pictures), "--fixes", str(fixes), "-o", str(target), *TINY]) == 0
    assert SAID in capsys.readouterr().out
    page = target.with_suffix(".html").read_text()
    assert SAID in page and str(tmp_path) not in page
    by_hand = headway.fit(headway.read(pictures, fixes=fixes), headway.Recipe(backbone="tiny"))
    model = headway.load(target)
    assert model.report.data.counts == {"blue": 13, "green": 11, "red": 10}
    assert model.report.data.fingerprint == by_hand.report.data.fingerprint
    assert model.report.data.division.grouped


def test_a_relabelled_picture_is_learned_as_what_it_was_called(pictures: Path) -> None:
    """Were the old label still in use, red pictures that are all called amber could not be predicted so."""
    rows = [[f"red/{number:02d}.png", "", "relabel", "amber"] for number in range(12)]
    path = write_list(pictures.parent / "fixes.csv", *rows)
    model = headway.fit(headway.read(pictures, fixes=path), backbone="tiny", head="centroid")
    assert model.classes == ("amber", "blue", "green")
    assert [prediction.label for prediction in model.predict([pictures / "red" / "03.png"])] == ["amber"]


def test_split_writes_clean_folders_and_leaves_the_pictures_alone(
    pictures: Path, fixes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in pictures.rglob("*") if path.is_file()}
    for more in ([], ["--link"]):
        clean = tmp_path / f"clean{len(more)}"
        assert run(["split", str(pictures), "--fixes", str(fixes), "-o", str(clean), *more]) == 0
        assert SAID in capsys.readouterr().out
        found = {path.read_bytes(): path.parent.name for path in clean.rglob("*.png")}
        assert len(found) == 34
        assert found[(pictures / "green" / "00.png").read_bytes()] == "blue"
        assert (pictures / "red" / "00.png").read_bytes() not in found
        sides = {path.parent.parent.name for path in clean.rglob("green/0[12].png")}
        assert len(sides) == 1
    after = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in pictures.rglob("*") if path.is_file()}
    assert after == before
    assert run(["split", str(pictures), "--fixes", str(fixes), "-o", str(tmp_path / "clean.csv")]) == 0
    table = (tmp_path / "clean.csv").read_text().splitlines()
    assert table[0] == "path,label,split,group" and len(table) == 35
    assert sum(line.endswith(",a") for line in table) == 2


def test_compare_evaluate_embed_and_features_take_a_list(
    pictures: Path, fixes: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = document(capsys, "evaluate", model, pictures, "--fixes", fixes)
    assert report["scores"]["n"] == 34  # type: ignore[index]
    assert report["scores"]["right"] == 33  # type: ignore[index]
    assert document(capsys, "embed", pictures, "--fixes", fixes, *TINY)["n"] == 34
    assert document(capsys, "features", pictures, "--fixes", fixes, *TINY)["data"]["n"] == 34  # type: ignore[index]
    compared = ["compare", str(pictures), "--fixes", str(fixes), "--only", "majority,frozen-centroid", "--folds", "2"]
    assert run([*compared, *TINY]) == 0
    printed = capsys.readouterr().out
    assert SAID in printed and f"--fixes {fixes}" in printed


def test_a_mistake_is_one_line_that_names_file_and_line(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_list(tmp_path / "fixes.csv", ["red/00.png", "", "drop", ""], ["red/01.png", "", "relabel", "blu"])
    for command in (["read"], ["fit", "-o", str(tmp_path / "m.onnx")], ["split", "-o", str(tmp_path / "clean")]):
        assert run([*command, str(pictures), "--fixes", str(path)]) == 2
        error = capsys.readouterr().err.strip().splitlines()[-1]
        assert error.startswith(f"headway: {path}, line 3: no class is called 'blu': did you mean blue?")
    assert not (tmp_path / "m.onnx").exists() and not (tmp_path / "clean").exists()


def test_features_have_no_files_to_fix(
    pictures: Path, fixes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "f.npy"
    assert run(["embed", str(pictures), "--fixes", str(fixes), *TINY, "-o", str(target), "-q"]) == 0
    assert run(["fit", str(target), "--fixes", str(fixes), "-o", str(tmp_path / "m.onnx")]) == 2
    assert "`headway embed` takes --fixes" in capsys.readouterr().err


def test_the_whole_cycle(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(np.full((40, 50, 3), 7, np.uint8)).save(pictures / "red" / "00.png")
    fixes = tmp_path / "fixes.csv"
    audit = ["audit", str(pictures), *TINY, "--only", "blank", "--strict", "--fixes", str(fixes)]
    assert run(audit) == 1
    assert f"headway fit DATA --fixes {fixes}" in capsys.readouterr().out
    assert run(["fit", str(pictures), "--fixes", str(fixes), "-o", str(tmp_path / "m.onnx"), *TINY]) == 0
    assert "Fixes: 1 picture dropped (fixes.csv)" in capsys.readouterr().out
    assert run(audit) == 0
