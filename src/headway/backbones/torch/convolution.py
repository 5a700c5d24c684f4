"""Convolutions as matrix products, where these are many times as fast to train.

On CPUs PyTorch computes the gradient of a depthwise convolution slowly in float32 and very slowly in bfloat16: for
672 channels, 14 x 14 places and a 5 x 5 kernel, 16 and 206 ms on one core of a Zen 5 server for a batch of 32, where
the convolution itself takes 1 ms. As products of matrices in bfloat16, forward and back, it takes 13 ms.

The products want the maps as (channels, pictures, places). The functions take and return (pictures, channels, height,
width) whose memory is laid out so: elementwise operators keep that layout, and from one product to the next nothing
is copied.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch.nn import functional

# The matrix of a depthwise convolution has as many numbers for each channel: 14 x 14 places to as many.
MOST_PAIRS = 40_000


class Window(NamedTuple):
    """How a kernel is moved over a map; pads in ONNX's order: top, left, bottom, right."""

    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    pads: tuple[int, ...]
    groups: int


def product(values: Any, weight: Any, window: Window) -> Any | None:
    """Convolve by matrix products, where that is faster: in training on a CPU, in bfloat16.

    Parameters
    ----------
    values : Tensor (n, c, h, w)
    weight : Tensor (filters, c / groups, kernel height, kernel width)
    window : Window

    Returns
    -------
    Tensor (n, filters, h', w') or None
        Without bias, bfloat16; None where a convolution should be used.
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
    made = weight.flatten(1) @ flat
    return made.view(len(weight), n, height, width).transpose(0, 1)


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
            values, padding = _even(values.float(), window.pads)
            made = functional.conv2d(
                values, weight, None, window.strides, padding, window.dilations, groups=window.groups
            )
            return made.bfloat16()
    taps = _taps(height, width, kernel, window)
    matrices = (weight.flatten(1) @ taps).view(channels, height * width, rows * columns)
    flat = values.transpose(0, 1).reshape(channels, n, height * width)
    return torch.bmm(flat, matrices).view(channels, n, rows, columns).transpose(0, 1)


def _even(values: Any, pads: Sequence[int]) -> tuple[Any, tuple[int, int]]:
    top, left, bottom, right = pads
    if (top, left) == (bottom, right):
        return values, (top, left)
    return functional.pad(values, (left, right, top, bottom)), (0, 0)


@functools.lru_cache(64)
def _taps(height: int, width: int, kernel: tuple[int, ...], window: Window) -> Any:
    """Say by 0 and 1 which place of the map a number of the kernel brings to which place of the result.

    Returns
    -------
    Tensor (numbers of the kernel, places * places of the result), bfloat16
    """
    places = height * width
    each = torch.eye(places).view(places, 1, height, width)
    top, left, bottom, right = window.pads
    padded = functional.pad(each, (left, right, top, bottom))
    seen = functional.unfold(padded, kernel, dilation=window.dilations, stride=window.strides)
    return seen.transpose(0, 1).reshape(math.prod(kernel), -1).bfloat16()
