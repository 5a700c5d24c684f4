"""The picture itself as features."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

import headway
from headway.backbones import find, find_by_digest, is_available, obtain, open_engine, pixels, read
from headway.errors import UserError
from headway.images import load


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("size", [32, 5])
def test_features_are_the_pixels(size: int, precision: str) -> None:
    info = find("pixels", size)
    images = np.random.default_rng(0).integers(0, 256, (3, size, size, 3), np.uint8)
    found = open_engine(info, info.depths, precision).run(images)  # type: ignore[arg-type]
    np.testing.assert_array_equal(found, images.reshape(3, -1))


def test_it_is_a_backbone_like_any_other() -> None:
    assert is_available(pixels.info()) and obtain("pixels", image_size=64).input_size == 64
    assert pixels.info().sha256 != pixels.info(33).sha256 and read(pixels.info()) == read(pixels.info())
    assert find_by_digest(pixels.info().sha256) is None
    with pytest.raises(UserError, match="has no weights"):
        obtain("pixels", weights="random")


def test_a_model_of_pixels_is_an_ordinary_file(pictures: Path, tmp_path: Path) -> None:
    model = headway.fit(pictures, backbone="pixels", head="logistic", image_size=8)
    assert model.report.features.outputs == ("pixels",) and model.report.features.dim == 192
    again = headway.load(model.save(tmp_path / "m.onnx"))
    path = sorted(pictures.rglob("*.png"))[5]
    session = onnxruntime.InferenceSession(again.content, providers=["CPUExecutionProvider"])
    (theirs,) = session.run(["probabilities"], {"images": load(path, 8, "squash")[None]})
    [prediction] = again.predict([path])
    assert prediction.label == again.classes[int(theirs.argmax())]
    assert headway.evaluate(again, pictures).report.scores.accuracy > 0.5


def test_pixels_cannot_be_fine_tuned(pictures: Path) -> None:
    with pytest.raises(UserError, match="finetune needs a network with weights, and backbone pixels has none"):
        headway.fit(pictures, backbone="pixels", finetune="last-block")
