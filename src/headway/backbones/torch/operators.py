"""ONNX operators in PyTorch, differentiable: every one that a model may hold, and some that exporters write.

Each function takes the inputs of a node (None where one is left out) and its attributes, and returns a tensor, or a
tuple of them. Sizes, axes and indices are int64 tensors on the CPU. What depends on the opset shows in the inputs.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn import functional

from headway.backbones.torch import convolution

Inputs = list[Any]
Attributes = dict[str, Any]
Operator = Callable[[Inputs, Attributes], Any]

_DTYPES = {
    1: torch.float32, 2: torch.uint8, 3: torch.int8, 6: torch.int32, 7: torch.int64, 9: torch.bool, 10: torch.float32,
    11: torch.float32, 16: torch.float32,
}  # fmt: skip  # onnx.TensorProto.DataType; every float is computed as float32, or as autocast will have it


def _call(function: Callable[..., Any], **defaults: Any) -> Operator:
    """Call a function with the inputs, and the attributes in ``defaults``."""
    return lambda inputs, attributes: function(*inputs, *(attributes.get(name, defaults[name]) for name in defaults))


def _fold(function: Callable[[Any, Any], Any]) -> Operator:
    return lambda inputs, attributes: functools.reduce(function, inputs)


def _div(inputs: Inputs, attributes: Attributes) -> Any:
    left, right = inputs
    # ONNX divides integers as C does.
    return left / right if left.is_floating_point() else torch.div(left, right, rounding_mode="trunc")


def _clip(inputs: Inputs, attributes: Attributes) -> Any:
    values, *bounds = inputs
    low, high = (float(bound) if bound is not None else None for bound in (bounds + [None, None])[:2])
    if low is None and high is None:
        return values
    if low is None or high is None:
        return values.clamp(low, high)
    return functional.hardtanh(values, low, high)  # as clamp, with a cheaper gradient


def _cast(inputs: Inputs, attributes: Attributes) -> Any:
    dtype = _DTYPES[attributes["to"]]
    # Under autocast a float may be bfloat16 already, and is to stay so.
    return inputs[0] if inputs[0].is_floating_point() and dtype.is_floating_point else inputs[0].to(dtype)


def _selu(values: Any, alpha: float, gamma: float) -> Any:
    return gamma * functional.elu(values, alpha)


def _hard_sigmoid(values: Any, alpha: float, beta: float) -> Any:
    return (alpha * values + beta).clamp(0, 1)


def _prelu(values: Any, slope: Any) -> Any:
    return torch.where(values < 0, values * slope.to(values.dtype), values)


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


_CONVOLUTIONS = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}


def _conv(inputs: Inputs, attributes: Attributes) -> Any:
    values, weight = inputs[:2]
    bias = inputs[2] if len(inputs) > 2 else None
    axes, groups = weight.ndim - 2, attributes.get("group", 1)
    strides, dilations = attributes.get("strides", [1] * axes), attributes.get("dilations", [1] * axes)
    pads = _pads(values, attributes, weight.shape[2:])
    window = convolution.Window(tuple(strides), tuple(dilations), tuple(pads), groups)
    if (result := convolution.product(values, weight, window)) is not None:
        return result if bias is None else result + bias.to(result.dtype).view(-1, 1, 1)
    values, padding = convolution.pad_evenly(values, pads)
    return _CONVOLUTIONS[axes](values, weight, bias, stride=strides, padding=padding, dilation=dilations, groups=groups)


def _max_pool(inputs: Inputs, attributes: Attributes) -> Any:
    kernel = attributes["kernel_shape"]
    values, padding = convolution.pad_evenly(inputs[0], _pads(inputs[0], attributes, kernel), -math.inf)
    strides, dilations = attributes.get("strides", [1, 1]), attributes.get("dilations", [1, 1])
    ceil = bool(attributes.get("ceil_mode", 0))
    return functional.max_pool2d(values, kernel, strides, padding, dilations, ceil_mode=ceil)


def _average_pool(inputs: Inputs, attributes: Attributes) -> Any:
    kernel, strides = attributes["kernel_shape"], attributes.get("strides", [1, 1])
    counted, ceil = bool(attributes.get("count_include_pad", 0)), bool(attributes.get("ceil_mode", 0))
    pads = _pads(inputs[0], attributes, kernel)
    values, padding = convolution.pad_evenly(inputs[0], pads)
    if values is not inputs[0] and not counted:
        # Uneven padding that does not count: the mean of each window over the mean of its real positions.
        ones, _ = convolution.pad_evenly(torch.ones_like(inputs[0][:1, :1]), pads)
        return functional.avg_pool2d(values, kernel, strides) / functional.avg_pool2d(ones, kernel, strides)
    return functional.avg_pool2d(values, kernel, strides, padding, ceil_mode=ceil, count_include_pad=counted)


def _positions(maps: Any) -> list[int]:
    return list(range(2, maps.ndim))


def _axes(inputs: Inputs, attributes: Attributes) -> list[int] | None:
    """Axes as an attribute (older opsets) or an input."""
    axes = inputs[1].tolist() if len(inputs) > 1 and inputs[1] is not None else attributes.get("axes")
    return list(axes) if axes is not None else None


def _reduce(function: Callable[..., Any]) -> Operator:
    def operator(inputs: Inputs, attributes: Attributes) -> Any:
        axes = _axes(inputs, attributes)
        if not axes:
            if attributes.get("noop_with_empty_axes", 0):
                return inputs[0]
            axes = list(range(inputs[0].ndim))
        # Sums of many bfloat16 numbers lose too much.
        values = inputs[0].float() if inputs[0].is_floating_point() else inputs[0]
        return function(values, axes, keepdim=bool(attributes.get("keepdims", 1)))

    return operator


def _batch_norm(inputs: Inputs, attributes: Attributes) -> Any:
    values, scale, bias, mean, variance = inputs
    return functional.batch_norm(values, mean, variance, scale, bias, eps=attributes.get("epsilon", 1e-5))


def _layer_norm(inputs: Inputs, attributes: Attributes) -> Any:
    values, scale = inputs[:2]
    bias = inputs[2] if len(inputs) > 2 else None
    axis = attributes.get("axis", -1) % values.ndim
    shape = values.shape[axis:]
    scale, bias = (None if one is None else one.expand(shape) for one in (scale, bias))
    return functional.layer_norm(values.float(), shape, scale, bias, attributes.get("epsilon", 1e-5))


def _group_norm(inputs: Inputs, attributes: Attributes) -> Any:
    """Normalise groups of channels; in InstanceNormalization each channel is a group."""
    values, scale, bias = inputs
    groups = attributes.get("num_groups", values.shape[1])
    if len(scale) == groups:  # before opset 21 each group has one scale, not each channel
        scale, bias = (each.repeat_interleave(values.shape[1] // groups) for each in (scale, bias))
    return functional.group_norm(values.float(), groups, scale, bias, attributes.get("epsilon", 1e-5))


def _local_response_norm(inputs: Inputs, attributes: Attributes) -> Any:
    # PyTorch's own function shifts windows of even size the other way.
    values, size = inputs[0].float(), attributes["size"]
    sides = [0, 0] * (values.ndim - 2) + [(size - 1) // 2, size // 2]
    squares = functional.pad(values.square(), sides).unfold(1, size, 1).sum(-1)
    scale = attributes.get("bias", 1.0) + attributes.get("alpha", 1e-4) / size * squares
    return values / scale ** attributes.get("beta", 0.75)


def _gemm(inputs: Inputs, attributes: Attributes) -> Any:
    left, right = inputs[:2]
    left = left.T if attributes.get("transA", 0) else left
    product = left @ (right.T if attributes.get("transB", 0) else right)
    if (alpha := attributes.get("alpha", 1.0)) != 1:
        product = product * alpha
    if len(inputs) < 3 or inputs[2] is None:
        return product
    return product + inputs[2] * attributes.get("beta", 1.0)


def _reshape(inputs: Inputs, attributes: Attributes) -> Any:
    values, sizes = inputs[0], inputs[1].tolist()
    if not attributes.get("allowzero", 0):
        sizes = [values.shape[axis] if size == 0 else size for axis, size in enumerate(sizes)]
    return values.reshape(sizes)


def _flatten(inputs: Inputs, attributes: Attributes) -> Any:
    axis = attributes.get("axis", 1)
    axis = axis % inputs[0].ndim if axis < 0 else axis
    return inputs[0].reshape(math.prod(inputs[0].shape[:axis]), -1)


def _transpose(inputs: Inputs, attributes: Attributes) -> Any:
    return inputs[0].permute(attributes.get("perm", list(range(inputs[0].ndim))[::-1]))


def _squeeze(inputs: Inputs, attributes: Attributes) -> Any:
    axes = _axes(inputs, attributes)
    return inputs[0].squeeze() if axes is None else inputs[0].squeeze(tuple(axes))


def _unsqueeze(inputs: Inputs, attributes: Attributes) -> Any:
    values, axes = inputs[0], _axes(inputs, attributes) or []
    for axis in sorted(axis % (values.ndim + len(axes)) for axis in axes):
        values = values.unsqueeze(axis)
    return values


def _slice(inputs: Inputs, attributes: Attributes) -> Any:
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


def _split(inputs: Inputs, attributes: Attributes) -> Any:
    values, axis = inputs[0], attributes.get("axis", 0)
    sizes = inputs[1].tolist() if len(inputs) > 1 and inputs[1] is not None else attributes.get("split")
    if sizes is None:
        return values.split(-(-values.shape[axis] // attributes["num_outputs"]), axis)
    return values.split(sizes, axis)


def _gather(inputs: Inputs, attributes: Attributes) -> Any:
    values, places = inputs
    axis = attributes.get("axis", 0) % values.ndim
    if not places.ndim and places.device.type == "cpu":
        return values.select(axis, int(places))  # a GPU is not sent the number
    places = places.to(values.device)
    places = torch.where(places < 0, places + values.shape[axis], places)
    chosen = values.index_select(axis, places.reshape(-1))
    return chosen.reshape(*values.shape[:axis], *places.shape, *values.shape[axis + 1 :])


def _expand(inputs: Inputs, attributes: Attributes) -> Any:
    values, sizes = inputs[0], inputs[1].tolist()
    return values.expand(torch.broadcast_shapes(values.shape, tuple(sizes)))


def _shape(inputs: Inputs, attributes: Attributes) -> Any:
    return torch.tensor(inputs[0].shape[attributes.get("start", 0) : attributes.get("end", None)])


def _pad(inputs: Inputs, attributes: Attributes) -> Any:
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
    "Abs": _call(torch.abs),
    "Add": _call(torch.add),
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_norm,
    "Cast": _cast,
    "Clip": _clip,
    "Concat": lambda inputs, attributes: torch.cat(inputs, attributes["axis"]),
    "Conv": _conv,
    "Div": _div,
    "Dropout": lambda inputs, attributes: inputs[0],
    "Elu": _call(functional.elu, alpha=1.0),
    "Erf": _call(torch.erf),
    "Exp": _call(torch.exp),
    "Expand": _expand,
    "Flatten": _flatten,
    "Gather": _gather,
    "Gelu": lambda inputs, attributes: functional.gelu(inputs[0], approximate=attributes.get("approximate", "none")),
    "Gemm": _gemm,
    "GlobalAveragePool": _call(lambda maps: maps.float().mean(_positions(maps), keepdim=True)),
    "GlobalMaxPool": _call(lambda maps: maps.amax(_positions(maps), keepdim=True)),
    "GroupNormalization": _group_norm,
    "HardSigmoid": _call(_hard_sigmoid, alpha=0.2, beta=0.5),
    "HardSwish": _call(functional.hardswish),
    "Identity": lambda inputs, attributes: inputs[0],
    "InstanceNormalization": _group_norm,
    "LRN": _local_response_norm,
    "LayerNormalization": _layer_norm,
    "LeakyRelu": _call(functional.leaky_relu, alpha=0.01),
    "Log": _call(torch.log),
    "MatMul": _call(torch.matmul),
    "Max": _fold(torch.maximum),
    "MaxPool": _max_pool,
    "Min": _fold(torch.minimum),
    "Mish": _call(functional.mish),
    "Mul": _call(torch.mul),
    "Neg": _call(torch.neg),
    "PRelu": _call(_prelu),
    "Pad": _pad,
    "Pow": _call(torch.pow),
    "Reciprocal": _call(torch.reciprocal),
    "ReduceL2": _reduce(lambda values, axes, keepdim: torch.linalg.vector_norm(values, dim=axes, keepdim=keepdim)),
    "ReduceMax": _reduce(torch.amax),
    "ReduceMean": _reduce(torch.mean),
    "ReduceMin": _reduce(torch.amin),
    "ReduceSum": _reduce(torch.sum),
    "Relu": _call(torch.relu),
    "Reshape": _reshape,
    "Selu": _call(_selu, alpha=1.6732632423543772, gamma=1.0507009873554805),
    "Shape": _shape,
    "Sigmoid": _call(torch.sigmoid),
    "Slice": _slice,
    "Softmax": _call(lambda values, axis: values.float().softmax(axis), axis=-1),
    "Softplus": _call(functional.softplus),
    "Split": _split,
    "Sqrt": _call(torch.sqrt),
    "Squeeze": _squeeze,
    "Sub": _call(torch.sub),
    "Tanh": _call(torch.tanh),
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
    "Where": _call(torch.where),
}
