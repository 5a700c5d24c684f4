"""One walk over the nodes of a graph, at one picture."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.errors import ModelError
from headway.model.graph import FEATURES, IMAGES, IR_VERSION, OPSETS
from headway.model.outputs import OUTPUTS, describe_outputs
from headway.model.trust.rules import FLOAT, RULES, Rule
from headway.model.trust.values import MAX_INPUT_SIZE, Shape, check_fields, quoted, require

if TYPE_CHECKING:
    from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto

    from headway.types import IntArray

# What each bound lets through and costs: docs/model.md.
MAX_NODES = 2_500
MAX_ELEMENTWISE = 1_000  # OpenVINO joins chains of them: 1,000 take it about 10 s, 2,000 four times as long
MAX_ELEMENTS = 1 << 31  # of all intermediate tensors for one picture
MAX_ALIVE = 1 << 27  # of those that are needed at the same time
MAX_WORK = 1e12  # multiply-adds for one picture

_UINT8, _HALF, _INT64 = 2, 10, 7  # onnx.TensorProto.DataType
_DTYPES: dict[int, np.dtype[Any]] = {FLOAT: np.dtype("<f4"), _HALF: np.dtype("<f2"), _INT64: np.dtype("<i8")}

# The fields that `compose` and `encode` set; others are training, quantization, sparse or external tensors.
_MODEL = {"ir_version", "producer_name", "doc_string", "opset_import", "graph", "metadata_props"}
_GRAPH = {"name", "node", "initializer", "input", "output"}
_NODE = {"name", "op_type", "input", "output", "attribute"}
_ATTRIBUTE = {"name", "type", "i", "ints", "f", "s"}
_TENSOR = {"name", "dims", "data_type", "raw_data"}
_DIMENSION = {"dim_value", "dim_param"}


@dataclass(frozen=True)
class _Tensor:
    """A tensor: its shape for one picture, its type, and its content where that is integers."""

    shape: Shape
    dtype: int
    numbers: IntArray | None = None


def check_graph(model: ModelProto) -> None:
    """Refuse a graph, from a file that is not trusted, that Headway would not make or that exceeds the bounds.

    Raises
    ------
    ModelError
        With what is wrong.
    """
    if model.functions or any(entry.domain not in ("", "ai.onnx") for entry in model.opset_import):
        raise ModelError("it holds custom operators, which are not run")
    check_fields(model, _MODEL, "model")
    check_fields(model.graph, _GRAPH, "graph")
    opsets = [(entry.domain, entry.version) for entry in model.opset_import]
    known = opsets in [[("", opset)] for opset in OPSETS]
    if model.producer_name != "headway" or model.ir_version != IR_VERSION or not known:
        opset = " or ".join(map(str, OPSETS))
        raise ModelError(f"it is not of opset {opset} and IR version {IR_VERSION}, as Headway's models are")
    operators = Counter(node.op_type for node in model.graph.node)
    unknown = {node.op_type for node in model.graph.node if node.domain} | (operators.keys() - RULES.keys())
    if unknown:
        raise ModelError(
            f"it holds operators that Headway's models are not made of: {quoted(', '.join(sorted(unknown)))}"
        )
    for what, count, most in (
        ("nodes", operators.total(), MAX_NODES),
        ("elementwise nodes", sum(n for name, n in operators.items() if RULES[name].elementwise), MAX_ELEMENTWISE),
    ):
        if count > most:
            raise ModelError(f"it has {count:,} {what}; Headway's models have at most {most:,}")
    _Walk(model.graph).run()


class _Walk:
    """Computes the shape of every tensor for one picture, and the time and memory of all."""

    def __init__(self, graph: GraphProto) -> None:
        self._graph = graph
        self._tensors: dict[str, _Tensor] = {}
        self._uses = Counter(name for node in graph.node for name in node.input)
        self._computed: set[str] = set()  # names of tensors that are not constants
        self._elements = self._alive = self._work = 0

    def run(self) -> None:
        image = _input(self._graph)
        self._define(self._graph.input[0].name, image)
        self._computed.add(self._graph.input[0].name)
        self._alive += math.prod(image.shape)
        for constant in self._graph.initializer:
            self._define(constant.name, _constant(constant))
        for node in self._graph.node:
            check_fields(node, _NODE, "node")
            self._node(node)
        names = [output.name for output in self._graph.output]
        if names != [output.name for output in OUTPUTS]:
            raise ModelError(f"its outputs are not {describe_outputs()}")
        for output in self._graph.output:
            found = self._tensors.get(output.name)
            if found is None or len(found.shape) != 2 or _declared(output) != (None, found.shape[1]):
                raise ModelError(f"its outputs are not {describe_outputs()}")

    def _define(self, name: str, tensor: _Tensor) -> None:
        if not name or name in self._tensors:
            raise ModelError(f"it names two tensors {quoted(name)}")
        self._tensors[name] = tensor

    def _node(self, node: NodeProto) -> None:
        rule = RULES[node.op_type]
        inputs = [self._input(node, rule, position, name) for position, name in enumerate(node.input)]
        attributes = _attributes(node)
        arguments = [
            tensor and (tensor.numbers if position in rule.constants else tensor.shape)
            for position, tensor in enumerate(inputs)
        ]
        try:
            require("" not in node.input[-1:])  # ONNX Runtime dies of it
            shapes = rule.shape(*arguments, **attributes)
            outputs = shapes if isinstance(shapes, list) else [shapes]
            require(len(outputs) == len(node.output), all(side > 0 for shape in outputs for side in shape))
            dtypes = {
                tensor.dtype for position, tensor in enumerate(inputs) if tensor and position not in rule.constants
            }
            require(len(dtypes) == 1)
            depth = rule.depth(arguments, attributes)
        except (TypeError, ValueError, LookupError, ArithmeticError):  # not what the rule takes
            raise ModelError(f"the inputs or attributes of {quoted(node.name)} do not fit {node.op_type}") from None
        (dtype,) = dtypes
        for name, shape in zip(node.output, outputs, strict=True):
            self._define(name, _Tensor(shape, dtype if rule.rearranges else FLOAT))
        if node.op_type != "Cast" or node.input[0] in self._computed:  # constants are cast when the model is loaded
            self._count(node, [tensor.shape for tensor in inputs if tensor], outputs, depth)

    def _input(self, node: NodeProto, rule: Rule, position: int, name: str) -> _Tensor | None:
        if not name:  # left out
            return None
        tensor = self._tensors.get(name)
        if tensor is None:
            raise ModelError(f"{quoted(node.name)} reads {quoted(name)}, which is not computed before it")
        if position in rule.constants:
            if tensor.numbers is None:
                raise ModelError(f"{quoted(node.name)} reads {quoted(name)}, which is not a constant of whole numbers")
        elif tensor.dtype == _INT64 or (tensor.dtype != FLOAT and not rule.rearranges and node.op_type != "Cast"):
            raise ModelError(f"{quoted(node.name)} reads {quoted(name)}, which is not float32")
        return tensor

    def _count(self, node: NodeProto, inputs: list[Shape], outputs: list[Shape], depth: int) -> None:
        size = sum(map(math.prod, outputs))
        self._elements += size
        self._alive += size
        self._work += sum(map(math.prod, inputs)) + size * depth
        for limit, value, what in (
            (MAX_ELEMENTS, self._elements, "its tensors have more than {:,} numbers for one picture"),
            (MAX_ALIVE, self._alive, "it needs more than {:,} numbers at a time for one picture"),
            (MAX_WORK, self._work, "it needs more than {:.0e} multiply-adds for one picture"),
        ):
            if value > limit:
                raise ModelError(what.format(limit))
        self._computed.update(node.output)
        for name in node.input:
            self._uses[name] -= 1
            if not self._uses[name] and name in self._computed:
                self._alive -= math.prod(self._tensors[name].shape)


def _input(graph: GraphProto) -> _Tensor:
    """Return one picture, or one row of hand-made features."""
    inputs = [(value.name, value.type.tensor_type.elem_type) for value in graph.input]
    sides = _declared(graph.input[0]) if inputs else ()
    if inputs == [(IMAGES, _UINT8)] and len(sides) == 4:
        n, height, width, channels = sides
        if n is None and height == width and channels == 3 and height and 1 <= height <= MAX_INPUT_SIZE:
            return _Tensor((1, height, height, 3), _UINT8)
    if inputs == [(FEATURES, FLOAT)] and len(sides) == 2:
        n, columns = sides
        if n is None and columns and columns > 0:
            return _Tensor((1, columns), FLOAT)
    raise ModelError(
        f"its input is not images, uint8 (N, size, size, 3) with a size of 1 to {MAX_INPUT_SIZE}, "
        "nor features, float32 (N, d)"
    )


def _declared(value: ValueInfoProto) -> tuple[int | None, ...]:
    """Return the lengths of the axes that an input or output says it has; None for one that is left open."""
    sides = value.type.tensor_type.shape.dim
    for side in sides:
        check_fields(side, _DIMENSION, "shape")
    return tuple(side.dim_value or None for side in sides)


def _constant(tensor: TensorProto) -> _Tensor:
    if tensor.data_location != tensor.DEFAULT or tensor.external_data:
        raise ModelError(f"it asks for external data ({quoted(tensor.name)}), which is not read")
    check_fields(tensor, _TENSOR, "tensor")
    shape, raw = tuple(tensor.dims), tensor.raw_data
    dtype = _DTYPES.get(tensor.data_type)
    if dtype is None or any(side < 1 for side in shape) or math.prod(shape) * dtype.itemsize != len(raw):
        raise ModelError(
            f"its tensor {quoted(tensor.name)} is not of floats or indices, or its shape does not fit its content"
        )
    content = np.frombuffer(raw, dtype)
    if tensor.data_type == _INT64:
        return _Tensor(shape, _INT64, content.reshape(shape))
    if not np.isfinite(content).all():
        raise ModelError(f"its tensor {quoted(tensor.name)} holds numbers that are not finite")
    return _Tensor(shape, tensor.data_type)


def _attributes(node: NodeProto) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    for attribute in node.attribute:
        check_fields(attribute, _ATTRIBUTE, "attribute")
        if attribute.name in attributes:
            raise ModelError(f"{quoted(node.name)} has an attribute {quoted(attribute.name)} twice")
        attributes[attribute.name] = _value(node, attribute)
    return attributes


def _value(node: NodeProto, attribute: AttributeProto) -> int | float | str | list[int]:
    kinds = attribute.AttributeType
    if attribute.type == kinds.INT:
        return int(attribute.i)
    if attribute.type == kinds.INTS:
        return list(attribute.ints)
    if attribute.type == kinds.STRING:
        return str(attribute.s, "ascii", "replace")
    if attribute.type == kinds.FLOAT and math.isfinite(attribute.f):
        return float(attribute.f)
    raise ModelError(f"{quoted(node.name)} has an attribute {quoted(attribute.name)} that is not understood")
