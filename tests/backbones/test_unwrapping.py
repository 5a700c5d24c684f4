"""A model of Headway as the backbone of another: from cats and dogs to horses and donkeys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import headway
from headway import backbones
from headway.analysis.layers import backbone_layers
from headway.backbones.foreign.unwrapping import without_head
from headway.cli.main import run
from headway.errors import ModelError
from headway.testing import TINY
from tests.backbones.exported import network, saved
from tests.helpers import write_pictures


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("first")
    write_pictures(folder / "pictures")
    return folder


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)


def fitted(place: Path, target: Path, **recipe: Any) -> headway.Model:
    model = headway.fit(place / "pictures", headway.Recipe(**{"backbone": "tiny"} | recipe), cache=place / "cache")
    model.save(target)
    return model


def features(info: backbones.BackboneInfo, images: np.ndarray, name: str = "head.mean") -> np.ndarray:
    return backbones.Engine(backbones.read(info), [name], "fp32").run(images)


def embedded(model: headway.Model, images: np.ndarray) -> np.ndarray:
    """What the head reads; of several depths the last 32 numbers are ``head.mean``."""
    return backbones.Engine(model.content, ["embedding"], "fp32").run(images)


@pytest.mark.parametrize("which", ["last", "depths"])
def test_the_network_of_a_frozen_one_gives_what_it_gave(
    place: Path, tmp_path: Path, images: np.ndarray, which: str
) -> None:
    fitted(place, tmp_path / "m.onnx", features=which, head="logistic")
    info = backbones.obtain(str(tmp_path / "m.onnx"))
    assert info.dims["head.mean"] == 32 and info.dims["block1.mean"] == 16
    np.testing.assert_allclose(features(info, images), features(TINY, images), rtol=1e-5)
    own = sum(layer.parameters for layer in backbone_layers(TINY).layers)
    assert sum(layer.parameters for layer in backbone_layers(info).layers) == own
    assert info.parameters == own


def test_a_fine_tuned_one_brings_what_it_learnt(place: Path, tmp_path: Path, images: np.ndarray) -> None:
    model = fitted(
        place,
        tmp_path / "m.onnx",
        finetune="last-block",
        features="last",
        epochs=1,
        learning_rate=0.05,
        precision="fp32",
    )
    info = backbones.obtain(str(tmp_path / "m.onnx"))
    np.testing.assert_allclose(features(info, images), embedded(model, images), rtol=1e-4, atol=1e-5)
    assert not np.allclose(features(info, images), features(TINY, images), rtol=1e-4)


def test_mirrored_views_are_left_out(place: Path, tmp_path: Path, images: np.ndarray) -> None:
    model = fitted(place, tmp_path / "m.onnx", finetune="last-block", epochs=1, tta=True, precision="fp32")
    info = backbones.obtain(str(tmp_path / "m.onnx"))
    averaged = (features(info, images) + features(info, images[:, :, ::-1].copy())) / 2
    np.testing.assert_allclose(averaged, embedded(model, images)[:, -32:], rtol=1e-4, atol=1e-5)


def test_a_head_on_the_flattened_map_leaves_the_map(place: Path, tmp_path: Path) -> None:
    fitted(place, tmp_path / "m.onnx", backbone=saved(network(), tmp_path), features="flat", head="centroid")
    first, info = (backbones.obtain(str(tmp_path / name)) for name in ("my net.onnx", "m.onnx"))
    assert info.dims == first.dims | {"head.std": 6}  # here the embedding is the mean of the last map
    pictures = np.random.default_rng(1).integers(0, 256, (2, first.input_size, first.input_size, 3), np.uint8)
    for name in ("head.mean", "flat"):
        np.testing.assert_allclose(features(info, pictures, name), features(first, pictures, name), rtol=1e-4)


def test_one_layer_alone_is_the_embedding(place: Path, tmp_path: Path, images: np.ndarray) -> None:
    fitted(place, tmp_path / "m.onnx", features="block1.mean", head="centroid")
    info = backbones.obtain(str(tmp_path / "m.onnx"))
    np.testing.assert_allclose(features(info, images), features(TINY, images, "block1.mean"), rtol=1e-5)


def test_from_problem_to_problem(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A third model begins with the network that the second fine-tuned, which began with that of the first."""
    (tmp_path / "other").mkdir()
    for old, new in (("red", "horses"), ("blue", "donkeys")):
        (tmp_path / "other" / new).symlink_to(place / "pictures" / old)
    fitted(place, tmp_path / "1.onnx", finetune="last-block", epochs=1)
    for before, after, how in (("1", "2", ["--finetune", "last-block", "--epochs", "1"]), ("2", "3", [])):
        given = ["fit", str(tmp_path / "other"), "-o", str(tmp_path / f"{after}.onnx"), "--quiet", "--no-report"]
        assert run([*given, "--backbone", str(tmp_path / f"{before}.onnx"), *how]) == 0
    model = headway.load(tmp_path / "3.onnx")
    assert model.classes == ("donkeys", "horses") and model.report.test.accuracy == 1
    assert model.report.recipe["backbone"] == "2.onnx"  # no folders
    names = [name for node in model.proto.graph.node for name in node.output]
    assert not any(name.startswith("backbone/network/backbone") or "network/network" in name for name in names)
    assert run(["backbones", "show", str(tmp_path / "2.onnx")]) == 0
    assert "head/conv" in capsys.readouterr().out


def test_descriptors_are_no_network(place: Path, tmp_path: Path) -> None:
    fitted(place, tmp_path / "m.onnx", backbone="colour", head="centroid")
    with pytest.raises(ModelError, match="m.onnx cannot be a backbone: it reads hand-made descriptors"):
        backbones.obtain(str(tmp_path / "m.onnx"))


def test_other_networks_are_not_touched() -> None:
    assert without_head(network()) is None
    assert without_head(onnx.load_model_from_string(backbones.read(TINY))) is None


def _without_inputs(joined: onnx.NodeProto, graph: onnx.GraphProto) -> None:
    del joined.input[:]


def _around(joined: onnx.NodeProto, graph: onnx.GraphProto) -> None:
    joined.input[:] = ["there"]
    graph.node.append(onnx.helper.make_node("Identity", ["there"], ["back"]))
    graph.node.append(onnx.helper.make_node("Identity", ["back"], ["there"]))


def _of_nothing(joined: onnx.NodeProto, graph: onnx.GraphProto) -> None:
    joined.input[:] = ["flat"]
    graph.node.append(onnx.helper.make_node("Flatten", [], ["flat"]))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [(_without_inputs, "cannot be a backbone"), (_around, "of nothing, or of itself"), (_of_nothing, "of nothing")],
)
def test_a_model_whose_embedding_was_spoilt(place: Path, tmp_path: Path, spoil: Any, message: str) -> None:
    fitted(place, tmp_path / "m.onnx", head="centroid", features="last")
    model = onnx.load(str(tmp_path / "m.onnx"))
    spoil(next(node for node in model.graph.node if "embedding" in node.output), model.graph)
    onnx.save(model, str(tmp_path / "m.onnx"))
    with pytest.raises(ModelError, match=message):
        backbones.obtain(str(tmp_path / "m.onnx"))


def test_a_file_may_be_called_as_descriptors_are_joined(place: Path, tmp_path: Path) -> None:
    fitted(place, tmp_path / "of+colour+and+lbp.onnx", head="centroid", features="last")
    info = backbones.obtain(str(tmp_path / "of+colour+and+lbp.onnx"))
    assert info.kind == "network" and info.name.startswith("of_colour_and_lbp")
    assert backbones.find_by_digest(info.sha256) == info
