"""Loading a model for whoever predicts next: its engine is made meanwhile, of a graph that is checked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from headway.backbones import Engine
from headway.errors import ModelError
from headway.model import Model, engines, load
from tests.model.making import HANDMADE, linear, made

PICTURES = list(np.random.default_rng(0).integers(0, 256, (3, 40, 50, 3)).astype(np.uint8))


@pytest.fixture
def made_engines(monkeypatch: pytest.MonkeyPatch) -> list[Engine]:
    """Every engine that models make."""
    found: list[Engine] = []

    def engine(*arguments: object) -> Engine:
        found.append(Engine(*arguments))
        return found[-1]

    monkeypatch.setattr(engines, "Engine", engine)
    return found


def test_ahead_makes_the_one_engine_that_predicts(fitted: Model, tmp_path: Path, made_engines: list[Engine]) -> None:
    expected = load(fitted.save(tmp_path / "m.onnx")).predict(PICTURES)
    made_engines.clear()
    ahead = load(tmp_path / "m.onnx", ahead=True)
    assert [prediction.top for prediction in ahead.predict(PICTURES)] == [prediction.top for prediction in expected]
    assert made_engines == [ahead.engine]
    assert ahead.engine.outputs == ahead.features and ahead.engine.precision == ahead.precision


def test_what_goes_wrong_ahead_is_said_where_the_engine_is_used(
    fitted: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    fitted.save(tmp_path / "m.onnx")

    def broken(*_: object) -> Engine:
        raise ModelError("no engine today")

    monkeypatch.setattr(engines, "Engine", broken)
    model = load(tmp_path / "m.onnx", ahead=True)
    with pytest.raises(ModelError, match="no engine today"):
        model.predict(PICTURES)
    assert capfd.readouterr().err == ""


def test_nothing_is_made_ahead_of_a_file_that_is_refused(
    fitted: Model, tmp_path: Path, made_engines: list[Engine]
) -> None:
    content = bytearray(fitted.content)
    content[len(content) // 2] ^= 1
    (tmp_path / "m.onnx").write_bytes(content)
    with pytest.raises(ModelError):
        load(tmp_path / "m.onnx", ahead=True)
    assert made_engines == []


def test_a_model_of_descriptors_makes_nothing_ahead(tmp_path: Path, made_engines: list[Engine]) -> None:
    path = made(linear(14), info=HANDMADE, features=("histogram", "points")).save(tmp_path / "m.onnx")
    assert not load(path, ahead=True)._engine.is_made and made_engines == []


def test_a_graph_is_checked_before_what_reads_pictures_and_facts_is_imported(fitted: Model, tmp_path: Path) -> None:
    """These imports, a quarter of a start, go on while the network is compiled."""
    path = fitted.save(tmp_path / "m.onnx")
    code = (
        "import sys\n"
        "from headway.model import file\n"
        f"file.decode(open({str(path)!r}, 'rb').read(), 'm')\n"
        "early = [name for name in ('PIL', 'headway.facts.fit', 'headway.pipeline') if name in sys.modules]\n"
        "assert not early, early\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
