"""ONNX operators in PyTorch, differentiable: those of Headway's own graphs and of timm's and torchvision's exports.

Each function takes the inputs of a node (None where one is left out), its attributes and the graph's opset, and returns
a tensor, or a tuple of them. Sizes, axes and indices are int64 tensors on the CPU.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn import functional

from headway.backbones.torch import convolution

Inputs = list[Any]
Attributes = dict[str, Any]
Operator = Callable[[Inputs, Attributes, int], Any]

_DTYPES = {
    1: torch.float32, 2: torch.uint8, 3: torch.int8, 6: torch.int32, 7: torch.int64, 9: torch.bool, 10: torch.float32,
    11: torch.float32, 16: torch.float32,
}  # fmt: skip  # onnx.TensorProto.DataType; every float is computed as float32, or as autocast will have it


def _elementwise(function: Callable[..., Any]) -> Operator:
    return lambda inputs, attributes, opset: function(*inputs)


def _div(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    left, right = inputs
    # ONNX divides whole numbers as C does.
    return left / right if left.is_floating_point() else torch.div(left, right, rounding_mode="trunc")


def _clip(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    values, *bounds = inputs
    low, high = (float(bound) if bound is not None else None for bound in (bounds + [None, None])[:2])
    if low is None and high is None:
        return values
    if low is None or high is None:
        return values.clamp(low, high)
    return functional.hardtanh(values, low, high)  # as clamp, with a cheaper gradient


def _cast(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    dtype = _DTYPES[attributes["to"]]
    # Under autocast a float may be bfloat16 already, and is to stay so.
    return inputs[0] if inputs[0].is_floating_point() and dtype.is_floating_point else inputs[0].to(dtype)


def _gelu(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    return functional.gelu(inputs[0], approximate=attributes.get("approximate", "none"))


def _hard_sigmoid(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    return (attributes.get("alpha", 0.2) * inputs[0] + attributes.get("beta", 0.5)).clamp(0, 1)


def _leaky_relu(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    return functional.leaky_relu(inputs[0], attributes.get("alpha", 0.01))


def _elu(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    return functional.elu(inputs[0], attributes.get("alpha", 1.0))


def _pads(values: Any, attributes: Attributes, kernel: Sequence[int]) -> list[int]:
    """Return the padding of a window operator: where it begins, for each axis, then where it ends."""
    axes = len(kernel)
    automatic = attributes.get("auto_pad", "NOTSET")
    if automatic not in ("SAME_UPPER", "SAME_LOWER"):
        return list(attributes.get("pads", [0] * 2 * axes))
    strides, dilations = attributes.get("strides", [1] * axes), attributes.get("dilations", [1] * axes)
    begin, end = [], []
    for axis, (size, step) in enumerate(zip(values.shape[2:], strides, strict=True)):
        total = max((-(-size // step) - 1) * step + (kernel[axis] - 1) * dilations[axis] + 1 - size, 0)
        less, more = total // 2, total - total // 2
        begin.append(less if automatic == "SAME_UPPER" else more)
        end.append(total - begin[-1])
    return begin + end


def _even(values: Any, pads: Sequence[int], fill: float = 0.0) -> tuple[Any, list[int]]:
    """Return the padding that PyTorch's operators take; what is not the same on both sides is put on the values."""
    axes = len(pads) // 2
    begin, end = list(pads[:axes]), list(pads[axes:])
    if begin == end:
        return values, begin
    sides = [side for axis in reversed(range(axes)) for side in (begin[axis], end[axis])]  # from the last axis on
    return functional.pad(values, sides, value=fill), [0] * axes


_CONVOLUTIONS = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}


