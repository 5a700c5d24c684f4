"""Models of hand-made features: the graph begins behind them, and Headway computes what goes in."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from headway import backbones
from headway.backbones import handmade
from headway.calibration import softmax
from headway.errors import DataError, ModelError
from headway.heads import Head
from headway.model import Model, load
from headway.model.descriptors import pack, unpack
from headway.preparation import Transform, Vocabulary
from tests.model.forging import entry, inside, refused
from tests.model.making import HANDMADE, kernel, linear, made

WORDS = np.random.default_rng(0).random((5, 2), np.float32)
TRANSFORM = Transform((Vocabulary(6, 8, WORDS),), np.array([0, 2, 6, 7, 10]))
OUTPUTS = ("histogram", "points")


class _Engine:
    """Six means, and up to four points of two numbers: the rest is missing."""

    outputs, widths, width, input_size, precision = OUTPUTS, {"histogram": 6, "points": 8}, 14, (32, 32), "fp32"

    def run(self, batch: np.ndarray) -> np.ndarray:
        rows = batch.reshape(len(batch), -1)[:, :3066].reshape(len(batch), -1, 14).mean(axis=1).astype(np.float32)
        rows[:, 10:] = np.nan
        return rows

    def map(self, batches: Iterable[tuple[Any, np.ndarray]]) -> Iterator[tuple[Any, np.ndarray]]:
        for tag, batch in batches:
            yield tag, self.run(batch)


@pytest.fixture
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make Headway know a descriptor of fourteen numbers."""
    monkeypatch.setattr(handmade, "info", lambda name, image_size: HANDMADE)
    monkeypatch.setattr(backbones, "open_engine", lambda info, outputs, precision: _Engine())


def _model(head: Head, transform: Transform = TRANSFORM) -> Model:
    return made(head, info=HANDMADE, features=OUTPUTS, transform=transform)


PICTURES = np.random.default_rng(1).integers(0, 256, (3, 28, 32, 3)).astype(np.uint8)


@pytest.mark.usefixtures("_known")
@pytest.mark.parametrize("make", [linear, kernel])
@pytest.mark.parametrize("transform", [TRANSFORM, Transform(TRANSFORM.vocabularies, None)], ids=["selected", "all"])
def test_a_file_computes_what_headway_computes(
    tmp_path: Path, make: Callable[[int], Head], transform: Transform
) -> None:
    model = _model(make(transform.width(14)), transform)
    again = load(model.save(tmp_path / "m.onnx"))
    assert again.predict(list(PICTURES)) == model.predict(list(PICTURES))
    assert again.backbone() is HANDMADE

    raw = np.abs(np.random.default_rng(2).standard_normal((4, 14), np.float32))
    session = onnxruntime.InferenceSession(model.content, providers=["CPUExecutionProvider"])
    words = Transform(transform.vocabularies, None).apply(raw)
    theirs, embedding = session.run(["probabilities", "embedding"], {"features": words})
    np.testing.assert_array_equal(embedding, words)
    np.testing.assert_allclose(theirs, softmax(again.logits(raw), 2.0), atol=1e-4)


def test_the_file_says_that_it_needs_headway(tmp_path: Path) -> None:
    proto = onnx.load(_model(linear(5)).save(tmp_path / "m.onnx"))
    onnx.checker.check_model(proto, full_check=True)
    assert "Headway computes its input" in proto.doc_string
    metadata = {entry.key: json.loads(entry.value) for entry in proto.metadata_props if entry.key != "headway.sha256"}
    assert metadata["headway.backbone"]["name"] == "colour"
    assert metadata["headway.backbone"]["kind"] == "descriptor"
    [vocabulary] = unpack(metadata["headway.vocabularies"])
    np.testing.assert_array_equal(vocabulary.words, WORDS)


@pytest.mark.usefixtures("_known")
def test_other_versions_of_the_libraries_are_said() -> None:
    model = _model(linear(5))
    assert model.caveat(HANDMADE) is None
    assert "other versions of the libraries that compute colour" in str(model.caveat(replace(HANDMADE, sha256="0")))


