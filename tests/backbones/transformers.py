"""Small vision transformers as exporters write them: shapes computed at run time, every axis open."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

node = helper.make_node
SIZE, PATCH, WIDTH, HEADS, BLOCKS = 24, 4, 8, 2, 4


class Exporter:
    """Nodes and weights in the making."""

    def __init__(self, seed: int = 0) -> None:
        self.nodes: list[Any] = []
        self.weights: dict[str, np.ndarray] = {}
        self._random = np.random.default_rng(seed)

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        name = f"/{operator}_{len(self.nodes)}"
        self.nodes.append(node(operator, list(inputs), [name], name=name, **attributes))
        return name

    def weight(self, *shape: int) -> str:
        return self.const(self._random.normal(size=shape).astype(np.float32) * 0.3)

    def const(self, value: Any) -> str:
        name = f"weight.{len(self.weights)}"
        self.weights[name] = np.asarray(value)
        return name

    def integer(self, value: Any) -> str:
        return self.const(np.asarray(value, np.int64))

    def side(self, tensor: str, axis: int) -> str:
        """One side of a tensor, with an axis of its own."""
        side = self.add("Gather", self.add("Shape", tensor), self.integer(axis), axis=0)
        return self.add("Unsqueeze", side, self.integer([0]))

    def norm(self, x: str) -> str:
        """A normalisation as opsets below 17 write it."""
        off = self.add("Sub", x, self.add("ReduceMean", x, axes=[-1]))
        square = self.add("Pow", off, self.const(np.float32(2)))
        spread = self.add(
            "Sqrt", self.add("Add", self.add("ReduceMean", square, axes=[-1]), self.const(np.float32(1e-6)))
        )
        unit = self.add("Mul", self.add("Div", off, spread), self.weight(WIDTH))
        return self.add("Add", unit, self.weight(WIDTH))

    def linear(self, x: str, inner: int = WIDTH, outer: int = WIDTH) -> str:
        return self.add("Add", self.weight(outer), self.add("MatMul", x, self.weight(inner, outer)))

    def attention(self, x: str) -> str:
        def heads(x: str) -> str:
            shape = self.add(
                "Concat", self.side(x, 0), self.integer([-1]), self.integer([HEADS]), self.integer([WIDTH // HEADS]), axis=0
            )  # fmt: skip
            return self.add("Transpose", self.add("Reshape", self.linear(x), shape), perm=[0, 2, 1, 3])

        turned = self.add("Transpose", heads(x), perm=[0, 1, 3, 2])
        weights = self.add("Softmax", self.add("MatMul", heads(x), turned), axis=-1)
        mixed = self.add("Transpose", self.add("MatMul", weights, heads(x)), perm=[0, 2, 1, 3])
        shape = self.add("Concat", self.side(x, 0), self.integer([-1]), self.integer([WIDTH]), axis=0)
        return self.linear(self.add("Reshape", mixed, shape))

    def model(self, outputs: dict[str, str], sides: list[Any], opset: int) -> onnx.ModelProto:
        value = helper.make_tensor_value_info
        self.nodes += [node("Identity", [tensor], [name]) for name, tensor in outputs.items()]
        graph = helper.make_graph(
            self.nodes, "main_graph", [value("pixel_values", TensorProto.FLOAT, sides)],
            [value(name, TensorProto.FLOAT, None) for name in outputs],
            [numpy_helper.from_array(array, name) for name, array in self.weights.items()],
        )  # fmt: skip
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def transformer(
    *,
    prefix: int = 1,
    head: str = "tokens",
    size: int = SIZE,
    opset: int = 14,
    sides: list[Any] | None = None,
    seed: int = 0,
) -> onnx.ModelProto:
    """A transformer of four blocks on patches of 4 pixels, trained on 16 × 16 pixels as far as its positions go.

    ``head`` is ``"tokens"`` for last_hidden_state and pooler_output as transformers gives them, ``"logits"`` for a
    classifier on the first token, ``"pooled"`` for tokens and a pooling of their own.
    """
    net = Exporter(seed)
    patches = net.add("Conv", "pixel_values", net.weight(WIDTH, 3, PATCH, PATCH), net.weight(WIDTH),
                      kernel_shape=[PATCH, PATCH], strides=[PATCH, PATCH])  # fmt: skip
    shape = net.add("Concat", net.side(patches, 0), net.integer([WIDTH]), net.integer([-1]), axis=0)
    x = net.add("Transpose", net.add("Reshape", patches, shape), perm=[0, 2, 1])
    trained = net.add("Transpose", net.weight(1, 4, 4, WIDTH), perm=[0, 3, 1, 2])
    sizes = net.add("Concat", net.integer([1, WIDTH]), net.side(patches, 2), net.side(patches, 3), axis=0)
    resized = net.add("Resize", trained, "", "", sizes, mode="cubic", coordinate_transformation_mode="pytorch_half_pixel",
                      cubic_coeff_a=-0.75)  # fmt: skip
    positions = net.add("Reshape", net.add("Transpose", resized, perm=[0, 2, 3, 1]), net.integer([1, -1, WIDTH]))
    if prefix:
        wanted = net.add("Concat", net.side(x, 0), net.integer([-1]), net.integer([-1]), axis=0)
        ones = net.add("ConstantOfShape", net.integer([3]), value=numpy_helper.from_array(np.array([1])))
        full = net.add("Where", net.add("Equal", wanted, net.add("Mul", ones, net.integer(-1))), ones, wanted)
        x = net.add("Concat", net.add("Expand", net.weight(1, prefix, WIDTH), full), x, axis=1)
        positions = net.add("Concat", net.weight(1, prefix, WIDTH), positions, axis=1)
    x = net.add("Add", x, positions)
    for _ in range(BLOCKS):
        x = net.add("Add", net.attention(net.norm(x)), x)
        inner = net.linear(net.norm(x), WIDTH, 2 * WIDTH)
        x = net.add("Add", net.linear(net.add("Sigmoid", inner), 2 * WIDTH, WIDTH), x)
    last = net.norm(x)
    first = net.add("Gather", last, net.integer(0), axis=1)
    if head == "logits":
        outputs = {"logits": net.add("Gemm", first, net.weight(WIDTH, 5))}
    elif head == "pooled":
        queries = net.add("Tile", net.weight(1, 1, WIDTH),
                          net.add("Concat", net.side(last, 0), net.integer([1]), net.integer([1]), axis=0))  # fmt: skip
        weights = net.add("Softmax", net.add("MatMul", queries, net.add("Transpose", last, perm=[0, 2, 1])), axis=-1)
        pooled = net.add("Squeeze", net.add("MatMul", weights, last), net.integer([1]))
        outputs = {"last_hidden_state": last, "pooler_output": pooled}
    else:
        outputs = {"last_hidden_state": last, "pooler_output": net.add("Tanh", first)}
    return net.model(outputs, sides or ["batch_size", "num_channels", "height", "width"], opset)


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store weights in float16, and compute in it, as converters do, with float32 at the ends."""
    graph = model.graph
    for tensor in graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.dtype == np.float32:
            tensor.CopyFrom(numpy_helper.from_array(array.astype(np.float16), tensor.name))
    for each in graph.node:
        for names, renamed in ((each.input, {graph.input[0].name: "halved"}), (each.output, {})):
            names[:] = [renamed.get(name, name) for name in names]
    nodes = [helper.make_node("Cast", [graph.input[0].name], ["halved"], to=TensorProto.FLOAT16), *graph.node]
    for value in graph.output:
        nodes = [_renamed(each, value.name) for each in nodes]
        nodes.append(helper.make_node("Cast", [f"{value.name}.half"], [value.name], to=TensorProto.FLOAT))
    del graph.node[:]
    graph.node.extend(nodes)
    return model


def _renamed(each: Any, name: str) -> Any:
    each.output[:] = [f"{name}.half" if output == name else output for output in each.output]
    return each