def _conv(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    values, weight = inputs[:2]
    bias = inputs[2] if len(inputs) > 2 else None
    axes, groups = weight.ndim - 2, attributes.get("group", 1)
    strides, dilations = attributes.get("strides", [1] * axes), attributes.get("dilations", [1] * axes)
    pads = _pads(values, attributes, weight.shape[2:])
    window = convolution.Window(tuple(strides), tuple(dilations), tuple(pads), groups)
    if (made := convolution.product(values, weight, window)) is not None:
        return made if bias is None else made + bias.to(made.dtype).view(-1, 1, 1)
    values, padding = _even(values, pads)
    return _CONVOLUTIONS[axes](values, weight, bias, stride=strides, padding=padding, dilation=dilations, groups=groups)


def _max_pool(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    kernel = attributes["kernel_shape"]
    values, padding = _even(inputs[0], _pads(inputs[0], attributes, kernel), -math.inf)
    return functional.max_pool2d(
        values,
        kernel,
        attributes.get("strides", [1, 1]),
        padding,
        attributes.get("dilations", [1, 1]),
        ceil_mode=bool(attributes.get("ceil_mode", 0)),
    )


def _average_pool(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    kernel, counted = attributes["kernel_shape"], bool(attributes.get("count_include_pad", 0))
    pads = _pads(inputs[0], attributes, kernel)
    values, padding = _even(inputs[0], pads)
    if values is not inputs[0] and not counted:
        # Uneven padding that does not count: the sum over each window by the number of its places that are real.
        ones, _ = _even(torch.ones_like(inputs[0][:1, :1]), pads)
        strides = attributes.get("strides", [1, 1])
        return functional.avg_pool2d(values, kernel, strides) / functional.avg_pool2d(ones, kernel, strides)
    return functional.avg_pool2d(
        values,
        kernel,
        attributes.get("strides", [1, 1]),
        padding,
        ceil_mode=bool(attributes.get("ceil_mode", 0)),
        count_include_pad=counted,
    )


def _places(values: Any) -> list[int]:
    return list(range(2, values.ndim))


def _global_average(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    return inputs[0].float().mean(_places(inputs[0]), keepdim=True)


def _global_max(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    return inputs[0].amax(_places(inputs[0]), keepdim=True)


def _axes(inputs: Inputs, attributes: Attributes) -> list[int] | None:
    """Axes as an attribute (older opsets) or an input."""
    given = inputs[1].tolist() if len(inputs) > 1 and inputs[1] is not None else attributes.get("axes")
    return list(given) if given is not None else None


def _reduce(function: Callable[..., Any]) -> Operator:
    def operator(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
        axes = _axes(inputs, attributes)
        if not axes:
            if attributes.get("noop_with_empty_axes", 0):
                return inputs[0]
            axes = list(range(inputs[0].ndim))
        # Sums of many bfloat16 numbers lose too much.
        values = inputs[0].float() if inputs[0].is_floating_point() else inputs[0]
        return function(values, axes, keepdim=bool(attributes.get("keepdims", 1)))

    return operator


def _l2_norm(values: Any, axes: list[int], keepdim: bool) -> Any:
    return torch.linalg.vector_norm(values, dim=axes, keepdim=keepdim)


def _batch_norm(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    values, scale, bias, mean, variance = inputs
    return functional.batch_norm(values, mean, variance, scale, bias, eps=attributes.get("epsilon", 1e-5))


def _layer_norm(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    values, scale = inputs[:2]
    bias = inputs[2] if len(inputs) > 2 else None
    axis = attributes.get("axis", -1) % values.ndim
    shape = values.shape[axis:]
    scale, bias = (None if one is None else one.expand(shape) for one in (scale, bias))
    return functional.layer_norm(values.float(), shape, scale, bias, attributes.get("epsilon", 1e-5))


def _softmax(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    return inputs[0].float().softmax(attributes.get("axis", -1))


def _matmul(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    return inputs[0] @ inputs[1]


def _gemm(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    left, right = inputs[:2]
    left = left.T if attributes.get("transA", 0) else left
    product = left @ (right.T if attributes.get("transB", 0) else right)
    if (alpha := attributes.get("alpha", 1.0)) != 1:
        product = product * alpha
    if len(inputs) < 3 or inputs[2] is None:
        return product
    return product + inputs[2] * attributes.get("beta", 1.0)


def _reshape(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    values, sizes = inputs[0], inputs[1].tolist()
    if not attributes.get("allowzero", 0):
        sizes = [values.shape[axis] if size == 0 else size for axis, size in enumerate(sizes)]
    return values.reshape(sizes)


def _flatten(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    axis = attributes.get("axis", 1)
    axis = axis % inputs[0].ndim if axis < 0 else axis
    return inputs[0].reshape(math.prod(inputs[0].shape[:axis]), -1)


def _transpose(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    return inputs[0].permute(attributes.get("perm", list(range(inputs[0].ndim))[::-1]))


def _squeeze(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    axes = _axes(inputs, attributes)
    return inputs[0].squeeze() if axes is None else inputs[0].squeeze(tuple(axes))


def _unsqueeze(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    values, axes = inputs[0], _axes(inputs, attributes) or []
    for axis in sorted(axis % (values.ndim + len(axes)) for axis in axes):
        values = values.unsqueeze(axis)
    return values


def _concat(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    return torch.cat(inputs, attributes["axis"])


def _slice(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    values = inputs[0]
    starts, ends = inputs[1].tolist(), inputs[2].tolist()
    axes = inputs[3].tolist() if len(inputs) > 3 and inputs[3] is not None else list(range(len(starts)))
    steps = inputs[4].tolist() if len(inputs) > 4 and inputs[4] is not None else [1] * len(starts)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        places = range(values.shape[axis])[start:end:step]
        if step > 0:
            index: list[Any] = [slice(None)] * values.ndim
            index[axis] = slice(places.start, places.stop, step)  # within bounds: ends may be as large as 2**63 - 1
            values = values[tuple(index)]
        else:
            values = values.index_select(axis, torch.tensor(list(places), device=values.device))
    return values


def _split(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    values, axis = inputs[0], attributes.get("axis", 0)
    sizes = inputs[1].tolist() if len(inputs) > 1 and inputs[1] is not None else attributes.get("split")
    if sizes is None:
        return values.split(-(-values.shape[axis] // attributes["num_outputs"]), axis)
    return values.split(sizes, axis)


def _gather(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    values, places = inputs
    axis = attributes.get("axis", 0) % values.ndim
    places = places.to(values.device)
    places = torch.where(places < 0, places + values.shape[axis], places)
    chosen = values.index_select(axis, places.reshape(-1))
    return chosen.reshape(*values.shape[:axis], *places.shape, *values.shape[axis + 1 :])


def _expand(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    values, sizes = inputs[0], inputs[1].tolist()
    return values.expand(torch.broadcast_shapes(values.shape, tuple(sizes)))


def _shape(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    return torch.tensor(inputs[0].shape[attributes.get("start", 0) : attributes.get("end", None)])


def _pad(inputs: Inputs, attributes: Attributes, opset: int) -> Any:
    values, pads = inputs[0], inputs[1].tolist()
    fill = float(inputs[2]) if len(inputs) > 2 and inputs[2] is not None else 0.0
    axes = inputs[3].tolist() if len(inputs) > 3 and inputs[3] is not None else list(range(values.ndim))
    sides = [[0, 0] for _ in range(values.ndim)]
    for place, axis in enumerate(axes):
        sides[axis] = [pads[place], pads[place + len(axes)]]
    while len(sides) > 1 and sides[0] == [0, 0]:  # the modes other than constant take the last axes only
        sides.pop(0)
    mode = {"constant": "constant", "reflect": "reflect", "edge": "replicate"}[attributes.get("mode", "constant")]
    flat = [side for pair in reversed(sides) for side in pair]
    return functional.pad(values, flat, mode, fill) if mode == "constant" else functional.pad(values, flat, mode)


OPERATORS: dict[str, Operator] = {
    "Abs": _elementwise(torch.abs),
    "Add": _elementwise(torch.add),
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_norm,
    "Cast": _cast,
    "Clip": _clip,
    "Concat": _concat,
    "Conv": _conv,
    "Div": _div,
    "Dropout": lambda inputs, attributes, opset: inputs[0],
    "Elu": _elu,
    "Erf": _elementwise(torch.erf),
    "Exp": _elementwise(torch.exp),
    "Expand": _expand,
    "Flatten": _flatten,
    "Gather": _gather,
    "Gelu": _gelu,
    "Gemm": _gemm,
    "GlobalAveragePool": _global_average,
    "GlobalMaxPool": _global_max,
    "HardSigmoid": _hard_sigmoid,
    "HardSwish": _elementwise(functional.hardswish),
    "Identity": lambda inputs, attributes, opset: inputs[0],
    "LayerNormalization": _layer_norm,
    "LeakyRelu": _leaky_relu,
    "Log": _elementwise(torch.log),
    "MatMul": _matmul,
    "Max": _elementwise(torch.maximum),
    "MaxPool": _max_pool,
    "Min": _elementwise(torch.minimum),
    "Mul": _elementwise(torch.mul),
    "Neg": _elementwise(torch.neg),
    "Pad": _pad,
    "Pow": _elementwise(torch.pow),
    "Reciprocal": _elementwise(torch.reciprocal),
    "ReduceL2": _reduce(_l2_norm),
    "ReduceMax": _reduce(torch.amax),
    "ReduceMean": _reduce(torch.mean),
    "ReduceSum": _reduce(torch.sum),
    "Relu": _elementwise(torch.relu),
    "Reshape": _reshape,
    "Shape": _shape,
    "Sigmoid": _elementwise(torch.sigmoid),
    "Slice": _slice,
    "Softmax": _softmax,
    "Split": _split,
    "Sqrt": _elementwise(torch.sqrt),
    "Squeeze": _squeeze,
    "Sub": _elementwise(torch.sub),
    "Tanh": _elementwise(torch.tanh),
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
    "Where": _elementwise(torch.where),
}
