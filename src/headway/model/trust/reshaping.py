"""The shapes that operators give which move numbers and do not change them; see `layers` for what a rule is told."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from headway.model.trust.values import Shape, fits, place, places, whole_numbers

if TYPE_CHECKING:
    from headway.types import IntArray


def concat(*parts: Shape, axis: int) -> Shape:
    """Return the shape of arrays one after the other."""
    at = place(axis, len(parts[0]))
    fits(len({(part[:at], part[at + 1 :]) for part in parts}) == 1)
    return *parts[0][:at], sum(part[at] for part in parts), *parts[0][at + 1 :]


def expand(values: Shape, shape: IntArray) -> Shape:
    """Return the shape of an array that is repeated along axes of length 1."""
    return tuple(np.broadcast_shapes(values, tuple(whole_numbers(shape))))


def flatten(values: Shape, *, axis: int = 1) -> Shape:
    """Return the shape of an array as a matrix."""
    at = place(axis, len(values))
    return math.prod(values[:at]), math.prod(values[at:])


def gather(values: Shape, indices: IntArray, *, axis: int = 0) -> Shape:
    """Return the shape of chosen places along an axis."""
    at = place(axis, len(values))
    fits(indices.size > 0, bool((-values[at] <= indices).all()), bool((indices < values[at]).all()))
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
    chosen = list(range(len(values))) if axes is None else places(axes, len(values))
    margins = whole_numbers(pads)
    fits(len(margins) == 2 * len(chosen), min(margins) >= 0, mode in ("constant", "reflect", "edge"))
    fits(constant is None or math.prod(constant) == 1)
    sides = list(values)
    for at, before, after in zip(chosen, margins, margins[len(chosen) :], strict=False):
        fits(mode == "constant" or max(before, after) < sides[at])
        sides[at] += before + after
    return tuple(sides)


def reshape(values: Shape, shape: IntArray, *, allowzero: int = 0) -> Shape:
    """Return the shape of the same numbers in other rows: 0 keeps a length, -1 takes what is left."""
    wanted = whole_numbers(shape)
    fits(allowzero in (0, 1), all(side >= -1 for side in wanted), wanted.count(-1) <= 1)
    fits(not allowzero or 0 not in wanted)
    sides = [values[at] if side == 0 else side for at, side in enumerate(wanted)]
    known = -math.prod(sides) if -1 in sides else math.prod(sides)
    fits(known > 0, math.prod(values) % known == 0)
    sides = [math.prod(values) // known if side == -1 else side for side in sides]
    fits(math.prod(sides) == math.prod(values))
    return tuple(sides)


def slices(
    values: Shape, starts: IntArray, ends: IntArray, axes: IntArray | None = None, steps: IntArray | None = None
) -> Shape:
    """Return the shape of every so manyth place between two ends, which may count from the end and lie beyond it."""
    first, last = whole_numbers(starts), whole_numbers(ends)
    chosen = list(range(len(first))) if axes is None else places(axes, len(values))
    strides = [1] * len(first) if steps is None else whole_numbers(steps)
    sides = list(values)
    for at, start, end, stride in zip(chosen, first, last, strides, strict=True):
        fits(stride != 0)
        sides[at] = len(range(*slice(start, end, stride).indices(sides[at])))
    return tuple(sides)


def split(values: Shape, sizes: IntArray | None = None, *, axis: int = 0, num_outputs: int = 0) -> list[Shape]:
    """Return the shapes of the parts that an array is cut into along an axis."""
    at = place(axis, len(values))
    if sizes is None:
        fits(0 < num_outputs <= values[at], values[at] % num_outputs == 0)
        lengths = [values[at] // num_outputs] * num_outputs
    else:
        lengths = whole_numbers(sizes)
        fits(num_outputs in (0, len(lengths)), min(lengths) > 0, sum(lengths) == values[at])
    return [(*values[:at], length, *values[at + 1 :]) for length in lengths]


def squeeze(values: Shape, axes: IntArray | None = None) -> Shape:
    """Return the shape without axes of length 1."""
    fits(axes is not None)
    gone = places(axes, len(values))
    fits(all(values[at] == 1 for at in gone))
    return tuple(side for at, side in enumerate(values) if at not in gone)


def transpose(values: Shape, *, perm: Sequence[int]) -> Shape:
    """Return the shape of an array whose axes are in another order."""
    fits(sorted(perm) == list(range(len(values))))
    return tuple(values[at] for at in perm)


def unsqueeze(values: Shape, axes: IntArray) -> Shape:
    """Return the shape with axes of length 1 put in."""
    new = places(axes, len(values) + np.size(axes))
    old = iter(values)
    return tuple(1 if at in new else next(old) for at in range(len(values) + len(new)))
