"""Networks made of networks: their graphs agree with what they are made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from headway import backbones
from headway.backbones import Engine, composing, find, obtain, read
from headway.backbones.resizing import resize
from headway.errors import UnknownNameError, UserError
from headway.session import Session

ZERO = find("efficientnet_lite0")
SMALL = composing.resized(ZERO, 32)
BOTH = composing.joined([find("tiny"), SMALL])
PICTURES = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3)).astype(np.uint8)


@pytest.mark.parametrize("info", [SMALL, BOTH, composing.mirrored(SMALL), composing.mirrored(BOTH)])
def test_a_graph_has_the_promised_form_and_onnx_runtime_agrees(info: backbones.BackboneInfo) -> None:
    content = read(info)
    model = onnx.load_model_from_string(content)
    onnx.checker.check_model(model, full_check=True)
    shapes = {value.name: value.type.tensor_type.shape.dim[1].dim_value for value in model.graph.output}
    assert {name: shapes[name] for name in info.dims} == dict(info.dims)
    session = onnxruntime.InferenceSession(content)
    expected = np.hstack(session.run(list(info.depths), {"images": PICTURES}))
    np.testing.assert_allclose(Engine(content, info.depths).run(PICTURES), expected, rtol=1e-3, atol=1e-4)
    assert read(info) == content


def test_joined_outputs_are_those_of_the_parts() -> None:
    found = Engine(read(BOTH), BOTH.depths).run(PICTURES)
    own = [Engine(read(part), part.depths).run(PICTURES) for part in BOTH.parts]
    np.testing.assert_allclose(found, np.hstack(own), rtol=1e-5, atol=1e-5)
    assert BOTH.feature_sets["last"] == ("tiny/head.mean", "efficientnet_lite0/head.mean")
    assert BOTH.outputs_of("tiny/block1") == ("tiny/block1.mean", "tiny/block1.std")


def test_mirrored_outputs_are_means_over_both_views() -> None:
    own = Engine(read(BOTH), BOTH.depths)
    means = (own.run(PICTURES) + own.run(np.ascontiguousarray(PICTURES[:, :, ::-1]))) / 2
    found = Engine(read(composing.mirrored(BOTH)), BOTH.depths).run(PICTURES)
    np.testing.assert_allclose(found, means, rtol=1e-4, atol=1e-5)


def test_a_network_of_its_own_size_is_the_same_file() -> None:
    assert resize(read(ZERO), 224) == read(ZERO)
    assert composing.resized(ZERO, 224) is ZERO


@pytest.mark.parametrize("size", [33, 47, 64])
def test_padding_of_another_size_is_that_of_tensorflow(size: int) -> None:
    """ONNX Runtime pads by itself where a graph says SAME_UPPER, and then gives the same."""
    model = onnx.load_model_from_string(resize(read(ZERO), size))
    names = ["block2.mean", "head.mean"]
    for node in model.graph.node:
        if pads := [attribute for attribute in node.attribute if attribute.name == "pads"]:
            node.attribute.remove(pads[0])
            node.attribute.append(onnx.helper.make_attribute("auto_pad", "SAME_UPPER"))
    images = np.random.default_rng(1).integers(0, 256, (2, size, size, 3)).astype(np.uint8)
    expected = onnxruntime.InferenceSession(model.SerializeToString()).run(names, {"images": images})
    found = Engine(read(composing.resized(ZERO, size)), names).run(images)
    np.testing.assert_allclose(found, np.hstack(expected), rtol=1e-3, atol=1e-4)


def test_each_composition_has_a_digest_of_its_own() -> None:
    made = [ZERO, SMALL, BOTH, composing.joined([SMALL, find("tiny")])]
    made += [composing.mirrored(info) for info in made]
    assert len({info.sha256 for info in made}) == len(made)
    assert [backbones.find_claimed(info.name, info.input_size, info.sha256) for info in made] == made
    assert backbones.find_claimed("tiny", 32, "0" * 64) is None
    assert backbones.find_claimed("unknown+tiny", 32, "0" * 64) is None


def test_networks_of_any_opset_are_joined() -> None:
    """Carried networks are of opset 17, converted ones of 18."""
    from headway.backbones.joining import join

    tiny = read(find("tiny"))
    newer = onnx.version_converter.convert_version(onnx.load_model_from_string(tiny), 18).SerializeToString()
    joined = join({"old": tiny, "new": newer})
    assert not [node for node in onnx.load_model_from_string(joined).graph.node if node.op_type == "Constant"]
    found = Engine(joined, ["old/head.mean", "new/head.mean"]).run(PICTURES)
    np.testing.assert_allclose(found[:, :32], found[:, 32:], rtol=1e-5)


@pytest.mark.parametrize("name", ["{file}+{folder}/missing.onnx", "{folder}/missing.onnx+{file}"])
def test_a_part_that_is_missing_is_named(name: str, tmp_path: Path) -> None:
    file = tmp_path / "one.onnx"
    file.write_bytes(read(SMALL))
    with pytest.raises(UserError, match=r"missing\.onnx") as caught:
        backbones.obtain(name.format(file=file, folder=tmp_path))
    assert "+" not in str(caught.value).replace(str(tmp_path), "")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["tiny+{file}", "{file}+tiny"])
def test_a_file_of_another_opset_joins_on_either_side(name: str, tmp_path: Path) -> None:
    """What is joined is a graph that a model's file may hold."""
    from headway.backbones.bounds.walk import UINT8, Tensor, walk

    file = tmp_path / "one.onnx"
    newer = onnx.version_converter.convert_version(onnx.load_model_from_string(read(SMALL)), 18)
    file.write_bytes(newer.SerializeToString())
    with Session.open(tmp_path / "cache", offline=True) as session:
        info = obtain(name.format(file=file), session)
        content = read(info, session.cache)
    assert len(info.parts) == 2
    walk(onnx.load_model_from_string(content).graph, Tensor((1, 32, 32, 3), UINT8))
    assert Engine(content, info.depths).run(PICTURES).shape == (3, sum(info.dims[one] for one in info.depths))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tiny+tiny", "each network must be named once, and tiny is named 2 times"),
        ("efficientnet_lite0+tiny", "tiny takes pictures of 32 pixels only, not 224"),
        ("tiny+pixel", "backbone"),
        ("tiny+", "a name is missing beside the"),
        (" + tiny", "a name is missing beside the"),
        ("efficientnet_lite0+hog", "networks and hand-made descriptors cannot be joined"),
    ],
)
def test_what_cannot_be_joined_is_refused(name: str, message: str, tmp_path: Path) -> None:
    with Session.open(tmp_path, offline=True) as session, pytest.raises(UserError, match=message):
        obtain(name, session)


def test_sizes_that_differ_are_named() -> None:
    with pytest.raises(UserError, match="take 32 and 224 pixels: give --image-size"):
        composing.joined([find("tiny"), ZERO])


def test_joined_networks_have_no_weights_of_their_own() -> None:
    with pytest.raises(UserError, match="each with its own weights"):
        obtain("tiny+efficientnet_lite0", weights="random")


def test_a_missing_part_is_named() -> None:
    with pytest.raises(UnknownNameError, match="nowhere"):
        find("tiny+nowhere")
