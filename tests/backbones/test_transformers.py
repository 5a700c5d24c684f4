"""Transformers that came as ONNX: class token and patches, equal to what ONNX Runtime computes of the file itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from headway import backbones
from headway.backbones import BackboneInfo
from headway.errors import ModelError
from headway.model import check_backbone
from tests.backbones.exported import network, saved
from tests.backbones.transformers import BLOCKS, PATCH, SIZE, WIDTH, halved, transformer

runtime = pytest.importorskip("onnxruntime")
SIDE = SIZE // PATCH
PICTURES = np.random.default_rng(5).integers(0, 256, (3, SIZE, SIZE, 3), np.uint8)


def of_the_file(model: onnx.ModelProto, name: str, pictures: np.ndarray = PICTURES) -> np.ndarray:
    x = ((pictures / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]).astype(np.float32).transpose(0, 3, 1, 2)
    return runtime.InferenceSession(model.SerializeToString()).run([name], {model.graph.input[0].name: x})[0]


def computed(info: BackboneInfo, name: str, pictures: np.ndarray = PICTURES) -> np.ndarray:
    return backbones.Engine(backbones.read(info), [name]).run(pictures)


def close(ours: np.ndarray, theirs: np.ndarray, tolerance: float = 1e-4) -> None:
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("opset", "prefix"), [(13, 1), (17, 5), (19, 1)])
def test_class_token_and_patches(opset: int, prefix: int, tmp_path: Path) -> None:
    model = transformer(prefix=prefix, opset=opset if opset < 18 else 14)
    if opset >= 18:
        model = onnx.version_converter.convert_version(model, opset)
    info = backbones.obtain(saved(model, tmp_path), image_size=SIZE)
    tokens = of_the_file(model, "last_hidden_state")
    assert tokens.shape[1] == prefix + SIDE**2
    close(computed(info, "head.mean"), tokens[:, 0])
    close(computed(info, "patches.mean"), tokens[:, prefix:].mean(1))
    close(computed(info, "map").reshape(3, WIDTH, -1), tokens[:, prefix:].transpose(0, 2, 1))
    assert info.map_shape == (WIDTH, SIDE, SIDE)
    assert info.depths == (
        *(f"block{n}.{what}" for n in (1, 2, 3) for what in ("mean", "std")),
        "patches.mean",
        "head.mean",
    )
    assert info.outputs_of("patches") == ("patches.mean", "patches.std")
    check_backbone(info, backbones.read(info), info.depths)  # it can be part of a model


def test_blocks_are_sums_behind_whole_blocks(tmp_path: Path) -> None:
    model = transformer()
    sums = [each.output[0] for each in model.graph.node if each.op_type == "Add"]
    residual = [
        name for name in sums if name in {i for n in model.graph.node if n.op_type == "Sub" for i in n.input[:1]}
    ]
    assert len(residual) == 2 * BLOCKS + 1  # the first is what comes before the blocks
    model.graph.output.append(helper.make_tensor_value_info(residual[4], 1, None))
    expected = of_the_file(model, residual[4])
    info = backbones.obtain(saved(transformer(), tmp_path), image_size=SIZE)
    close(computed(info, "block2.mean"), expected[:, 1:].mean(1))
    close(computed(info, "block2.std"), expected[:, 1:].std(1), 1e-3)


def test_what_a_classifier_reads_is_the_embedding(tmp_path: Path) -> None:
    model = transformer(head="logits")
    info = backbones.obtain(saved(model, tmp_path), image_size=SIZE)
    [gemm] = [each for each in model.graph.node if each.op_type == "Gemm"]
    model.graph.output.append(helper.make_tensor_value_info(gemm.input[0], 1, None))
    close(computed(info, "head.mean"), of_the_file(model, gemm.input[0]))


def test_without_a_class_token_its_own_pooling_is_the_embedding(tmp_path: Path) -> None:
    model = transformer(prefix=0, head="pooled")
    info = backbones.obtain(saved(model, tmp_path), image_size=SIZE)
    close(computed(info, "head.mean"), of_the_file(model, "pooler_output"))
    close(computed(info, "patches.mean"), of_the_file(model, "last_hidden_state").mean(1))
    check_backbone(info, backbones.read(info), info.depths)


def test_without_either_it_is_the_mean_of_the_patches(tmp_path: Path) -> None:
    model = transformer(prefix=0)
    del model.graph.output[1]
    info = backbones.obtain(saved(model, tmp_path), image_size=SIZE)
    close(computed(info, "head.mean"), of_the_file(model, "last_hidden_state").mean(1))
    assert "patches.mean" not in info.dims and "head.std" in info.dims


def test_a_model_takes_any_number_of_pictures(tmp_path: Path) -> None:
    model = transformer()
    info = backbones.obtain(saved(model, tmp_path), image_size=SIZE)
    session = runtime.InferenceSession(backbones.read(info))
    for count in (1, 2, 3):
        rows = session.run(["head.mean"], {"images": PICTURES[:count]})[0]
        close(rows, of_the_file(model, "last_hidden_state", PICTURES[:count])[:, 0])


def test_a_network_for_one_picture_at_a_time_is_refused(tmp_path: Path) -> None:
    model = transformer()
    model.graph.initializer.append(numpy_helper.from_array(np.array([1, WIDTH, SIDE**2]), "fixed"))
    next(each for each in model.graph.node if each.op_type == "Reshape").input[1] = "fixed"
    with pytest.raises(ModelError, match="takes one picture at a time, and must take any number: export it with"):
        backbones.obtain(saved(model, tmp_path), image_size=SIZE)


def test_what_a_classifier_in_half_precision_reads_is_the_embedding_too(tmp_path: Path) -> None:
    info = backbones.obtain(saved(halved(network(classifier=False)), tmp_path))
    assert info.dims["head.mean"] == 6
    model = network(nodes=[each for each in network().graph.node if each.op_type != "Softmax"])
    model.graph.node[-1].output[0] = "output"
    assert backbones.obtain(saved(halved(model), tmp_path)).dims["head.mean"] == 6  # not the 4 of its classes


def test_half_precision_is_computed_in_single(tmp_path: Path) -> None:
    model = halved(transformer())
    info = backbones.obtain(saved(model, tmp_path), image_size=SIZE)
    close(computed(info, "head.mean"), of_the_file(model, "last_hidden_state")[:, 0], 2e-2)
    close(computed(info, "head.mean"), of_the_file(transformer(), "last_hidden_state")[:, 0], 2e-2)
    check_backbone(info, backbones.read(info), info.depths)


@pytest.mark.parametrize("seed", range(3))
def test_nodes_may_stand_in_any_order(seed: int) -> None:
    from headway.backbones.foreign.plain import plain

    model = halved(transformer())
    order = np.random.default_rng(seed).permutation(len(model.graph.node))
    nodes = [model.graph.node[int(place)] for place in order]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    known = {"", "pixel_values", *(tensor.name for tensor in plain(model).graph.initializer)}
    for each in plain(model).graph.node:
        assert known.issuperset(each.input)
        known.update(each.output)
    assert len(plain(model).graph.node) >= len(nodes)


def test_large_weights_in_half_precision_stay_so_in_the_file() -> None:
    from headway.backbones.foreign.plain import plain

    model = halved(transformer())
    for name, shape in (("few", (8, 8)), ("many", (64, 64))):
        model.graph.initializer.append(numpy_helper.from_array(np.ones(shape, np.float16), name))
        model.graph.node.append(helper.make_node("MatMul", [name, name], [f"{name}.square"]))
    found = plain(model).graph
    kinds = {tensor.name: tensor.data_type for tensor in found.initializer}
    assert kinds["few"] == TensorProto.FLOAT and kinds["many.half"] == TensorProto.FLOAT16
    assert ["many.half"] in [list(each.input) for each in found.node if each.op_type == "Cast"]


@pytest.mark.parametrize("how", ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"])
@pytest.mark.parametrize("mode", ["linear", "cubic"])
@pytest.mark.parametrize("sides", [(9, 5), (3, 4), (1, 7)])
def test_positions_are_resized_as_onnx_runtime_does(how: str, mode: str, sides: tuple[int, int]) -> None:
    from headway.backbones.foreign.resizing import resize, resized_shape

    values = np.random.default_rng(1).normal(size=(1, 2, 6, 7)).astype(np.float32)
    for given in ("sizes", "scales"):
        attributes = {
            "mode": mode,
            "coordinate_transformation_mode": how,
            "cubic_coeff_a": -0.75,
        }
        sizes = np.array([1, 2, *sides]) if given == "sizes" else None
        scales = None if given == "sizes" else np.array([1, 1, sides[0] / 6 + 0.01, sides[1] / 7 + 0.01], np.float32)
        inputs = ["x", "", "scales" if scales is not None else "", "sizes" if sizes is not None else ""]
        while not inputs[-1]:
            inputs.pop()
        constants = {"scales": scales, "sizes": sizes}
        graph = helper.make_graph(
            [helper.make_node("Resize", inputs, ["y"], **attributes)], "g",
            [helper.make_tensor_value_info("x", 1, values.shape)], [helper.make_tensor_value_info("y", 1, None)],
            [numpy_helper.from_array(array, name) for name, array in constants.items() if array is not None],
        )  # fmt: skip
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
        expected = runtime.InferenceSession(model.SerializeToString()).run(None, {"x": values})[0]
        shape = resized_shape(values.shape, scales, sizes, attributes)
        assert shape == expected.shape
        close(resize(values, shape, scales, attributes), expected, 2e-5)


def test_pictures_are_not_resized_inside_a_network(tmp_path: Path) -> None:
    model = transformer()
    sizes = numpy_helper.from_array(np.array([1, 3, SIZE, SIZE]), "sizes")
    model.graph.initializer.append(sizes)
    for each in model.graph.node:
        each.input[:] = ["resized" if name == "pixel_values" else name for name in each.input]
    model.graph.node.insert(
        0, helper.make_node("Resize", ["pixel_values", "", "", "sizes"], ["resized"], mode="linear")
    )
    with pytest.raises(
        ModelError, match="'resized' resizes what depends on the picture, which no model of Headway does"
    ):
        backbones.obtain(saved(model, tmp_path), image_size=SIZE)


def test_positions_grow_no_further_than_the_bounds(tmp_path: Path) -> None:
    model = transformer()
    [resize] = [each for each in model.graph.node if each.op_type == "Resize"]
    model.graph.initializer.append(numpy_helper.from_array(np.array([1, WIDTH, 2**20, 2**20]), "vast"))
    resize.input[3] = "vast"
    with pytest.raises(ModelError, match="do not fit Resize"):
        backbones.obtain(saved(model, tmp_path), image_size=SIZE)
