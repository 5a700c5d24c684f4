"""A user's own ONNX file: the same numbers as before, and a line for each that will not do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from headway import backbones
from headway.errors import ModelError, UserError
from headway.model import check_backbone
from headway.testing import tiny_backbone_onnx
from tests.backbones.exported import SIZE, network, node, saved, wordy

runtime = pytest.importorskip("onnxruntime")


def rows(info: backbones.BackboneInfo, name: str, pictures: np.ndarray) -> np.ndarray:
    return backbones.Engine(backbones.read(info), [name]).run(pictures)


@pytest.fixture
def pictures() -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (3, SIZE, SIZE, 3), np.uint8)


def pooled_by_hand(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    whole = onnx.ModelProto()
    whole.CopyFrom(model)
    whole.graph.output.append(helper.make_tensor_value_info("f", 1, ["batch", 6]))
    return runtime.InferenceSession(whole.SerializeToString()).run(["f"], {"input": x})[0]


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("kind", [TensorProto.FLOAT, TensorProto.UINT8])
@pytest.mark.parametrize("opset", [17, 18])
def test_takes_pictures_as_they_are_and_gives_what_it_gave(
    last: bool, kind: int, opset: int, pictures: np.ndarray, tmp_path: Path
) -> None:
    model = network(kind=kind, last=last, opset=opset)
    info = backbones.obtain(saved(model, tmp_path))
    x: np.ndarray = pictures
    if kind == TensorProto.FLOAT:
        x = ((pictures / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]).astype(np.float32)
    expected = pooled_by_hand(model, x if last else x.transpose(0, 3, 1, 2))
    np.testing.assert_allclose(rows(info, "head.mean", pictures), expected, rtol=1e-4, atol=1e-4)
    assert info.dims == {"block1.mean": 5, "block1.std": 5, "head.mean": 6, "flat": 54}
    assert info.map_shape == (6, 3, 3)
    np.testing.assert_allclose(rows(info, "flat", pictures).reshape(3, 6, 9).mean(2), expected, rtol=1e-4, atol=1e-4)


def test_is_found_again_by_its_name_and_by_its_file(tmp_path: Path) -> None:
    path = saved(network(), tmp_path)
    info = backbones.obtain(path)
    assert info.name.startswith("my_net-")
    assert backbones.obtain(info.name) == info == backbones.obtain(path)
    assert info.path is not None and "somebody" not in info.path.read_bytes().decode("latin-1")


def test_its_metadata_may_say_how_colours_are_normalised(pictures: np.ndarray, tmp_path: Path) -> None:
    model = network(properties={"mean": "[0.5, 0.5, 0.5]", "std": "0.25,0.25,0.25"})
    expected = pooled_by_hand(model, ((pictures / 255 - 0.5) / 0.25).astype(np.float32).transpose(0, 3, 1, 2))
    info = backbones.obtain(saved(model, tmp_path))
    np.testing.assert_allclose(rows(info, "head.mean", pictures), expected, rtol=1e-4, atol=1e-4)
    for wrong in ("1, 2", "a, b, c", "nan, 1, 1"):
        with pytest.raises(ModelError, match="its metadata mean must be three numbers"):
            backbones.obtain(saved(network(properties={"mean": wrong}), tmp_path))


def test_a_size_that_is_left_open_can_be_chosen(tmp_path: Path) -> None:
    path = saved(network(sides=("h", "w")), tmp_path)
    assert backbones.obtain(path).input_size == 224
    assert backbones.obtain(path, image_size=64).map_shape == (6, 16, 16)
    with pytest.raises(UserError, match="takes pictures of 12 pixels only"):
        backbones.obtain(saved(network(), tmp_path), image_size=64)


@pytest.mark.parametrize("opset", [13, 16, 19])
def test_a_network_of_another_opset_can_be_part_of_a_model(opset: int, pictures: np.ndarray, tmp_path: Path) -> None:
    model = network(opset=opset)
    parts = [node("Split", ["r2"], ["s1", "s2"], axis=1), node("Concat", ["s1", "s2"], ["r3"], axis=1)]
    nodes = [*model.graph.node]
    place = next(place for place, each in enumerate(nodes) if each.op_type == "GlobalAveragePool")
    if opset >= 18:
        parts[0].attribute.append(helper.make_attribute("num_outputs", 2))
    nodes[place : place + 1] = [*parts, node("GlobalAveragePool", ["r3"], ["p"])]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    info = backbones.obtain(saved(model, tmp_path))
    check_backbone(info, backbones.read(info), info.depths)
    x = ((pictures / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]).astype(np.float32).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(rows(info, "head.mean", pictures), pooled_by_hand(model, x), rtol=1e-4, atol=1e-4)


def test_the_shape_of_a_kernel_may_be_left_to_its_weights(tmp_path: Path) -> None:
    model = network()
    for each in model.graph.node:
        if each.op_type == "Conv":
            del each.attribute[0]  # kernel_shape
    info = backbones.obtain(saved(model, tmp_path))
    check_backbone(info, backbones.read(info), info.depths)


def test_a_network_of_features_gives_them(pictures: np.ndarray, tmp_path: Path) -> None:
    info = backbones.obtain(saved(network(classifier=False), tmp_path))
    assert info.dims["head.mean"] == 6


def test_a_backbone_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mine.onnx"
    path.write_bytes(tiny_backbone_onnx())
    info = backbones.obtain(str(path))
    assert info.dims == dict(backbones.find("tiny").dims)
    pictures = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8)
    np.testing.assert_array_equal(
        rows(info, "head.mean", pictures), rows(backbones.find("tiny"), "head.mean", pictures)
    )


def test_shapes_that_an_exporter_computes_are_known(pictures: np.ndarray, tmp_path: Path) -> None:
    info = backbones.obtain(saved(wordy(), tmp_path))
    assert info.map_shape == (5, 6, 6)
    whole = wordy()
    whole.graph.output.append(helper.make_tensor_value_info("squeezed", 1, ["batch", 5]))
    x = ((pictures / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]).astype(np.float32).transpose(0, 3, 1, 2)
    expected = runtime.InferenceSession(whole.SerializeToString()).run(["squeezed"], {"input": x})[0]
    np.testing.assert_allclose(rows(info, "head.mean", pictures), expected, rtol=1e-4, atol=1e-4)


def test_a_padding_that_is_worked_out_can_be_part_of_a_model(pictures: np.ndarray, tmp_path: Path) -> None:
    model = network()
    for each in model.graph.node:
        if each.op_type == "Conv":
            del each.attribute[:]
            each.attribute.append(helper.make_attribute("auto_pad", "SAME_LOWER"))
            each.attribute.append(helper.make_attribute("strides", [2, 2]))
    info = backbones.obtain(saved(model, tmp_path))
    check_backbone(info, backbones.read(info), info.depths)
    x = ((pictures / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]).astype(np.float32).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(rows(info, "head.mean", pictures), pooled_by_hand(model, x), rtol=1e-4, atol=1e-4)


def test_names_of_a_network_may_be_those_of_a_backbone(tmp_path: Path) -> None:
    content = saved(network(), tmp_path)
    model = onnx.load(content)
    for each in model.graph.node:
        for names in (each.input, each.output):
            for place, name in enumerate(names):
                names[place] = {"c1": "flat", "c2": "map", "p": "images", "f": "epsilon"}.get(name, name)
    assert backbones.obtain(saved(model, tmp_path)).map_shape == (6, 3, 3)


def changed(operator: str, *inputs: np.ndarray, **attributes: Any) -> onnx.ModelProto:
    """Compute one thing more, of constants."""
    model = network()
    names = [f"given{number}" for number in range(len(inputs))]
    model.graph.initializer.extend(
        numpy_helper.from_array(array, name) for array, name in zip(inputs, names, strict=True)
    )
    model.graph.node.append(node(operator, names, ["more"], **attributes))
    return model


class Raw:
    """A file that no `onnx` writes."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def SerializeToString(self) -> bytes:
        return self.content


