"""What a model's file must be before any of it is used. Its digest is no signature: whoever makes a file can forge it.

`check_graph` walks the graph once, at one picture, before OpenVINO sees it. Every shape is worked out by the rules
below, one to an operator, and whatever they do not know is refused. What is left can name no file, run no code, end in
no cycle, and ask for no more memory and time than the bounds allow. `check_metadata` does the same for the metadata.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.errors import ModelError
from headway.images import FITS
from headway.model.graph import IR_VERSION, OPSET

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto

Shape = tuple[int, ...]

MAX_INPUT_SIZE = 2048  # pixels a side
MAX_NODES = 500  # the default backbone makes about 160; OpenVINO takes 20 s for a chain of 2,000 additions
MAX_ELEMENTS = 1 << 26  # of all intermediate tensors for one picture: 256 MiB; EfficientNet-Lite0 makes 17 million
MAX_WORK = 50e9  # multiply-adds for one picture; EfficientNet-Lite0 needs 0.4e9

_UINT8, _FLOAT, _HALF = 2, 1, 10  # onnx.TensorProto.DataType
_DTYPES: dict[int, np.dtype[Any]] = {_FLOAT: np.dtype("<f4"), _HALF: np.dtype("<f2")}
_INT, _INTS = 2, 7  # onnx.AttributeProto.AttributeType

# The fields that `graph.compose` and `file.encode` set; others are training, quantization, sparse or external tensors.
_MODEL = {"ir_version", "producer_name", "opset_import", "graph", "metadata_props"}
_GRAPH = {"name", "node", "initializer", "input", "output"}
_NODE = {"name", "op_type", "input", "output", "attribute"}
_ATTRIBUTE = {"name", "type", "i", "ints"}
_TENSOR = {"name", "dims", "data_type", "raw_data"}

# Those that are read; the rest is for people.
_METADATA: dict[str, Any] = {
    "classes": [str],
    "input": {"size": int, "resize": str},
    "backbone": {"name": str, "sha256": str, "features": [str], "precision": str},
    "head": {"kind": str},
    "data": {"majority": str, "learnt": str},
    "scores": {"test": {"accuracy": float}},
}


def check_metadata(metadata: Mapping[str, Any]) -> None:
    """Refuse metadata in which something that Headway reads is missing, of a wrong type or out of range.

    Raises
    ------
    ModelError
        With the entry that is wrong.
    """
    if wrong := _misfit(metadata, _METADATA, "headway"):
        raise ModelError(f"its metadata {wrong} is missing or of a wrong type")
    classes, size, resize = metadata["classes"], metadata["input"]["size"], metadata["input"]["resize"]
    precision, majority = metadata["backbone"]["precision"], metadata["data"]["majority"]
    if len(set(classes)) != len(classes) or "" in classes:
        raise ModelError("its class names are not different from each other, or one is empty")
    if not 1 <= size <= MAX_INPUT_SIZE:
        raise ModelError(f"its pictures of {str(size)[:20]} pixels are not within 1 to {MAX_INPUT_SIZE}")
    if resize not in FITS:
        raise ModelError(f"its resize policy {_shown(resize)} is none of {', '.join(FITS)}")
    if precision not in ("fp32", "bf16"):
        raise ModelError(f"its precision {_shown(precision)} is none of fp32, bf16")
    if majority not in classes:
        raise ModelError(f"its most frequent class {_shown(majority)} is none of its classes")
    if not 0 <= metadata["scores"]["test"]["accuracy"] <= 1:
        raise ModelError("its test accuracy is not within 0 to 1")
    try:
        base64.b64decode(metadata["data"]["learnt"], validate=True)
    except ValueError:
        raise ModelError("its metadata headway.data.learnt is not base64") from None


def _misfit(value: Any, schema: Any, place: str) -> str | None:
    """Return the first place where a value is not as the schema says."""
    if isinstance(schema, dict):
        if not isinstance(value, dict):
            return place
        inner = (_misfit(value.get(key), kind, f"{place}.{key}") for key, kind in schema.items())
        return next(filter(None, inner), None)
    if isinstance(schema, list):
        fits = isinstance(value, list) and value and all(type(item) is schema[0] for item in value)
    else:
        fits = type(value) is schema  # not isinstance: True is no number here
    return None if fits else place


def check_graph(model: ModelProto) -> None:
    """Refuse a graph that `graph.compose` would not make, or that takes more than the bounds.

    Parameters
    ----------
    model : onnx.ModelProto
        From a file whose sender is not trusted.

    Raises
    ------
    ModelError
        With what is wrong.
    """
    if model.functions or any(entry.domain not in ("", "ai.onnx") for entry in model.opset_import):
        raise ModelError("it holds custom operators, which are not run")
    _check_fields(model, _MODEL, "model")
    _check_fields(model.graph, _GRAPH, "graph")
    opsets = [(entry.domain, entry.version) for entry in model.opset_import]
    if model.producer_name != "headway" or model.ir_version != IR_VERSION or opsets != [("", OPSET)]:
        raise ModelError(f"it is not of opset {OPSET} and IR version {IR_VERSION}, as Headway's models are")
    if len(model.graph.node) > MAX_NODES:
        raise ModelError(f"it has {len(model.graph.node):,} nodes; Headway's models have at most {MAX_NODES:,}")
    strange = sorted({node.op_type for node in model.graph.node if node.domain or node.op_type not in OPERATORS})
    if strange:
        raise ModelError(f"it holds operators that Headway's models are not made of: {_shown(', '.join(strange))}")
    _walk(model.graph)


def _walk(graph: GraphProto) -> None:
    """Work out the shape of every tensor for one picture, and what all of them take."""
    shapes: dict[str, Shape] = {}
    uncast = {"images"}  # not yet float32
    elements = work = 0

    def define(name: str, shape: Shape) -> None:
        if not name or name in shapes:
            raise ModelError(f"it names two tensors {_shown(name)}")
        shapes[name] = shape

    define("images", _input(graph))
    for tensor in graph.initializer:
        define(tensor.name, _constant(tensor))
        if tensor.data_type == _HALF:
            uncast.add(tensor.name)
    for node in graph.node:
        _check_fields(node, _NODE, "node")
        for name in node.input:
            if name not in shapes:
                raise ModelError(f"{_shown(node.name)} reads {_shown(name)}, which is not computed before it")
            if name in uncast and node.op_type != "Cast":
                raise ModelError(f"{_shown(node.name)} reads {_shown(name)}, which is not float32")
        inputs = [shapes[name] for name in node.input]
        shape = _output(node, inputs)
        define(node.output[0], shape)
        size = math.prod(shape)
        elements += size
        work += sum(map(math.prod, inputs)) + size * (_depth(*inputs) if node.op_type in ("Conv", "Gemm") else 1)
        if elements > MAX_ELEMENTS:
            raise ModelError(f"its tensors have more than {MAX_ELEMENTS:,} numbers for one picture")
        if work > MAX_WORK:
            raise ModelError(f"it needs more than {MAX_WORK:.0e} multiply-adds for one picture")
    outputs = [output.name for output in graph.output]
    if outputs != ["probabilities", "embedding"] or any(len(shapes.get(name, ())) != 2 for name in outputs):
        raise ModelError("its outputs are not probabilities (N, classes) and embedding (N, d)")


def _input(graph: GraphProto) -> Shape:
    """Return the shape of one picture."""
    inputs = [(value.name, value.type.tensor_type.elem_type) for value in graph.input]
    sides = [dim.dim_value for value in graph.input for dim in value.type.tensor_type.shape.dim]
    if inputs != [("images", _UINT8)] or len(sides) != 4:
        raise ModelError("its input is not images, uint8 (N, size, size, 3)")
    n, height, width, channels = sides
    if n or height != width or channels != 3 or not 1 <= height <= MAX_INPUT_SIZE:
        raise ModelError(f"its input is not uint8 (N, size, size, 3) with a size of 1 to {MAX_INPUT_SIZE}")
    return 1, height, width, channels


def _constant(tensor: TensorProto) -> Shape:
    if tensor.data_location != tensor.DEFAULT or tensor.external_data:
        raise ModelError(f"it asks for external data ({_shown(tensor.name)}), which is not read")
    _check_fields(tensor, _TENSOR, "tensor")
    shape, raw = tuple(tensor.dims), tensor.raw_data
    dtype = _DTYPES.get(tensor.data_type)
    if dtype is None or any(side < 1 for side in shape) or math.prod(shape) * dtype.itemsize != len(raw):
        raise ModelError(f"its tensor {_shown(tensor.name)} is not of floats, or its shape does not fit its content")
    if not np.isfinite(np.frombuffer(raw, dtype)).all():
        raise ModelError(f"its tensor {_shown(tensor.name)} holds numbers that are not finite")
    return shape


def _output(node: NodeProto, inputs: list[Shape]) -> Shape:
    """Return the shape of what a node computes."""
    attributes: dict[str, Any] = {}
    for attribute in node.attribute:
        _check_fields(attribute, _ATTRIBUTE, "attribute")
        if attribute.name in attributes or attribute.type not in (_INT, _INTS):
            raise ModelError(f"{_shown(node.name)} has an attribute {_shown(attribute.name)} that is not understood")
        attributes[attribute.name] = attribute.i if attribute.type == _INT else list(attribute.ints)
    try:
        (_,) = node.output
        return tuple(_RULES[node.op_type](*inputs, **attributes))
    except (TypeError, ValueError, LookupError, ArithmeticError):  # not what the rule takes
        raise ModelError(f"the inputs or attributes of {_shown(node.name)} do not fit {node.op_type}") from None


def _depth(_: Shape, weight: Shape, bias: Shape) -> int:
    """Return how many multiply-adds one number of a convolution or matrix product takes."""
    return math.prod(weight) // math.prod(bias)


# One rule an operator: the shapes of the inputs and the attributes, as Headway writes them, give that of the output.


def _fits(*conditions: bool) -> None:
    if not all(conditions):
        raise ValueError


def _same(values: Shape) -> Shape:
    return values


def _broadcast(left: Shape, right: Shape) -> Shape:
    return np.broadcast_shapes(left, right)


def _cast(values: Shape, *, to: int) -> Shape:
    _fits(to == _FLOAT)
    return values


def _clip(values: Shape, low: Shape, high: Shape) -> Shape:
    _fits(math.prod(low) == math.prod(high) == 1)
    return values


def _concat(*parts: Shape, axis: int) -> Shape:
    _fits(axis == 1, len({(part[0], part[2:]) for part in parts}) == 1)
    return (parts[0][0], sum(part[1] for part in parts), *parts[0][2:])


def _conv(
    maps: Shape,
    weight: Shape,
    bias: Shape,
    *,
    kernel_shape: Sequence[int],
    pads: Sequence[int] = (0, 0, 0, 0),
    strides: Sequence[int] = (1, 1),
    dilations: Sequence[int] = (1, 1),
    group: int = 1,
) -> Shape:
    n, channels, height, width = maps
    filters, depth, *kernel = weight
    top, left, bottom, right = pads
    (down, across), (row_step, column_step) = strides, dilations
    _fits(list(kernel_shape) == kernel, bias == (filters,), channels == depth * group, group > 0, filters % group == 0)
    _fits(all(1 <= step <= MAX_INPUT_SIZE for step in (down, across, row_step, column_step)))
    # From the first to the last pixel that a filter sees; a padding as large would be seen alone.
    rows, columns = (kernel[0] - 1) * row_step + 1, (kernel[1] - 1) * column_step + 1
    padded_height, padded_width = height + top + bottom, width + left + right
    _fits(min(pads) >= 0, max(top, bottom) < rows, max(left, right) < columns)
    _fits(rows <= padded_height, columns <= padded_width)
    return n, filters, (padded_height - rows) // down + 1, (padded_width - columns) // across + 1


def _gemm(values: Shape, weight: Shape, bias: Shape, *, transB: int = 0) -> Shape:
    n, width = values
    inner, outputs = weight[::-1] if transB else weight
    _fits(transB in (0, 1), width == inner, bias == (outputs,))
    return n, outputs


def _reduce_mean(maps: Shape, *, axes: Sequence[int], keepdims: int) -> Shape:
    _fits(len(maps) == 4, list(axes) == [2, 3], keepdims in (0, 1))
    return (*maps[:2], 1, 1) if keepdims else maps[:2]


def _softmax(values: Shape, *, axis: int) -> Shape:
    _fits(len(values) == 2, axis == 1)
    return values


def _transpose(values: Shape, *, perm: Sequence[int]) -> Shape:
    _fits(list(perm) == [0, 3, 1, 2])
    n, height, width, channels = values
    return n, channels, height, width


_RULES: dict[str, Callable[..., Shape]] = {
    "Add": _broadcast,
    "Cast": _cast,
    "Clip": _clip,
    "Concat": _concat,
    "Conv": _conv,
    "Div": _broadcast,
    "Gemm": _gemm,
    "Identity": _same,
    "Mul": _broadcast,
    "ReduceMean": _reduce_mean,
    "Relu": _same,
    "Softmax": _softmax,
    "Sqrt": _same,
    "Sub": _broadcast,
    "Transpose": _transpose,
}
OPERATORS = frozenset(_RULES)


def _check_fields(message: Any, known: set[str], what: str) -> None:
    strange = [field.name for field, _ in message.ListFields() if field.name not in known]
    if strange:
        raise ModelError(f"its {what} holds {', '.join(strange)}, which Headway's models never do")


def _shown(name: str) -> str:
    """Return a name from the file, harmless to a terminal."""
    return ascii(name[:100])
