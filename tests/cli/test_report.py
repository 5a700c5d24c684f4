"""The page that commands write: where, when it is refused, and what stands in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headway.cli.main import run

TINY = ["--backbone", "tiny"]


def complaint(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err.splitlines()[-1]


def test_fit_writes_it_beside_the_model(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fit", str(pictures), "-o", str(tmp_path / "m.onnx"), *TINY]) == 0
    page = tmp_path / "m.html"
    assert f"Wrote {page}" in capsys.readouterr().out
    html = page.read_text()
    assert "data:image/webp;base64," in html
    assert "small copies of pictures" in html
    assert str(tmp_path) not in html
    assert run(["fit", str(pictures), "-o", str(tmp_path / "m.onnx"), *TINY, "--quiet"]) == 0  # it replaces its own
    assert page.read_text() == html  # the same facts, the same bytes


def test_fit_writes_it_elsewhere_or_not_at_all(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fit = ["fit", str(pictures), "-o", str(tmp_path / "m.onnx"), *TINY, "--quiet"]
    assert run([*fit, "--no-report"]) == 0
    assert not (tmp_path / "m.html").exists()
    assert run([*fit, "--report", str(tmp_path / "r.html"), "--json"]) == 0
    json.loads(capsys.readouterr().out)
    assert (tmp_path / "r.html").exists()
    assert not (tmp_path / "m.html").exists()
    assert run([*fit, "--report", "r.html", "--no-report"]) == 2
    assert complaint(capsys) == "headway: --report and --no-report cannot both be given: leave one out"


def test_pictures_and_names_can_be_left_out(pictures: Path, tmp_path: Path) -> None:
    assert run(["fit", str(pictures), "-o", str(tmp_path / "m.onnx"), *TINY, "--quiet", "--no-pictures"]) == 0
    html = (tmp_path / "m.html").read_text()
    assert "image/webp" not in html
    assert ".png" not in html
    assert "neither pictures nor the names of their files" in html


def test_a_place_that_cannot_be_written_is_refused_before_the_work(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.html").write_text("my thesis")
    assert run(["fit", str(pictures), "-o", str(tmp_path / "m.onnx"), *TINY]) == 2
    assert complaint(capsys) == (
        f"headway: {tmp_path / 'm.html'} cannot be written: it is a file that Headway did not write, and is not "
        "replaced; give another place with --report"
    )
    assert not (tmp_path / "m.onnx").exists()
    for command in (["evaluate", "m.onnx"], ["compare"], ["features"]):
        assert run([*command, str(pictures), "--report", "page.pdf"]) == 2
        assert "page.pdf must end in .html" in complaint(capsys)


def test_the_model_is_kept_where_the_report_cannot_be_written(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from headway import reporting
    from headway.errors import OutputError

    def full(page: object, path: Path) -> None:
        raise OutputError(f"{path} cannot be written: No space left on device; give another place with --report")

    monkeypatch.setattr(reporting, "write_report", full)
    assert run(["fit", str(pictures), "-o", str(tmp_path / "m.onnx"), *TINY]) == 2
    assert (tmp_path / "m.onnx").exists()
    shown = capsys.readouterr()
    assert "Saved" in shown.out
    assert shown.err.splitlines()[-1].startswith(f"headway: {tmp_path / 'm.html'} cannot be written: No space")


def test_evaluate(model: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "e.html"
    assert run(["evaluate", str(model), str(pictures), "--report", str(page)]) == 0
    assert f"Wrote {page}" in capsys.readouterr().out
    html = page.read_text()
    assert "Evaluation of a model" in html
    assert "image/webp" in html
    assert str(tmp_path) not in html
    assert run(["evaluate", str(model), str(pictures), "--report", str(page), "--no-pictures", "--quiet"]) == 0
    assert "image/webp" not in page.read_text()
    assert run(["evaluate", str(model), str(model), str(pictures), "--report", str(page)]) == 2
    assert complaint(capsys) == "headway: --report is about one model: leave the other out"


def test_compare(pictures: Path, tmp_path: Path) -> None:
    page = tmp_path / "c.html"
    assert run(["compare", str(pictures), "--only", "majority,colour", "--report", str(page), "--quiet"]) == 0
    html = page.read_text()
    assert "2 recipes" in html
    assert "PICTURES/" in html or "headway fit" not in html
    assert str(tmp_path) not in html


def test_features(pictures: Path, tmp_path: Path) -> None:
    page = tmp_path / "f.html"
    assert run(["features", str(pictures), *TINY, "--report", str(page), "--quiet"]) == 0
    html = page.read_text()
    assert "Which features are of use" in html
    assert "image/webp" in html
    assert str(tmp_path) not in html
    assert run(["features", str(pictures), *TINY, "--report", str(page), "--quiet", "--no-pictures"]) == 0
    assert "image/webp" not in page.read_text()


def test_features_of_a_file_have_names_only(pictures: Path, tmp_path: Path) -> None:
    features = tmp_path / "f.parquet"
    assert run(["embed", str(pictures), *TINY, "-o", str(features), "--quiet"]) == 0
    assert run(["fit", str(features), "-o", str(tmp_path / "m.onnx"), "--quiet"]) == 0
    html = (tmp_path / "m.html").read_text()
    assert "names of pictures, and no pictures" in html
    assert "image/webp" not in html
    assert str(tmp_path) not in html
