"""Shape rules of layers with weights, pooling and normalisation.

A rule takes the shapes of the inputs, None for one that is left out, and the attributes; it returns the shape of the
output. An integer constant comes as the array itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.backbones.bounds.values import MAX_INPUT_SIZE, Shape, axes_of, axis_of, require

if TYPE_CHECKING:
    from headway.types import IntArray


def conv(
    maps: Shape,
    weight: Shape,
    bias: Shape | None = None,
    *,
    kernel_shape: Sequence[int] | None = None,
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
    dilations: Sequence[int] | None = None,
    group: int = 1,
    auto_pad: str = "NOTSET",
) -> Shape:
    """Return the shape of a convolution over one or two axes."""
    n, channels, *sides = maps
    filters, depth, *kernel = weight
    require(kernel_shape in (None, kernel), bias in (None, (filters,)))
    require(channels == depth * group, group > 0, filters % group == 0)
    return n, filters, *_windows(sides, kernel, pads, strides, dilations, auto_pad=auto_pad)


def pool(
    maps: Shape,
    *,
    kernel_shape: Sequence[int],
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
    dilations: Sequence[int] | None = None,
    ceil_mode: int = 0,
    storage_order: int = 0,
    count_include_pad: int = 0,
    auto_pad: str = "NOTSET",
) -> Shape:
    """Return the shape of a maximum or mean over windows."""
    n, channels, *sides = maps
    require(storage_order == 0, ceil_mode in (0, 1), count_include_pad in (0, 1))
    require(not dilations or set(dilations) == {1})  # others take OpenVINO a thousand times as long
    return n, channels, *_windows(sides, list(kernel_shape), pads, strides, None, ceil_mode, auto_pad)


def _windows(
    sides: Sequence[int],
    kernel: Sequence[int],
    pads: Sequence[int] | None,
    strides: Sequence[int] | None,
    dilations: Sequence[int] | None,
    ceil_mode: int = 0,
    auto_pad: str = "NOTSET",
) -> list[int]:
    """Return how many positions a window has on each axis."""
    rank = len(sides)
    is_same = auto_pad in ("SAME_UPPER", "SAME_LOWER")
    require(is_same or auto_pad in ("NOTSET", "VALID"), auto_pad == "NOTSET" or not any(pads or ()))
    require(not is_same or not ceil_mode)
    pads, strides, dilations = pads or [0] * 2 * rank, strides or [1] * rank, dilations or [1] * rank
    require(1 <= rank <= 2, len(kernel) == len(strides) == len(dilations) == rank, len(pads) == 2 * rank)
    require(all(1 <= step <= MAX_INPUT_SIZE for step in (*kernel, *strides, *dilations)))
    counts = []
    for side, size, before, after, step, dilation in zip(
        sides, kernel, pads[:rank], pads[rank:], strides, dilations, strict=True
    ):
        # From the first to the last pixel that a window sees; a padding as large would be seen alone.
        reach, padded = (size - 1) * dilation + 1, side + before + after
        if is_same:  # as many as there are steps; what is missing is padded
            counts.append(-(-side // step))
            continue
        require(min(before, after) >= 0, max(before, after) < reach <= padded)
        count = (padded - reach) // step + 1
        # Rounded up, there is one more where it still begins on the picture.
        counts.append(count + (ceil_mode and (padded - reach) % step > 0 and count * step < side + before))
    return counts


def global_pool(maps: Shape) -> Shape:
    """Return the shape of a mean or maximum over all positions of a map."""
    n, channels, *sides = maps
    require(len(sides) == 2)
    return n, channels, 1, 1


def gemm(
    values: Shape,
    weight: Shape,
    bias: Shape | None = None,
    *,
    alpha: float = 1.0,
    beta: float = 1.0,
    transA: int = 0,
    transB: int = 0,
) -> Shape:
    """Return the shape of a fully connected layer."""
    n, width = values
    inner, outputs = weight[::-1] if transB else weight
    require(alpha == beta == 1, transA == 0, transB in (0, 1), width == inner, bias in (None, (outputs,)))
    return n, outputs


def matmul(left: Shape, right: Shape) -> Shape:
    """Return the shape of a stack of matrix products."""
    require(len(left) >= 2, len(right) >= 2, left[-1] == right[-2])
    return *np.broadcast_shapes(left[:-2], right[:-2]), left[-2], right[-1]


def layer_norm(
    values: Shape,
    scale: Shape,
    bias: Shape | None = None,
    *,
    axis: int = -1,
    epsilon: float = 1e-5,
    stash_type: int = 1,
) -> Shape:
    """Return the shape after normalisation over the last axes."""
    own = values[axis_of(axis, len(values)) :]
    require(scale == own, bias in (None, own), epsilon >= 0, stash_type == 1)
    return values


def batch_norm(
    maps: Shape,
    scale: Shape,
    bias: Shape,
    mean: Shape,
    variance: Shape,
    *,
    epsilon: float = 1e-5,
    momentum: float = 0.9,
    training_mode: int = 0,
) -> Shape:
    """Return the shape after normalisation of every channel by its statistics in training."""
    require({scale, bias, mean, variance} == {maps[1:2]}, epsilon >= 0, training_mode == 0, 0 <= momentum <= 1)
    return maps


def group_norm(
    maps: Shape, scale: Shape, bias: Shape, *, num_groups: int | None = None, epsilon: float = 1e-5
) -> Shape:
    """Return the shape after normalisation of every channel, or group of channels, by its statistics in this image."""
    groups = maps[1] if num_groups is None else num_groups
    require(len(maps) > 2, groups > 0, maps[1] % groups == 0, epsilon >= 0)
    require(scale == bias == ((maps[1] if num_groups is None else groups),))
    return maps


def local_response(maps: Shape, *, size: int, alpha: float = 1e-4, beta: float = 0.75, bias: float = 1.0) -> Shape:
    """Return the shape after normalisation by the neighbouring channels."""
    require(len(maps) == 4, 1 <= size <= maps[1])
    return maps


def reduction(
    values: Shape,
    chosen: IntArray | None = None,
    *,
    axes: Sequence[int] | None = None,
    keepdims: int = 1,
    noop_with_empty_axes: int = 0,
) -> Shape:
    """Return the shape of a mean, sum or extreme over some axes, which are an attribute or, later, an input."""
    require((chosen is None) != (axes is None), keepdims in (0, 1), noop_with_empty_axes == 0)
    removed = axes_of(chosen if axes is None else axes, len(values))
    require(len(removed) > 0)
    if keepdims:
        return tuple(1 if axis in removed else side for axis, side in enumerate(values))
    return tuple(side for axis, side in enumerate(values) if axis not in removed)


def softmax(values: Shape, *, axis: int = -1) -> Shape:
    """Return the shape of probabilities along an axis."""
    axis_of(axis, len(values))
    return values


def depth_of_conv(inputs: Sequence[Shape], _: Mapping[str, Any]) -> int:
    """Return how many multiply-adds one number of a convolution takes."""
    return math.prod(inputs[1][1:])


def depth_of_product(inputs: Sequence[Shape], _: Mapping[str, Any]) -> int:
    """Return how many multiply-adds one number of a matrix product takes."""
    return inputs[0][-1]


def depth_of_local_response(_: Sequence[Shape], attributes: Mapping[str, Any]) -> int:
    """Return how many multiply-adds take as long as one normalised number: its neighbours are read one by one."""
    return 128 * int(attributes["size"])


def depth_of_pool(_: Sequence[Shape], attributes: Mapping[str, Any]) -> int:
    """Return how many numbers one number of a pooled map is made of."""
    return math.prod(attributes["kernel_shape"])