def with_a_name_in_another_encoding() -> Raw:
    return Raw(network().SerializeToString().replace(b"logits", b"log\xefts"))


def of_another_width() -> onnx.ModelProto:
    model = onnx.load_model_from_string(tiny_backbone_onnx())
    value = next(value for value in model.graph.output if value.name == "head.mean")
    value.type.tensor_type.shape.dim[1].dim_value = 7
    return model


def with_two_inputs() -> onnx.ModelProto:
    model = network()
    model.graph.input.append(helper.make_tensor_value_info("more", 1, [1]))
    return model


def with_external_data() -> onnx.ModelProto:
    model = network()
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    return model


def with_loop() -> onnx.ModelProto:
    inner = helper.make_graph([], "inner", [], [])
    return network(nodes=[node("If", ["input"], ["output"], then_branch=inner, else_branch=inner)])


def with_numbers_that_are_none() -> onnx.ModelProto:
    model = network()
    model.graph.initializer[1].CopyFrom(numpy_helper.from_array(np.full((6, 5, 3, 3), 3e38, np.float32), "w2"))
    return model


def in_a_circle() -> onnx.ModelProto:
    return network(
        nodes=[node("Add", ["input", "b"], ["a"]), node("Conv", ["a", "w1"], ["b"]), node("Flatten", ["b"], ["output"])]
    )


def for_four_pictures() -> onnx.ModelProto:
    model = network(nodes=[node("Reshape", ["input", "sides"], ["x"]), node("Conv", ["x", "w1"], ["output"])])
    model.graph.initializer.append(numpy_helper.from_array(np.array([4, 3, SIZE, SIZE]), "sides"))
    return model


def that_grows() -> onnx.ModelProto:
    model = network(nodes=[node("Conv", ["input", "w1"], ["c"]), node("Tile", ["c", "times"], ["output"])])
    model.graph.initializer.append(numpy_helper.from_array(np.array([1, 1, 100_000, 100_000]), "times"))
    return model


