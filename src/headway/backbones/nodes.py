"""Nodes of an ONNX graph, written one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.errors import ModelError

if TYPE_CHECKING:
    from onnx import ModelProto, ValueInfoProto

OPSETS = (17, 18)  # of the carried networks, and of those converted on a user's machine
IR_VERSION = 8
IMAGES = "images"  # the input of every network


class Nodes:
    """Nodes and constants of a graph in the making; every method returns the name of the tensor that it adds."""

    def __init__(self, opset: int = 17) -> None:
        self.opset = opset
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(self, operator: str, inputs: Sequence[str], output: str, *, name: str = "", **attributes: Any) -> str:
        """Add a node with one output, which is named after that unless it has a name of its own."""
        from onnx import helper

        self.nodes.append(helper.make_node(operator, list(inputs), [output], name=name or output, **attributes))
        return output

    def constant(self, name: str, value: Any) -> str:
        """Add a constant."""
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def pool(self, tensor: str, name: str, inner: str) -> None:
        """Add the outputs ``name.mean`` and ``name.std`` over the positions of a map (N, C, h, w)."""
        self._mean(tensor, f"{name}.mean", 0)
        # In two passes: the mean of the squares less the square of the mean loses everything in bfloat16.
        off = self.add("Sub", [tensor, self._mean(tensor, f"{inner}/centre", 1)], f"{inner}/off")
        variance = self._mean(self.add("Mul", [off, off], f"{inner}/square"), f"{inner}/variance", 0)
        self.add("Sqrt", [self.add("Add", [variance, "backbone/epsilon"], f"{inner}/safe")], f"{name}.std")

    def _mean(self, tensor: str, output: str, keepdims: int) -> str:
        if self.opset < 18:
            return self.add("ReduceMean", [tensor], output, axes=[2, 3], keepdims=keepdims)
        axes = self.constant(f"backbone/{output}.axes", np.array([2, 3], np.int64))
        return self.add("ReduceMean", [tensor, axes], output, keepdims=keepdims)


def make_model(
    nodes: Iterable[Any],
    constants: Iterable[Any],
    *,
    name: str,
    size: int,
    outputs: Mapping[str, Sequence[int]],
    opset: int,
    ir_version: int = IR_VERSION,
) -> ModelProto:
    """Make a model from ``images``, uint8 (N, size, size, 3), to float32 ``outputs``, whose shapes lack the N."""
    from onnx import TensorProto, helper

    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        list(nodes),
        name,
        [value(IMAGES, TensorProto.UINT8, ["N", size, size, 3])],
        [value(output, TensorProto.FLOAT, ["N", *shape]) for output, shape in outputs.items()],
        list(constants),
    )
    versions = [helper.make_opsetid("", opset)]
    return helper.make_model(graph, opset_imports=versions, ir_version=ir_version, producer_name="headway")


def opset_of(model: ModelProto) -> int:
    """Return the version of a network's operators; `ModelError` unless Headway's models may have it."""
    versions = [entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")]
    if versions not in [[opset] for opset in OPSETS]:
        raise ModelError(f"a network must be of opset {' or '.join(map(str, OPSETS))}, this one is of {versions}")
    return int(versions[0])


def sides_of(value: ValueInfoProto) -> list[int]:
    """Return the shape that a graph declares of an input or output, without the N."""
    return [side.dim_value for side in value.type.tensor_type.shape.dim][1:]


def needed(nodes: Sequence[Any], outputs: Iterable[str]) -> tuple[list[Any], set[str]]:
    """Return the nodes that ``outputs`` depend on, in order, and the tensors that these read, ``outputs`` included."""
    wanted, found = set(outputs), []
    for node in reversed(nodes):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            found.append(node)
    return found[::-1], wanted


def to_bytes(model: ModelProto) -> bytes:
    """Check a model; the same one gives the same bytes."""
    import onnx

    onnx.checker.check_model(model, full_check=True)
    data: bytes = model.SerializeToString(deterministic=True)
    return data


def same_padding(kernel: int, stride: int, size: int) -> tuple[list[int], int]:
    """Return the padding in ONNX's order and the output size of a square convolution on ``size`` pixels.

    TensorFlow's "SAME": as even as can be, the odd one at the end.
    """
    result = -(-size // stride)
    total = max((result - 1) * stride + kernel - size, 0)
    before, after = total // 2, total - total // 2
    return [before, before, after, after], result
