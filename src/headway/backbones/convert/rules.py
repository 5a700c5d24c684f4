"""Rules that express an exported operator in plainer ones; operators without a rule stay."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.backbones.convert.rewriting import BATCHES, Array, Graph
from headway.errors import UserError

if TYPE_CHECKING:
    from onnx import NodeProto


def _template(shapes: Sequence[Sequence[int]]) -> Array | None:
    """Return the shape with -1 for the one side that depends on the batch size, None where several do."""
    first, second = (list(map(int, shape)) for shape in shapes)
    moving = [place for place, (a, b) in enumerate(zip(first, second, strict=True)) if a != b]
    if len(moving) > 1:
        return None
    return np.array([-1 if place in moving else side for place, side in enumerate(first)], np.int64)


def _reshape(graph: Graph, node: NodeProto) -> None:
    """Make the shape a constant."""
    target: Sequence[Any] | None = graph.shape(node.output[0])
    if target is None and len(node.input) > 1:
        target = graph.integers(node.input[1])
    shape = None if target is None else _template(target)
    if shape is None:
        raise UserError("this network cannot be converted: it changes shapes in a way that depends on the pictures")
    graph.add("Reshape", [node.input[0], graph.constant(f"{node.output[0]}.shape", shape)], node.output[0])


def _squeeze(graph: Graph, node: NodeProto) -> None:
    """Merge a slice of one element and this into a gather; otherwise reshape."""
    before = graph.nodes[-1] if graph.nodes else None
    axes = graph.integers(node.input[1]) if len(node.input) > 1 else None
    if before is not None and before.op_type == "Slice" and before.output[0] == node.input[0] and axes is not None:
        parts = [graph.integers(name) for name in before.input[1:]]
        if len(parts) == 4 and all(part is not None and part[0].size == 1 for part in parts):
            start, end, axis, step = (int(part[0][0]) for part in parts if part is not None)
            if end == start + 1 and step == 1 and [axis] == axes[0].tolist():
                graph.nodes.pop()
                index = graph.constant(f"{node.output[0]}.index", np.array(start, np.int64))
                graph.add("Gather", [before.input[0], index], node.output[0], axis=axis)
                return
    _reshape(graph, node)


def _slice(graph: Graph, node: NodeProto) -> None:
    """Make the bounds constants, counted from the front; drop slices that take everything."""
    parts = [graph.integers(name) for name in node.input[1:]]
    shape = graph.shape(node.input[0])
    if shape is None or any(part is None for part in parts):
        graph.keep(node)
        return
    values = [part[0].tolist() for part in parts if part is not None]
    starts, ends = values[:2]
    axes = values[2] if len(values) > 2 else list(range(len(starts)))
    steps = values[3] if len(values) > 3 else [1] * len(starts)
    _add_slice(graph, node.input[0], node.output[0], shape, list(zip(axes, starts, ends, steps, strict=True)))


def _add_slice(
    graph: Graph,
    tensor: str,
    output: str,
    shape: Sequence[Sequence[int]],
    ranges: Sequence[tuple[int, int, int, int]],
) -> None:
    """Add a slice of the (axis, start, end, step) in ``ranges``."""
    bounds = []
    for axis, start, end, step in ranges:
        axis %= len(shape[0])
        side = shape[0][axis]
        first, last, step = slice(start, end, step).indices(side)
        if (first, last, step) == (0, side, 1):
            continue
        if step < 1 or side != shape[1][axis]:
            raise UserError("this network cannot be converted: it reads backwards, or across pictures")
        bounds.append((axis, first, last, step))
    if not bounds:
        graph.names[output] = graph.names.get(tensor, tensor)
        return
    axes, starts, ends, steps = zip(*bounds, strict=True)
    numbers = {"starts": starts, "ends": ends, "axes": axes, "steps": steps}
    inputs = [graph.constant(f"{output}.{name}", np.array(value, np.int64)) for name, value in numbers.items()]
    graph.add("Slice", [tensor, *inputs], output)


def _split(graph: Graph, node: NodeProto) -> None:
    """Slice the parts one by one."""
    shape = graph.shape(node.input[0])
    axis = next((a.i for a in node.attribute if a.name == "axis"), 0)
    if shape is None:
        raise UserError("this network cannot be converted: it splits a tensor at unknown positions")
    side = shape[0][axis]
    sizes = graph.integers(node.input[1]) if len(node.input) > 1 else None
    count = len(node.output)
    widths = sizes[0].tolist() if sizes is not None else [-(-side // count)] * (count - 1)
    edges = [0, *np.cumsum(widths).tolist()]
    for name, start, end in zip(node.output, edges, [*edges[1:], side], strict=False):
        _add_slice(graph, node.input[0], name, shape, [(axis, start, min(end, side), 1)])


def _identity(graph: Graph, node: NodeProto) -> None:
    graph.names[node.output[0]] = graph.names.get(node.input[0], node.input[0])


def _tile(graph: Graph, node: NodeProto) -> None:
    """Add zeros of the batch size to what is repeated for every image."""
    repeats = graph.integers(node.input[1])
    before = graph.shape(node.input[0])
    once = repeats is not None and all((part[1:] == 1).all() for part in repeats)
    if once and before is not None and before[0][0] == 1 and [int(part[0]) for part in repeats or ()] == list(BATCHES):
        graph.add("Add", [node.input[0], _zeros(graph, len(before[0]))], node.output[0])
    else:
        graph.keep(node)


def _expand(graph: Graph, node: NodeProto) -> None:
    """Add zeros of the batch size to what is repeated for every image."""
    before, after = graph.shape(node.input[0]), graph.shape(node.output[0])
    if before is None or after is None:
        raise UserError("this network cannot be converted: it repeats a tensor an unknown number of times")
    if before == after:
        _identity(graph, node)
        return
    rank = len(after[0])
    tensor, zeros = node.input[0], _zeros(graph, rank)
    rest = tuple(after[0][1:])
    if (1,) * (rank - len(before[0]) + 1) + tuple(before[0][1:]) != (1, *rest) and before[0] != (1, *rest):
        ones = graph.constant(f"{node.output[0]}.zeros", np.zeros((1, *rest), np.float32))
        tensor = graph.add("Add", [tensor, ones], f"{node.output[0]}.wide")
    graph.add("Add", [tensor, zeros], node.output[0])


def _zeros(graph: Graph, rank: int) -> str:
    """Return a tensor (N, 1, 1, ...) of zeros."""
    name = f"zeros{rank}"
    if name not in graph.dims:
        graph.dims[name] = ("N", *("1",) * (rank - 1))
        first = next(node.output[0] for node in graph.nodes if node.op_type == "Cast")
        axes = graph.constant(f"{name}.axes", np.array([1, 2, 3], np.int64))
        mean = graph.add("ReduceMean", [first, axes], f"{name}.mean", keepdims=1)
        zero = graph.add("Mul", [mean, graph.constant(f"{name}.nought", np.array(0, np.float32))], f"{name}.flat")
        shape = graph.constant(f"{name}.shape", np.array([-1] + [1] * (rank - 1), np.int64))
        graph.add("Reshape", [zero, shape], name)
    return name


def _reduce_sum(graph: Graph, node: NodeProto) -> None:
    """Multiply the mean by the count; of the squares for a norm."""
    shape = graph.shape(node.input[0])
    axes = graph.integers(node.input[1]) if len(node.input) > 1 else None
    keepdims = next((a.i for a in node.attribute if a.name == "keepdims"), 1)
    if shape is None or axes is None or 0 in axes[0] % len(shape[0]):
        graph.keep(node)
        return
    count = math.prod(shape[0][axis] for axis in axes[0])
    tensor, name, is_norm = node.input[0], node.output[0], node.op_type == "ReduceL2"
    number = graph.constant(f"{name}.count", np.array(count, np.float32))
    if is_norm:
        tensor = graph.add("Mul", [tensor, tensor], f"{name}.square")
    mean = graph.add("ReduceMean", [tensor, node.input[1]], f"{name}.mean", keepdims=keepdims)
    total = graph.add("Mul", [mean, number], f"{name}.sum" if is_norm else name)
    if is_norm:
        graph.add("Sqrt", [total], name)


def _instance_norm(graph: Graph, node: NodeProto) -> None:
    """Compute it by means, as the exporter builds group normalisation from it, too."""
    epsilon = next((a.f for a in node.attribute if a.name == "epsilon"), 1e-5)
    x, name = node.input[0], node.output[0]
    rank = len(graph.dims[name])
    gain, bias = (graph.constants[each].reshape((1, -1) + (1,) * (rank - 2)) for each in node.input[1:])
    axes = graph.constant(f"{name}.axes", np.arange(2, rank))
    off = graph.add("Sub", [x, graph.add("ReduceMean", [x, axes], f"{name}.mean", keepdims=1)], f"{name}.off")
    square = graph.add("Mul", [off, off], f"{name}.square")
    variance = graph.add("ReduceMean", [square, axes], f"{name}.variance", keepdims=1)
    safe = graph.add(
        "Add", [variance, graph.constant(f"{name}.epsilon", np.array(epsilon, np.float32))], f"{name}.safe"
    )
    unit = graph.add("Div", [off, graph.add("Sqrt", [safe], f"{name}.deviation")], f"{name}.unit")
    scaled = graph.add("Mul", [unit, graph.constant(f"{name}.gain", gain)], f"{name}.scaled")
    graph.add("Add", [scaled, graph.constant(f"{name}.bias", bias)], name)


def _pow(graph: Graph, node: NodeProto) -> None:
    exponent = graph.constants.get(node.input[1])
    if exponent is None or exponent.size != 1 or float(exponent.reshape(())) not in (2.0, 3.0):
        graph.keep(node)
        return
    base = node.input[0]
    if float(exponent.reshape(())) == 2:
        graph.add("Mul", [base, base], node.output[0])
    else:
        graph.add("Mul", [graph.add("Mul", [base, base], f"{node.output[0]}.square"), base], node.output[0])


def _batch_norm(graph: Graph, node: NodeProto) -> None:
    """Multiply and add, as it does in evaluation."""
    epsilon = next((a.f for a in node.attribute if a.name == "epsilon"), 1e-5)
    gamma, beta, mean, variance = (graph.constants[name].astype(np.float64) for name in node.input[1:])
    gain = gamma / np.sqrt(variance + epsilon)
    sides = (1, -1) + (1,) * (len(graph.dims[node.output[0]]) - 2)
    name = node.output[0]
    scale = graph.constant(f"{name}.scale", gain.reshape(sides).astype(np.float32))
    shift = graph.constant(f"{name}.shift", (beta - mean * gain).reshape(sides).astype(np.float32))
    graph.add("Add", [graph.add("Mul", [node.input[0], scale], f"{name}.scaled"), shift], name)


def _gemm(graph: Graph, node: NodeProto) -> None:
    """Turn a plain product into MatMul."""
    weight = graph.constants.get(node.input[1])
    if weight is None or len(node.input) > 2 or any(a.name in ("alpha", "transA") for a in node.attribute):
        graph.keep(node)
        return
    turned = any(a.name == "transB" and a.i for a in node.attribute)
    graph.add("MatMul", [node.input[0], graph.constant(f"{node.output[0]}.weight", weight.T if turned else weight)],
              node.output[0])  # fmt: skip


def _pad(graph: Graph, node: NodeProto) -> None:
    """Drop a padding of zero width."""
    pads = graph.integers(node.input[1])
    if pads is not None and not any(part.any() for part in pads):
        _identity(graph, node)
    else:
        graph.keep(node)


def _global_average(graph: Graph, node: NodeProto) -> None:
    axes = graph.constant(f"{node.output[0]}.axes", np.array([2, 3], np.int64))
    graph.add("ReduceMean", [node.input[0], axes], node.output[0], keepdims=1)


def _pool(graph: Graph, node: NodeProto) -> None:
    """Drop a pooling of single elements."""
    attributes = {each.name: list(each.ints) for each in node.attribute}
    if set(attributes.get("kernel_shape", [0])) == {1} and set(attributes.get("strides", [1])) == {1}:
        _identity(graph, node)
    else:
        graph.keep(node)


RULES: Mapping[str, Callable[[Graph, Any], None]] = {
    "AveragePool": _pool,
    "BatchNormalization": _batch_norm,
    "Dropout": _identity,
    "Expand": _expand,
    "Flatten": _reshape,
    "Gemm": _gemm,
    "GlobalAveragePool": _global_average,
    "Identity": _identity,
    "InstanceNormalization": _instance_norm,
    "MaxPool": _pool,
    "Pad": _pad,
    "Pow": _pow,
    "ReduceL2": _reduce_sum,
    "ReduceSum": _reduce_sum,
    "Reshape": _reshape,
    "Slice": _slice,
    "Split": _split,
    "Squeeze": _squeeze,
    "Tile": _tile,
    "Unsqueeze": _reshape,
}
