"""What exporters compute shapes with, computed here, so that the bounds know every shape.

A node is folded where all that it reads is known: lengths of axes, and constants of few numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.backbones.bounds import layers
from headway.backbones.bounds.rules import FLOAT, RULES, Rule
from headway.backbones.bounds.values import Shape, integers, quoted, require
from headway.backbones.bounds.walk import DTYPES, HALF, MAX_KNOWN, Tensor, attributes_of
from headway.backbones.foreign.resizing import resized_shape
from headway.errors import ModelError

if TYPE_CHECKING:
    from onnx import NodeProto


def _same(values: Shape) -> Shape:
    return values


def _broadcast(*inputs: Shape) -> Shape:
    return tuple(np.broadcast_shapes(*inputs))


def _cast(values: Shape, *, to: int, saturate: int = 1) -> Shape:
    require(to in DTYPES)
    return values


def _gelu(values: Shape, *, approximate: str = "none") -> Shape:
    return values


def _mod(left: Shape, right: Shape, *, fmod: int = 0) -> Shape:
    return _broadcast(left, right)


def _range(start: Any, limit: Any, step: Any) -> Shape:
    require(all(np.ndim(bound) == 0 for bound in (start, limit, step)))
    first, last, stride = float(start), float(limit), float(step)
    return (max(0, math.ceil((last - first) / stride)),)


def _shape(values: Shape, *, start: int = 0, end: int | None = None) -> Shape:
    return (len(values[start:end]),)


def _size(values: Shape) -> Shape:
    return ()


def _tile(values: Shape, repeats: Any) -> Shape:
    return tuple(side * times for side, times in zip(values, integers(repeats), strict=True))


_ELEMENTWISE = Rule(_same, elementwise=1)
_LENGTHS: dict[str, Rule] = {"Shape": Rule(_shape), "Size": Rule(_size)}
_ONLY_FOLDED: dict[str, Rule] = {
    **dict.fromkeys(("And", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Or", "Where"),
                    Rule(_broadcast)),
    "Mod": Rule(_mod),
    "Not": Rule(_same),
    "Range": Rule(_range, constants=frozenset({0, 1, 2})),
    "ReduceProd": Rule(layers.reduction, constants=frozenset({1})),
}  # fmt: skip
_ALSO_FOLDED = (
    "Abs", "Add", "Clip", "Concat", "Div", "Expand", "Flatten", "Gather", "Identity", "Max", "Min", "Mul", "Neg", "Pow",
    "ReduceMax", "ReduceMin", "ReduceSum", "Reshape", "Slice", "Split", "Sqrt", "Squeeze", "Sub", "Transpose",
    "Unsqueeze",
)  # fmt: skip
_MORE: dict[str, Rule] = {
    **dict.fromkeys(("Ceil", "Cos", "Floor", "Round", "Sign", "Sin"), _ELEMENTWISE),
    "Gelu": Rule(_gelu, elementwise=4),
    "LogSoftmax": Rule(layers.softmax),
    "Sum": Rule(_broadcast, elementwise=1, joins=True),
    "Tile": Rule(_tile, constants=frozenset({1}), rearranges=True),
}

OPERATORS = RULES | _MORE | _LENGTHS | _ONLY_FOLDED | {"Resize": Rule(_same)}
FOLDED = {name: RULES[name] for name in _ALSO_FOLDED} | _MORE | _LENGTHS | _ONLY_FOLDED | {"Cast": Rule(_cast)}
"""The operators that are computed where all that they read is known."""


def fold(opset: int, node: NodeProto, inputs: Sequence[Tensor | None]) -> list[Tensor] | None:
    """Return what a node gives, if that is known; None if it is to be computed for every picture."""
    if node.op_type == "Resize":
        return [_resized(node, inputs)]
    if node.op_type not in FOLDED:
        return None
    known = [_zeros(tensor) if node.op_type in _LENGTHS else tensor.numbers for tensor in inputs if tensor]
    arrays = [array for array in known if array is not None]
    rule = FOLDED[node.op_type]
    if len(arrays) < len(known) or not arrays:
        if node.op_type in _ONLY_FOLDED:
            raise ModelError(f"{quoted(node.output[0])} depends on the content of the picture through {node.op_type}")
        return None
    shapes = rule.shape(*rule.arguments(inputs), **attributes_of(node))
    shapes = shapes if isinstance(shapes, list) else [shapes]
    read = 0 if node.op_type in _LENGTHS else sum(array.size for array in arrays)
    if max(read, sum(map(math.prod, shapes))) > MAX_KNOWN:
        if node.op_type in RULES | _MORE:
            return None
        raise ModelError(f"{quoted(node.output[0])} is a constant of more than {MAX_KNOWN:,} computed numbers")
    return [_tensor(array) for array in _compute(opset, node, arrays)]


def _resized(node: NodeProto, inputs: Sequence[Tensor | None]) -> Tensor:
    """Return what a resize of constants gives, which `settling` computes; of pictures, there is none."""
    values, _, scales, sizes = [*inputs, None, None, None][:4]
    if values is None or not values.is_constant or values.dtype not in (FLOAT, HALF):
        raise ModelError(
            f"{quoted(node.output[0])} resizes what depends on the picture, which no model of Headway does"
        )
    shape = resized_shape(values.shape, scales and scales.numbers, sizes and sizes.numbers, attributes_of(node))
    return Tensor(shape, FLOAT, is_constant=True)


def _zeros(tensor: Tensor) -> Any:
    """Return an array of the shape alone, which takes no memory."""
    return np.broadcast_to(np.float32(0), tensor.shape)


def _compute(opset: int, node: NodeProto, arrays: Sequence[Any]) -> list[Any]:
    from onnx import TensorProto, helper
    from onnx.reference import ReferenceEvaluator

    names = [name for name in node.input if name]
    given = [helper.make_tensor_value_info(name, TensorProto.UNDEFINED, None) for name in dict.fromkeys(names)]
    made = [helper.make_tensor_value_info(name, TensorProto.UNDEFINED, None) for name in node.output]
    graph = helper.make_graph([node], "node", given, made)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    try:
        with np.errstate(all="ignore"):
            results = ReferenceEvaluator(model).run(None, dict(zip(names, arrays, strict=True)))
    except Exception as error:
        raise ValueError from error
    return [np.asarray(result) for result in results]


def _tensor(array: Any) -> Tensor:
    from onnx import helper

    return Tensor(array.shape, helper.np_dtype_to_tensor_dtype(array.dtype), array, is_constant=True)