def of_zeros() -> onnx.ModelProto:
    model = network()
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.zeros((5, 3, 3, 3), np.float32), "w1"))
    return model


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (with_two_inputs, "must have one input, pictures; it has 2"),
        (with_external_data, "weights are in files beside it"),
        (with_loop, "branches, loops"),
        (with_numbers_that_are_none, "not finite"),
        (lambda: network(opset=11), "opset 11, and 13 or later"),
        (lambda: network(sides=(12, 16)), "must be square"),
        (lambda: network(sides=(4096, 4096)), "not within 1 to 2048"),
        (lambda: network(kind=TensorProto.INT64), "must be float32 or uint8"),
        (lambda: network(nodes=[node("Sign", ["input"], ["output"], domain="com.evil")]), "custom operators"),
        (
            lambda: network(nodes=[node("Conv", ["input", "w2"], ["output"])]),
            r"'output' do not fit Conv, it reads \(1, 3, 12, 12\) and \(6, 5, 3, 3\)",
        ),
        (
            lambda: network(nodes=[node("ReduceMean", ["input"], ["output"], axes=[1, 2, 3])]),
            r"gives output \(N, 1, 1, 1\)",
        ),
        (in_a_circle, "'b' reads 'a', which is not computed before it"),
        (lambda: network(nodes=[node("Foo", ["input"], ["output"])]), "no rules for: 'Foo'"),
        (
            lambda: network(nodes=[node("Conv", ["input", "w3"], ["output"])]),
            r"'output' do not fit Conv, it reads \(1, 3, 12, 12\) and \(6, 4\)",
        ),
        (for_four_pictures, r"'x' do not fit Reshape, it reads \(1, 3, 12, 12\) and \(4,\)"),
        (that_grows, "more than 2,147,483,648 numbers for one picture"),
        (lambda: changed("ConstantOfShape", np.array([1 << 31])), "more than (67,108,864|2,147,483,648) numbers"),
        (lambda: changed("ConstantOfShape", np.array([1 << 40] * 2)), "do not fit Expand"),
        (lambda: changed("ConstantOfShape", np.array([-1])), "do not fit Expand"),
        (lambda: changed("Range", *map(np.float32, (0, 1e12, 1))), "'more' is a constant of more than 65,536 computed"),
        (lambda: changed("Range", *map(np.int64, (0, 9, 0))), "do not fit Range"),
        (lambda: changed("Range", *map(np.int64, (0, [1], 1))), "do not fit Range"),
        (
            lambda: changed("Tile", np.ones((1, 1), np.float32), np.array([1 << 20] * 2)),
            "more than (67,108,864|2,147,483,648) numbers",
        ),
        (lambda: changed("Expand", np.zeros(1, np.int64), np.array([1 << 30])), "not float32"),
        (lambda: changed("Cast", np.zeros(1, np.float32), to=8), "do not fit Cast"),
        (lambda: changed("Mod", np.array([7]), np.array([4, 3]), axis=3), "do not fit Mod"),
        (lambda: changed("Where", np.array([True]), np.array([4, 3]), np.zeros((3,))), "do not fit Where"),
        (lambda: changed("Pow", np.array([2, 3]), np.array([-1])), "do not fit Pow"),
        (lambda: changed("Constant", value_string="text"), "constant 'more' is not of numbers"),
        (lambda: changed("Constant", value_ints=onnx.TensorProto()), "constant 'more' is not of numbers"),
        (lambda: changed("Constant"), "constant 'more' is not of numbers"),
        (lambda: changed("Constant", value=onnx.TensorProto(dims=[9], data_type=1)), "does not fit its content"),
        (lambda: changed("Constant", value=onnx.TensorProto(dims=[1], data_type=8)), "not of numbers that are read"),
        (lambda: changed("Max", *[np.float32(1)] * 70), "'more' has 70 inputs; at most 64"),
        (lambda: network(nodes=[node("Conv", ["input", "w1"], ["c"], auto_pad="SAME_")]), "do not fit Conv"),
        (lambda: network(nodes=[node("Greater", ["input", "w1"], ["c"])]), "'c' depends on the content of the picture"),
        (with_a_name_in_another_encoding, r"the (input|output|name) of a NodeProto in it is not UTF-8"),
        (of_another_width, "its output 'head.mean' is not of the shape that it declares"),
        (of_zeros, "the same for different pictures: are its weights all zero"),
    ],
)
def test_a_network_that_will_not_do_is_met_with_one_line(make: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        backbones.obtain(saved(make(), tmp_path))
    assert "my net.onnx" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_network_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.onnx"
    with pytest.raises(ModelError, match=r"cannot be read: .*x\.onnx: No such file"):
        backbones.obtain(str(path))
    path.write_bytes(b"\xffnothing")
    with pytest.raises(ModelError, match="is not an ONNX file"):
        backbones.obtain(str(path))
    path.write_bytes(b"")
    with pytest.raises(ModelError, match="holds no network"):
        backbones.obtain(str(path))
    with pytest.raises(UserError, match="holds its own weights"):
        backbones.obtain(str(path), weights="random")
    monkeypatch.setattr("headway.backbones.foreign.untrusted.MOST_BYTES", 3)
    path.write_bytes(b"1234")
    with pytest.raises(ModelError, match="at most 1 GiB"):
        backbones.obtain(str(path))
