"""Shape rules of operators that rearrange numbers and do not change them; see `layers` for what a rule takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from headway.backbones.bounds.values import Shape, axes_of, axis_of, integers, require

if TYPE_CHECKING:
    from headway.types import IntArray


def concat(*parts: Shape, axis: int) -> Shape:
    """Return the shape of arrays one after the other."""
    at = axis_of(axis, len(parts[0]))
    require(len({(part[:at], part[at + 1 :]) for part in parts}) == 1)
    return *parts[0][:at], sum(part[at] for part in parts), *parts[0][at + 1 :]


def expand(values: Shape, shape: IntArray) -> Shape:
    """Return the shape of an array that is repeated along axes of length 1."""
    return tuple(np.broadcast_shapes(values, tuple(integers(shape))))


def flatten(values: Shape, *, axis: int = 1) -> Shape:
    """Return the shape of an array as a matrix."""
    at = axis_of(axis, len(values))
    return math.prod(values[:at]), math.prod(values[at:])


def gather(values: Shape, indices: IntArray, *, axis: int = 0) -> Shape:
    """Return the shape of chosen elements along an axis."""
    at = axis_of(axis, len(values))
    require(indices.size > 0, bool((-values[at] <= indices).all()), bool((indices < values[at]).all()))
    return *values[:at], *indices.shape, *values[at + 1 :]


def pad(
    values: Shape,
    pads: IntArray,
    constant: Shape | None = None,
    axes: IntArray | None = None,
    *,
    mode: str = "constant",
) -> Shape:
    """Return the shape of an array with margins."""
    chosen = list(range(len(values))) if axes is None else axes_of(axes, len(values))
    margins = integers(pads)
    require(len(margins) == 2 * len(chosen), min(margins) >= 0, mode in ("constant", "reflect", "edge"))
    require(constant is None or math.prod(constant) == 1)
    sides = list(values)
    for at, before, after in zip(chosen, margins, margins[len(chosen) :], strict=False):
        require(mode == "constant" or max(before, after) < sides[at])
        sides[at] += before + after
    return tuple(sides)


def reshape(values: Shape, shape: IntArray, *, allowzero: int = 0) -> Shape:
    """Return the shape of the same numbers in other rows: 0 keeps a length, -1 takes the rest."""
    sizes = integers(shape)
    require(allowzero in (0, 1), all(side >= -1 for side in sizes), sizes.count(-1) <= 1)
    require(not allowzero or 0 not in sizes)
    sides = [values[at] if side == 0 else side for at, side in enumerate(sizes)]
    known = -math.prod(sides) if -1 in sides else math.prod(sides)
    require(known > 0, math.prod(values) % known == 0)
    sides = [math.prod(values) // known if side == -1 else side for side in sides]
    require(math.prod(sides) == math.prod(values))
    return tuple(sides)


def slices(
    values: Shape, starts: IntArray, ends: IntArray, axes: IntArray | None = None, steps: IntArray | None = None
) -> Shape:
    """Return the shape of every n-th element between two ends, which may count from the end and lie beyond it."""
    first, last = integers(starts), integers(ends)
    chosen = list(range(len(first))) if axes is None else axes_of(axes, len(values))
    strides = [1] * len(first) if steps is None else integers(steps)
    sides = list(values)
    for at, start, end, stride in zip(chosen, first, last, strides, strict=True):
        require(stride != 0)
        sides[at] = len(range(*slice(start, end, stride).indices(sides[at])))
    return tuple(sides)


def split(values: Shape, sizes: IntArray | None = None, *, axis: int = 0, num_outputs: int = 0) -> list[Shape]:
    """Return the shapes of the parts that an array is cut into along an axis."""
    at = axis_of(axis, len(values))
    if sizes is None:
        require(0 < num_outputs <= values[at], values[at] % num_outputs == 0)
        lengths = [values[at] // num_outputs] * num_outputs
    else:
        lengths = integers(sizes)
        require(num_outputs in (0, len(lengths)), min(lengths) > 0, sum(lengths) == values[at])
    return [(*values[:at], length, *values[at + 1 :]) for length in lengths]


def squeeze(values: Shape, axes: IntArray | None = None) -> Shape:
    """Return the shape without some axes of length 1."""
    require(axes is not None)
    removed = axes_of(axes, len(values))
    require(all(values[at] == 1 for at in removed))
    return tuple(side for at, side in enumerate(values) if at not in removed)


def transpose(values: Shape, *, perm: Sequence[int]) -> Shape:
    """Return the shape of an array whose axes are in another order."""
    require(sorted(perm) == list(range(len(values))))
    return tuple(values[at] for at in perm)


def unsqueeze(values: Shape, axes: IntArray) -> Shape:
    """Return the shape with axes of length 1 put in."""
    new = axes_of(axes, len(values) + np.size(axes))
    old = iter(values)
    return tuple(1 if at in new else next(old) for at in range(len(values) + len(new)))
