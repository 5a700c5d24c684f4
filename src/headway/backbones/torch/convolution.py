"""Convolutions as matrix products, where these are many times as fast to train.

On CPUs PyTorch computes the gradient of a depthwise convolution slowly in float32 and very slowly in bfloat16: for
672 channels, 14 x 14 positions and a 5 x 5 kernel, 16 and 206 ms on one core of a Zen 5 server for a batch of 32, where
the convolution itself takes 1 ms. As products of matrices in bfloat16, forward and back, it takes 13 ms.

The products read maps as (channels, images, positions). The functions take and return (images, channels, height, width)
in this memory layout: elementwise operators keep it, and from one product to the next nothing is copied.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch.nn import functional

# Elements of the matrix of a depthwise convolution for each channel: 14 x 14 positions to as many.
MOST_PAIRS = 40_000


class Window(NamedTuple):
    """How a kernel moves over a map; pads in ONNX's order: top, left, bottom, right."""

    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    pads: tuple[int, ...]
    groups: int


def product(values: Any, weight: Any, window: Window) -> Any | None:
    """Convolve by matrix products, where that is faster: in training on a CPU, in bfloat16.

    ``values`` are (n, c, h, w), ``weight`` (filters, c / groups, kernel height, kernel width). Returns (n, filters, h',
    w') in bfloat16, without bias, or None where a convolution should be used.
    """
    if not (torch.is_grad_enabled() and torch.is_autocast_enabled("cpu") and values.device.type == "cpu"):
        return None
    if weight.ndim != 4:
        return None
    if window.groups == 1 and weight.shape[2:] == (1, 1) and set(window.strides) == {1} and not any(window.pads):
        return _pointwise(values, weight)
    if window.groups == values.shape[1] == weight.shape[0]:
        return _depthwise(values, weight, window)
    return None


def _pointwise(values: Any, weight: Any) -> Any:
    n, channels, height, width = values.shape
    flat = values.transpose(0, 1).reshape(channels, n * height * width)
    result = weight.flatten(1) @ flat
    return result.view(len(weight), n, height, width).transpose(0, 1)


def _depthwise(values: Any, weight: Any, window: Window) -> Any:
    n, channels, height, width = values.shape
    kernel = tuple(weight.shape[2:])
    rows, columns = (
        (size + window.pads[axis] + window.pads[axis + 2] - (kernel[axis] - 1) * window.dilations[axis] - 1)
        // window.strides[axis] + 1
        for axis, size in enumerate((height, width))
    )  # fmt: skip
    if height * width * rows * columns > MOST_PAIRS:
        # Slow either way, but in float32 a tenth as slow.
        with torch.autocast("cpu", enabled=False):
            values, padding = pad_evenly(values.float(), window.pads)
            result = functional.conv2d(
                values, weight, None, window.strides, padding, window.dilations, groups=window.groups
            )
            return result.bfloat16()
    taps = _taps(height, width, kernel, window)
    matrices = (weight.flatten(1) @ taps).view(channels, height * width, rows * columns)
    flat = values.transpose(0, 1).reshape(channels, n, height * width)
    return torch.bmm(flat, matrices).view(channels, n, rows, columns).transpose(0, 1)


def pad_evenly(values: Any, pads: Sequence[int], fill: float = 0.0) -> tuple[Any, list[int]]:
    """Return the padding for PyTorch's operators; one that differs between the sides is added to the values instead."""
    axes = len(pads) // 2
    begin, end = list(pads[:axes]), list(pads[axes:])
    if begin == end:
        return values, begin
    sides = [side for axis in reversed(range(axes)) for side in (begin[axis], end[axis])]  # from the last axis on
    return functional.pad(values, sides, value=fill), [0] * axes


@functools.lru_cache(64)
def _taps(height: int, width: int, kernel: tuple[int, ...], window: Window) -> Any:
    """Return 1 where an element of the kernel brings a position of the map to a position of the result, else 0.

    bfloat16, (elements of the kernel, positions of the map * positions of the result).
    """
    places = height * width
    each = torch.eye(places).view(places, 1, height, width)
    top, left, bottom, right = window.pads
    padded = functional.pad(each, (left, right, top, bottom))
    windows = functional.unfold(padded, kernel, dilation=window.dilations, stride=window.strides)
    return windows.transpose(0, 1).reshape(math.prod(kernel), -1).bfloat16()
