"""One walk over the nodes of a graph, at one picture."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.backbones.bounds.rules import FLOAT, RULES, Rule
from headway.backbones.bounds.values import Shape, check_fields, quoted, require
from headway.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnx import AttributeProto, GraphProto, NodeProto, TensorProto, ValueInfoProto

# What each bound lets through and costs: docs/model.md.
MAX_NODES = 2_500  # that are not folded
MAX_ALL_NODES = 10_000
MAX_ELEMENTWISE = 1_000  # OpenVINO joins chains of them: 1,000 take it about 10 s, 2,000 four times as long
MAX_INPUTS = 64  # of one node
MAX_RANK = 8
MAX_ELEMENTS = 1 << 31  # of all intermediate tensors for one picture
MAX_ALIVE = 1 << 26  # of those that are needed at the same time, on every core
MAX_WORK = 3e11  # multiply-adds for one picture
MAX_KNOWN = 1 << 16  # numbers of a constant that folding may read or make

UINT8, INT64, HALF = 2, 7, 10  # onnx.TensorProto.DataType; FLOAT is that of the rules
DTYPES: dict[int, np.dtype[Any]] = {
    number: np.dtype(name)
    for number, name in {
        FLOAT: "<f4", UINT8: "u1", 3: "i1", 6: "<i4", INT64: "<i8", 9: "?", HALF: "<f2", 11: "<f8"
    }.items()
}  # fmt: skip

# Others are training, quantization, sparse or external tensors.
_NODE = {"name", "op_type", "input", "output", "attribute"}
_ATTRIBUTE = {"name", "type", "i", "ints", "f", "s"}
_TENSOR = {"name", "dims", "data_type", "raw_data"}
_DIMENSION = {"dim_value", "dim_param"}


@dataclass(frozen=True)
class Tensor:
    """A tensor: its shape for one picture and its type.

    Parameters
    ----------
    shape : tuple of int
        Lengths of its axes.
    dtype : int
        One of onnx.TensorProto.DataType.
    numbers : ndarray, optional
        Its content, where that is known and rules or folding may read it.
    is_constant : bool
        Whether it does not depend on the picture. What OpenVINO computes of constants alone stays in memory.
    """

    shape: Shape
    dtype: int
    numbers: NDArray[Any] | None = None
    is_constant: bool = False


Fold = Callable[["NodeProto", list["Tensor | None"]], "list[Tensor] | None"]


def walk(
    graph: GraphProto, given: Tensor, rules: Mapping[str, Rule] = RULES, fold: Fold | None = None
) -> dict[str, Tensor]:
    """Return every tensor of a graph with one input.

    Parameters
    ----------
    graph : onnx.GraphProto
        Its parts are counted, and its text is text: see `reading.parse`.
    given : Tensor
        The input, for one picture.
    rules : mapping of str to Rule
        The operators that it may hold.
    fold : callable, optional
        From a node and its inputs to its outputs, where these are computed rather than counted; else to None.

    Raises
    ------
    ModelError
        When there is an operator, a type or an attribute that the rules do not know, or it exceeds the bounds.
    """
    unknown = {node.op_type for node in graph.node if node.domain or node.op_type not in rules}
    if unknown:
        raise ModelError(f"it holds operators that Headway has no rules for: {quoted(', '.join(sorted(unknown)))}")
    if len(graph.node) > MAX_ALL_NODES:
        raise ModelError(f"it has {len(graph.node):,} nodes; at most {MAX_ALL_NODES:,} are read")
    return _Walk(graph, rules, fold).run(given)


class _Walk:
    """Computes the shape of every tensor for one picture, and the time and memory of all."""

    def __init__(self, graph: GraphProto, rules: Mapping[str, Rule], fold: Fold | None) -> None:
        self._graph = graph
        self._rules = rules
        self._fold = fold
        self._tensors: dict[str, Tensor] = {}
        self._uses = Counter(name for node in graph.node for name in node.input)
        self._nodes = self._elementwise = self._elements = self._alive = 0
        self._work = 0.0

    def run(self, given: Tensor) -> dict[str, Tensor]:
        self._define(self._graph.input[0].name, given)
        self._alive += math.prod(given.shape)
        for constant in self._graph.initializer:
            self._define(constant.name, _constant(constant, may_be_empty=self._fold is not None))
        for node in self._graph.node:
            check_fields(node, _NODE, "node")
            self._node(node)
        return self._tensors

    def _define(self, name: str, tensor: Tensor) -> None:
        if not name or name in self._tensors:
            raise ModelError(f"it names two tensors {quoted(name)}")
        _check_rank(name, len(tensor.shape))
        self._tensors[name] = tensor

    def _node(self, node: NodeProto) -> None:
        if len(node.input) > MAX_INPUTS:
            raise ModelError(f"{_named(node)} has {len(node.input):,} inputs; at most {MAX_INPUTS} are read")
        inputs = [self._input(node, name) for name in node.input]
        try:
            outputs = self._fold(node, inputs) if self._fold else None
            if outputs is None:
                outputs, depth = self._infer(node, inputs)
                self._count(node, inputs, outputs, depth)
            require(len(outputs) == len(node.output))
        except (TypeError, ValueError, LookupError, ArithmeticError):  # not what the rule takes
            shapes = " and ".join(str(tensor.shape) for tensor in inputs[:3] if tensor)
            raise ModelError(
                f"the inputs or attributes of {_named(node)} do not fit {node.op_type}, it reads {shapes or 'nothing'}"
            ) from None
        for name, tensor in zip(node.output, outputs, strict=True):
            self._define(name, tensor)

    def _input(self, node: NodeProto, name: str) -> Tensor | None:
        if not name:  # left out
            return None
        tensor = self._tensors.get(name)
        if tensor is None:
            raise ModelError(f"{_named(node)} reads {quoted(name)}, which is not computed before it")
        return tensor

    def _infer(self, node: NodeProto, inputs: list[Tensor | None]) -> tuple[list[Tensor], int]:
        """Return what a node gives, and the multiply-adds for each of its numbers."""
        rule = self._rules[node.op_type]
        require("" not in node.input[-1:])  # ONNX Runtime dies of it
        for position, tensor in enumerate(inputs):
            if tensor:
                _check_type(node, rule, position, tensor)
        arguments, attributes = rule.arguments(inputs), attributes_of(node)
        shapes = rule.shape(*arguments, **attributes)
        shapes = shapes if isinstance(shapes, list) else [shapes]
        require(all(side > 0 for shape in shapes for side in shape))
        [dtype] = {tensor.dtype for position, tensor in enumerate(inputs) if tensor and position not in rule.constants}
        constant = all(tensor.is_constant for tensor in inputs if tensor)
        outputs = [Tensor(shape, dtype if rule.rearranges else FLOAT, is_constant=constant) for shape in shapes]
        return outputs, rule.depth(arguments, attributes)

    def _count(self, node: NodeProto, inputs: list[Tensor | None], outputs: list[Tensor], depth: int) -> None:
        rule, size = self._rules[node.op_type], sum(math.prod(tensor.shape) for tensor in outputs)
        self._nodes += 1
        self._elementwise += rule.elementwise * (max(1, len(inputs) - 1) if rule.joins else 1)
        first = node.input[0]
        if not (node.op_type == "Cast" and self._tensors[first].is_constant and self._uses[first] == 1):
            # A constant in half precision is cast when the model is loaded, once: its file is large enough for that.
            self._elements += size
            self._alive += size
            self._work += sum(math.prod(tensor.shape) for tensor in inputs if tensor) + size * depth
        for limit, value, what in (
            (MAX_NODES, self._nodes, "it has more than {:,} nodes"),
            (MAX_ELEMENTWISE, self._elementwise, "it has more than {:,} elementwise nodes"),
            (MAX_ELEMENTS, self._elements, "its tensors have more than {:,} numbers for one picture"),
            (MAX_ALIVE, self._alive, "it needs more than {:,} numbers at a time for one picture"),
            (MAX_WORK, self._work, "it needs more than {:.0e} multiply-adds for one picture"),
        ):
            if value > limit:
                raise ModelError(what.format(limit))
        for name, tensor in zip(node.input, inputs, strict=True):
            self._uses[name] -= 1
            # What is computed of constants alone is kept for the next picture.
            if tensor and not tensor.is_constant and not self._uses[name]:
                self._alive -= math.prod(tensor.shape)


def _check_type(node: NodeProto, rule: Rule, position: int, tensor: Tensor) -> None:
    name = quoted(node.input[position])
    if position in rule.constants:
        if tensor.numbers is None or tensor.numbers.dtype.kind not in "iu":
            raise ModelError(f"{_named(node)} reads {name}, which is not a constant of whole numbers")
    elif tensor.dtype != FLOAT and not (tensor.dtype in (HALF, UINT8) and (rule.rearranges or node.op_type == "Cast")):
        raise ModelError(f"{_named(node)} reads {name}, which is not float32")


def _check_rank(name: str, rank: int) -> None:
    if rank > MAX_RANK:
        raise ModelError(f"its tensor {quoted(name)} has {rank:,} axes; at most {MAX_RANK} are read")


def _named(node: NodeProto) -> str:
    return quoted(node.name or next(iter(node.output), node.op_type))


def _constant(tensor: TensorProto, *, may_be_empty: bool) -> Tensor:
    if tensor.data_location != tensor.DEFAULT or tensor.external_data:
        raise ModelError(f"it asks for external data ({quoted(tensor.name)}), which is not read")
    check_fields(tensor, _TENSOR, "tensor")
    _check_rank(tensor.name, len(tensor.dims))
    shape, raw = tuple(tensor.dims), tensor.raw_data
    dtype = DTYPES.get(tensor.data_type)
    least = 0 if may_be_empty else 1
    if dtype is None or any(side < least for side in shape) or math.prod(shape) * dtype.itemsize != len(raw):
        raise ModelError(
            f"its tensor {quoted(tensor.name)} is not of floats or indices, or its shape does not fit its content"
        )
    content = np.frombuffer(raw, dtype).reshape(shape)
    if dtype.kind == "f" and not _are_finite(content):
        raise ModelError(f"its tensor {quoted(tensor.name)} holds numbers that are not finite")
    is_known = dtype.kind in "iu" or content.size <= MAX_KNOWN
    return Tensor(shape, tensor.data_type, content if is_known else None, is_constant=True)


def _are_finite(numbers: NDArray[Any]) -> bool:
    if numbers.dtype.itemsize == 2:  # NumPy's own test takes ten times as long for halves
        return bool(((numbers.view("<u2") & 0x7FFF) < 0x7C00).all())
    return bool(np.isfinite(numbers).all())


def declared(value: ValueInfoProto) -> tuple[int | None, ...]:
    """Return the lengths of the axes that an input or output says it has; None for one that is left open."""
    sides = value.type.tensor_type.shape.dim
    for side in sides:
        check_fields(side, _DIMENSION, "shape")
    return tuple(side.dim_value or None for side in sides)


def attributes_of(node: NodeProto) -> dict[str, Any]:
    """Return a node's attributes by name."""
    attributes: dict[str, Any] = {}
    for attribute in node.attribute:
        check_fields(attribute, _ATTRIBUTE, "attribute")
        if attribute.name in attributes:
            raise ModelError(f"{_named(node)} has an attribute {quoted(attribute.name)} twice")
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
    raise ModelError(f"{_named(node)} has an attribute {quoted(attribute.name)} that is not understood")
