"""Positions of a transformer, brought from the grid of its training to that of the pictures, once.

Exporters write this as a resize of a constant, which no picture changes. It is computed here, so that it is no part of
the network any more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.backbones.bounds.values import Shape, axes_of, require

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_NUMBERS = 1 << 22  # of the result; a ViT-L at 518 pixels has 1.4 million
_MOST_STEPS = 1 << 28  # numbers of weights: both are multiplied by the whole
_COORDINATES = ("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric")
_ATTRIBUTES = {
    *("mode", "coordinate_transformation_mode", "cubic_coeff_a", "exclude_outside", "axes", "antialias"),
    *("extrapolation_value", "nearest_mode", "keep_aspect_ratio_policy"),
}


def resized_shape(shape: Shape, scales: Any, sizes: Any, attributes: Mapping[str, Any]) -> Shape:
    """Return the shape of a resize, within the bounds; a `ValueError` where it is none that is computed here."""
    require(set(attributes) <= _ATTRIBUTES, attributes.get("mode", "nearest") in ("linear", "cubic"))
    require(attributes.get("coordinate_transformation_mode", "half_pixel") in _COORDINATES)
    require(attributes.get("keep_aspect_ratio_policy", "stretch") == "stretch", attributes.get("antialias", 0) == 0)
    axes = _axes(shape, attributes)
    given = sizes if sizes is not None and np.size(sizes) else scales
    require(given is not None, np.size(given) == len(axes))
    result = list(shape)
    for axis, value in zip(axes, np.asarray(given).reshape(-1).tolist(), strict=True):
        result[axis] = int(value) if given is sizes else math.floor(shape[axis] * value)
    require(all(side > 0 for side in result), math.prod(result) <= MOST_NUMBERS)
    require(math.prod(shape) <= 4 * MOST_NUMBERS)
    require(all(a * b <= _MOST_STEPS for a, b in zip(shape, result, strict=True)))
    return tuple(result)


def resize(array: NDArray[Any], shape: Sequence[int], scales: Any, attributes: Mapping[str, Any]) -> NDArray[Any]:
    """Return an array resized to a shape, axis by axis, in float32.

    Parameters
    ----------
    array : ndarray
        What is resized.
    shape : sequence of int
        The shape of the result, by `resized_shape`.
    scales : ndarray or None
        The factor of each axis, where the file gives them in place of sizes.
    attributes : mapping
        Those of ONNX' operator.

    Examples
    --------
    >>> resize(np.array([[0.0, 1.0]], np.float32), (1, 4), None, {"mode": "linear"}).tolist()
    [[0.0, 0.25, 0.75, 1.0]]
    """
    axes = _axes(array.shape, attributes)
    factors = dict(zip(axes, np.reshape(scales, -1).tolist(), strict=True)) if np.size(scales) == len(axes) else {}
    result = array.astype(np.float64)
    for axis, side in enumerate(shape):
        factor = factors.get(axis) or side / array.shape[axis]
        if factor != 1:
            weights = _weights(array.shape[axis], side, factor, attributes)
            result = np.moveaxis(np.tensordot(weights, result, (1, axis)), 0, axis)
    return result.astype(np.float32)


def _axes(shape: Sequence[int], attributes: Mapping[str, Any]) -> list[int]:
    return axes_of(attributes["axes"], len(shape)) if "axes" in attributes else list(range(len(shape)))


def _weights(before: int, after: int, factor: float, attributes: Mapping[str, Any]) -> NDArray[np.float64]:
    """Return what each number of an axis is made of, (after, before)."""
    is_cubic = attributes["mode"] == "cubic"
    reach = 2 if is_cubic else 1
    centres = _centres(before, after, factor, attributes)
    taps = np.floor(centres)[:, None] + np.arange(1 - reach, reach + 1)
    distance = np.abs(taps - centres[:, None])
    values = _cubic(distance, attributes.get("cubic_coeff_a", -0.75)) if is_cubic else np.maximum(0, 1 - distance)
    if attributes.get("exclude_outside", 0):
        values = np.where((taps >= 0) & (taps < before), values, 0)
    values = values / values.sum(1, keepdims=True)
    weights = np.zeros((after, before))
    places = np.clip(taps, 0, before - 1).astype(np.int64)
    np.add.at(weights, (np.arange(after)[:, None], places), values)
    return weights


def _centres(before: int, after: int, factor: float, attributes: Mapping[str, Any]) -> NDArray[np.float64]:
    """Return where each number of the result lies among those that it is made of."""
    places = np.arange(after, dtype=np.float64)
    how = attributes.get("coordinate_transformation_mode", "half_pixel")
    if how == "align_corners":
        return places * (before - 1) / max(1, after - 1)
    if how == "asymmetric":
        return places / factor
    if how == "pytorch_half_pixel" and after == 1:
        return np.zeros(1)
    return (places + 0.5) / factor - 0.5


def _cubic(distance: NDArray[np.float64], a: float) -> NDArray[np.float64]:
    """Return the weights of cubic convolution (Keys 1981, "Cubic convolution interpolation")."""
    near = ((a + 2) * distance - (a + 3)) * distance**2 + 1
    far = ((distance - 5) * distance + 8) * distance * a - 4 * a
    return np.where(distance <= 1, near, np.where(distance < 2, far, 0))
