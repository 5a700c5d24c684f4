"""A network that averages over mirrored views, in ONNX Runtime, OpenVINO and a whole model."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from headway.backbones import Engine
from headway.backbones.mirrors import views
from headway.errors import UnknownNameError, UserError
from headway.model import load
from headway.testing import tiny_backbone_onnx
from tests.model.making import kernel, linear, made

NETWORK = tiny_backbone_onnx()
MIRRORED = {
    "identity": lambda pictures: pictures,
    "hflip": lambda pictures: pictures[:, :, ::-1],
    "vflip": lambda pictures: pictures[:, ::-1],
    "hvflip": lambda pictures: pictures[:, ::-1, ::-1],
}
OUTPUTS = ("block1.std", "head.mean")
PICTURES = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3)).astype(np.uint8)


@pytest.mark.parametrize("names", [n for size in (1, 2, 4) for n in itertools.permutations(MIRRORED, size)][::5])
def test_outputs_are_the_means_over_the_views(names: tuple[str, ...]) -> None:
    network = views(NETWORK, names, OUTPUTS)  # type: ignore[arg-type]
    onnx.checker.check_model(onnx.load_model_from_string(network), full_check=True)
    plain, averaged = Engine(NETWORK, OUTPUTS), Engine(network, OUTPUTS)
    expected = np.mean([plain.run(np.ascontiguousarray(MIRRORED[name](PICTURES))) for name in names], axis=0)
    np.testing.assert_allclose(averaged.run(PICTURES), expected, atol=1e-4)
    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
    theirs = np.concatenate(session.run(list(OUTPUTS), {"images": PICTURES}), axis=1)  # all pictures at once
    np.testing.assert_allclose(theirs, expected, atol=1e-4)


def test_the_same_bytes_again() -> None:
    names = ("identity", "vflip")
    assert views(NETWORK, names, OUTPUTS) == views(NETWORK, names, OUTPUTS)


@pytest.mark.parametrize("make", [linear, kernel])
def test_a_model_of_it_is_saved_checked_and_read(tmp_path: Path, make: object) -> None:
    network = views(NETWORK, ("identity", "hflip"), ("head.mean",))
    model = made(make(32), network=network, features=["head.mean"])  # type: ignore[operator]
    again = load(model.save(tmp_path / "m.onnx"))
    straight, mirrored = again.predict([PICTURES[0], np.ascontiguousarray(PICTURES[0, :, ::-1])])
    assert straight.probability == pytest.approx(mirrored.probability, abs=1e-6)
    assert again.backbone().name.startswith("model-")  # it is not the network that it claims


def test_mirrors_of_mirrors() -> None:
    once = views(NETWORK, ("identity", "hflip"), ("head.mean",))
    with pytest.raises(UnknownNameError, match=r"block1\.std"):
        views(once, ("identity",), OUTPUTS)


def test_what_is_no_view_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean hflip"):
        views(NETWORK, ("hflp",), OUTPUTS)  # type: ignore[arg-type]
    for names in ((), ("hflip", "hflip")):
        with pytest.raises(UserError, match="views must name at least one, each once"):
            views(NETWORK, names, OUTPUTS)  # type: ignore[arg-type]
