"""The layers of a network, from its graph."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from headway import backbones
from headway.backbones.layers import layers_of


def network(nodes: list[onnx.NodeProto], constants: dict[str, np.ndarray]) -> onnx.ModelProto:
    before = [
        helper.make_node("Cast", ["images"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["float"], ["first"], perm=[0, 3, 1, 2]),
        helper.make_node("Sub", ["first", "backbone/view"], ["centred"]),
    ]
    constants = {"backbone/view": np.ones((1, 3, 1, 1), np.float32), **constants}
    graph = helper.make_graph(
        [*before, *nodes, helper.make_node("GlobalAveragePool", [nodes[-1].output[0]], ["pooled"]),
         helper.make_node("Flatten", ["pooled"], ["head.mean"])],
        "net",
        [helper.make_tensor_value_info("images", TensorProto.UINT8, ["N", 8, 8, 3])],
        [helper.make_tensor_value_info("head.mean", TensorProto.FLOAT, ["N", 4])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def weights(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float32)


def test_a_bias_and_normalisation_belong_to_the_convolution_before_them() -> None:
    nodes = [
        helper.make_node("Conv", ["centred", "backbone/permute_1"], ["a"], pads=[1] * 4),
        helper.make_node("Add", ["a", "backbone/view_1"], ["b"]),
        helper.make_node("Mul", ["b", "backbone/view_2"], ["c"]),
        helper.make_node("Relu", ["c"], ["d"]),
        helper.make_node("MaxPool", ["d"], ["backbone/e"], kernel_shape=[2, 2], strides=[2, 2]),
    ]
    constants = {"backbone/permute_1": weights(4, 3, 3, 3), "backbone/view_1": weights(1, 4, 1, 1),
                 "backbone/view_2": weights(1, 4, 1, 1)}  # fmt: skip
    rows = layers_of(network(nodes, constants)).rows
    assert [(row.name, row.kind, row.shape, row.parameters) for row in rows] == [
        ("images", "Input", (8, 8, 3), 0),
        ("conv_1", "Conv 3×3", (8, 8, 4), 3 * 3 * 3 * 4 + 4 + 4),
        ("maxpool_1", "MaxPool 2×2", (4, 4, 4), 0),
        ("pooled", "GlobalAveragePool", (1, 1, 4), 0),
    ]
    assert not any(row.trained for row in rows)


def test_what_joins_layers_is_one_and_an_activation_of_a_layer_alone_is_not() -> None:
    nodes = [
        helper.make_node("Conv", ["centred", "backbone/stem.weight"], ["a"], pads=[1] * 4),
        helper.make_node("Sigmoid", ["a"], ["gate"]),
        helper.make_node("Mul", ["a", "gate"], ["swish"]),  # of one layer alone
        helper.make_node("Conv", ["swish", "backbone/one/two.weight"], ["b"], pads=[1] * 4, group=4),
        helper.make_node("Add", ["swish", "b"], ["backbone/sum"]),
    ]
    constants = {"backbone/stem.weight": weights(4, 3, 3, 3), "backbone/one/two.weight": weights(4, 1, 3, 3)}
    rows = layers_of(network(nodes, constants)).rows
    assert [(row.name, row.kind) for row in rows[1:4]] == [
        ("stem", "Conv 3×3"), ("one/two", "DepthwiseConv 3×3"), ("add_1", "Add")
    ]  # fmt: skip


def test_constants_that_are_stored_once_count_where_they_are_used() -> None:
    """An exporter stores equal constants once, such as biases that are all 0."""
    nodes = [
        helper.make_node("Conv", ["centred", "w1", "zeros"], ["a"], pads=[1] * 4),
        helper.make_node("Conv", ["a", "w2", "zeros"], ["b"], pads=[1] * 4),
    ]
    model = network(nodes, {"w1": weights(4, 3, 3, 3), "w2": weights(4, 4, 3, 3), "zeros": weights(4)})
    assert [row.parameters for row in layers_of(model).rows] == [0, 112, 148, 0]


def test_a_standard_deviation_is_one_row() -> None:
    model = onnx.load_model_from_string(backbones.read(backbones.find("efficientnet_lite0")))
    rows, place_of = layers_of(model, ["block2.mean", "block2.std"])
    assert [row.kind for row in rows[-2:]] == ["mean", "standard deviation"]
    assert rows[-1].shape == (40,) and place_of["block2.std"] == len(rows) - 1
    halves = layers_of(model)  # weights are stored in half precision, and cast
    assert sum(row.parameters for row in halves.rows) == pytest.approx(3_371_008, rel=0.01)