@pytest.mark.usefixtures("_known")
def test_features_of_another_length_are_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = _model(linear(5)).save(tmp_path / "m.onnx")
    monkeypatch.setattr(_Engine, "width", 15)
    with pytest.raises(ModelError, match=r"m\.onnx: its head reads 14 numbers, not 15"):
        load(path).predict(PICTURES[0])


def test_features_that_headway_does_not_know_are_named(tmp_path: Path, fitted: Model) -> None:
    """And no file or network of that name is opened."""
    head = linear(5)
    model = made(head, info=replace(HANDMADE, name="/etc/passwd.onnx"), features=OUTPUTS, transform=TRANSFORM)
    again = load(model.save(tmp_path / "m.onnx"))
    with pytest.raises(ModelError, match="needs hand-made features '/etc/passwd.onnx'"):
        again.predict(PICTURES[0])
    disguised = made(head, info=replace(HANDMADE, name="tiny"), features=OUTPUTS, transform=TRANSFORM)
    with pytest.raises(ModelError, match="needs hand-made features 'tiny'"):
        disguised.backbone()


def _vocabulary(**values: Any) -> Callable[[onnx.ModelProto], object]:
    return entry("vocabularies", json.dumps([{**pack(TRANSFORM.vocabularies)[0], **values}]))


def _more_nodes(model: onnx.ModelProto) -> None:
    model.graph.node.insert(0, onnx.helper.make_node("Relu", ["features"], ["twice"]))


def _input(columns: int) -> Callable[[onnx.ModelProto], object]:
    def change(model: onnx.ModelProto) -> None:
        model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = columns

    return change


FORGED: dict[str, tuple[Callable[[onnx.ModelProto], object], str]] = {
    "network": (inside("backbone", kind="network"), "do not agree"),
    "no vocabularies": (lambda m: m.metadata_props.remove(_find(m, "vocabularies")), "do not agree"),
    "no list": (entry("vocabularies", "{}"), "is not a list"),
    "numbers": (entry("vocabularies", "[1, 2]"), "not understood"),
    "negative first": (_vocabulary(first=-1), "not understood"),
    "first true": (_vocabulary(first=True), "not understood"),
    "a huge bag": (_vocabulary(count=1 << 62), "not understood"),
    "half descriptors": (_vocabulary(count=7), "whole descriptors"),
    "no words": (_vocabulary(shape=[0, 2], words=""), "whole descriptors"),
    "other shape": (_vocabulary(shape=[5, 3]), "not understood"),
    "three axes": (_vocabulary(shape=[5, 1, 2]), "not understood"),
    "no base64": (_vocabulary(words="é!"), "not understood"),
    "words NaN": (_vocabulary(words=base64.b64encode((WORDS * np.nan).tobytes()).decode()), "from -1 to 1"),
    "huge words": (_vocabulary(words=base64.b64encode((WORDS + np.float32(3e38)).tobytes()).decode()), "from -1 to 1"),
    "overlap": (entry("vocabularies", json.dumps(pack(TRANSFORM.vocabularies) * 2)), "overlap"),
    "more nodes": (_more_nodes, "holds more than a head"),
    "other input": (_input(12), "embedding"),
    "input of 2^60": (_input(1 << 60), "embedding|numbers"),
    "open input": (_input(0), "features, float32"),
}


def _find(model: onnx.ModelProto, key: str) -> onnx.StringStringEntryProto:
    return next(found for found in model.metadata_props if found.key == f"headway.{key}")


@pytest.mark.parametrize(("change", "says"), FORGED.values(), ids=FORGED)
def test_a_forged_file_is_refused(tmp_path: Path, change: Callable[[onnx.ModelProto], object], says: str) -> None:
    refused(_model(linear(5)), tmp_path, change, says)


def test_vocabularies_keep_their_bytes() -> None:
    [back] = unpack(json.loads(json.dumps(pack(TRANSFORM.vocabularies))))
    assert (back.first, back.count, back.words.dtype) == (6, 8, np.float32)
    np.testing.assert_array_equal(back.words, WORDS)
    assert unpack(pack(())) == ()
    with pytest.raises(DataError):
        unpack([{**pack(TRANSFORM.vocabularies)[0], "count": 0}])
