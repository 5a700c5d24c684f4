from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from headway import backbones
from headway.errors import ModelError
from headway.testing import tiny_backbone_onnx
from headway.training.cuts import last_block

RNG = np.random.default_rng(0)


class Net:
    """A network in the making, from images (N, 16, 16, 3)."""

    def __init__(self) -> None:
        self.nodes = [
            helper.make_node("Cast", ["images"], ["float"], to=TensorProto.FLOAT),
            helper.make_node("Transpose", ["float"], ["first"], perm=[0, 3, 1, 2]),
        ]
        self.constants: list[onnx.TensorProto] = []
        self.outputs: list[str] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def conv(self, given: str, made: str, before: int, after: int, stride: int = 1) -> str:
        weight = self.constant(f"{made}.weight", RNG.normal(size=(after, before, 3, 3)).astype(np.float32))
        self.nodes.append(helper.make_node("Conv", [given, weight], [made], pads=[1] * 4, strides=[stride] * 2))
        return made

    def node(self, operator: str, given: list[str], made: str, **attributes) -> str:
        self.nodes.append(helper.make_node(operator, given, [made], **attributes))
        return made

    def mean(self, given: str, name: str, axes: tuple[int, ...] = (2, 3)) -> None:
        self.node("ReduceMean", [given, self.constant(f"{name}.axes", np.array(axes))], name, keepdims=0)
        self.outputs.append(name)

    def done(self) -> bytes:
        made = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in self.outputs]
        given = [helper.make_tensor_value_info("images", TensorProto.UINT8, ["N", 16, 16, 3])]
        graph = helper.make_graph(self.nodes, "net", given, made, self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8).SerializeToString()


def residual(net: Net, given: str, name: str, width: int) -> str:
    inner = net.conv(given, f"{name}.inner", width, width)
    return net.node("Add", [inner, given], name)


def test_the_default_backbone_is_cut_after_block_4() -> None:
    cut = last_block(backbones.read(backbones.find("efficientnet_lite0")))
    assert cut == ("backbone/block4/2/sum", (112, 14, 14))


def test_the_tiny_backbone() -> None:
    assert last_block(tiny_backbone_onnx()) == ("backbone/block1/relu", (16, 16, 16))


def test_stages_at_one_resolution_are_trained_together() -> None:
    net = Net()
    one = residual(net, net.conv("first", "stem", 3, 4, 2), "one", 4)
    two = residual(net, net.conv(one, "down", 4, 8, 2), "two", 8)
    three = residual(net, two, "three", 8)
    for name, tensor in (("block1.mean", one), ("block2.mean", two), ("block3.mean", three), ("head.mean", three)):
        net.mean(tensor, name)
    assert last_block(net.done()) == ("one", (4, 8, 8))


def test_pooling_alone_is_nothing_to_train() -> None:
    net = Net()
    one = net.conv("first", "one", 3, 4)
    two = net.conv(one, "two", 4, 4)
    pooled = net.node("MaxPool", [two], "pooled", kernel_shape=[2, 2], strides=[2, 2])
    for name, tensor in (("block1.mean", one), ("block2.mean", two), ("head.mean", pooled)):
        net.mean(tensor, name)
    assert last_block(net.done()) == ("one", (4, 16, 16))


def test_a_transformer_is_cut_before_its_last_blocks() -> None:
    net = Net()
    sizes = net.constant("sizes", np.array([0, 8, -1]))
    tokens = net.node("Reshape", [net.conv("first", "patches", 3, 8, 4), sizes], "flat")
    tokens = net.node("Transpose", [tokens], "tokens", perm=[0, 2, 1])
    for number in range(1, 13):
        weight = net.constant(f"w{number}", RNG.normal(size=(8, 8)).astype(np.float32))
        product = net.node("MatMul", [tokens, weight], f"product{number}")
        tokens = net.node("Add", [product, tokens], f"layer{number}")
        net.mean(tokens, f"block{number}.mean", (1,))
    net.mean(tokens, "head.mean", (1,))
    # Of 984 numbers 64 are in each layer: three of them are the first 15 %.
    assert last_block(net.done()) == ("layer9", (16, 8))


def test_the_way_to_a_blocks_mean_may_be_longer() -> None:
    net = Net()
    one = net.conv("first", "one", 3, 4)
    two = net.conv(one, "two", 4, 4, 2)
    net.mean(net.node("Relu", [one], "beside"), "block1.mean")
    net.mean(two, "head.mean")
    assert last_block(net.done()) == ("one", (4, 16, 16))


def test_without_blocks_it_is_cut_where_least_is_kept() -> None:
    net = Net()
    one = residual(net, net.conv("first", "stem", 3, 4, 2), "one", 4)
    two = net.conv(one, "small", 4, 2, 2)
    three = residual(net, net.conv(two, "wide", 2, 8), "three", 8)
    net.mean(three, "head.mean")
    assert last_block(net.done()) == ("three.inner", (8, 4, 4)) or last_block(net.done()).tensor in ("small", "wide")


def test_a_network_without_weights_cannot_be_cut() -> None:
    net = Net()
    net.mean("first", "head.mean")
    with pytest.raises(ModelError, match="cannot be cut"):
        last_block(net.done())
