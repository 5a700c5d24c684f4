"""How to use a model: what is shown runs."""

from __future__ import annotations

import contextlib
import io
import shlex
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from headway import demo, fit
from headway.cli.main import headway
from headway.model import Model
from headway.rendering.usage import Snippet, usage
from tests.model.making import CLASSES, HANDMADE, report


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A model of the demo's pictures."""
    return fit(demo.pictures(), backbone="tiny", cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fitted: Model) -> Path:
    """A folder with pictures in new/, and a model whose name has to be quoted."""
    (tmp_path / "new").mkdir()
    for number, picture in enumerate(sorted((demo.pictures() / "birds").iterdir())[:2], start=1):
        shutil.copy(picture, tmp_path / "new" / f"{number}.jpg")
    fitted.save(tmp_path / "it's mine.onnx")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(snippet: Snippet) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(compile(snippet.text, snippet.title, "exec"), {})  # noqa: S102
    return said.getvalue()


@pytest.mark.parametrize("resize", ["squash", "crop", "letterbox"])
def test_what_is_shown_runs(workplace: Path, fitted: Model, resize: Any) -> None:
    facts = replace(fitted.report, input=replace(fitted.report.input, resize=resize))
    shell, python, onnx = usage("it's mine.onnx", facts)
    program, *arguments = shlex.split(shell.text)
    pictures = sorted(map(str, Path().glob(arguments.pop())))
    result = CliRunner().invoke(headway, [*arguments, *pictures])
    assert program == "headway" and result.exit_code == 0 and len(result.output.splitlines()) == 2
    said = run(python).splitlines()
    assert [line.split()[0] for line in said] == ["new/1.jpg", "new/2.jpg"]
    name, probability = run(onnx).rsplit(maxsplit=1)
    assert name in fitted.classes and 0 < float(probability) <= 1


@pytest.mark.parametrize("reading", [{"bands": (3, 2, 1)}, {"value_range": (0.0, 4095.0)}])
def test_bands_and_ranges_are_read_by_headway(workplace: Path, fitted: Model, reading: dict[str, Any]) -> None:
    facts = replace(fitted.report, input=replace(fitted.report.input, **reading))
    *_, onnx = usage("it's mine.onnx", facts)
    [(name, value)] = reading.items()
    assert f"Reading({name}={value!r})" in onnx.text and "ImageOps" not in onnx.text
    assert run(onnx).split()[0] in fitted.classes


def test_hand_made_features_need_headway() -> None:
    assert [one.title for one in usage("m.onnx", report(HANDMADE, classes=CLASSES))] == ["Command line", "Python"]


def test_a_name_that_turns_the_direction_of_writing_is_stood_in_for() -> None:
    assert all("model.onnx" in one.text and "\u202e" not in one.text for one in usage("\u202exnno.onnx", report()))
