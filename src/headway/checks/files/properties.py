"""Properties of files that say nothing, or little, of what is to be seen: each as a few values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headway.checks.files.borders import BORDERS, find_borders

if TYPE_CHECKING:
    from headway.checks.context import Context
    from headway.types import IntArray

_MOST_VALUES = 20  # more than these are put into bins of equal counts
_BINS = 10
_SAMPLE = 2000  # images whose pixels are looked at


class Property(NamedTuple):
    """A property of images.

    Attributes
    ----------
    name : str
        ``"mode"``, ``"format"``, ``"depth"``, ``"quality"``, ``"orientation"``, ``"size"``, ``"aspect"``, ``"bytes"``
        or ``"border"``.
    codes : int64 array (m,)
        The value of each image, as a position in ``values``.
    values : tuple of str
        What the values are.
    rows : int64 array (m,)
        The images.
    """

    name: str
    codes: IntArray
    values: tuple[str, ...]
    rows: IntArray


def properties(context: Context, rows: IntArray) -> Iterator[Property]:
    """Yield the properties of images that are not the same for all."""
    facts = [(row, context.facts[row], context.files[row]) for row in rows.tolist()]
    sizes = [(row, fact) for row, fact, _ in facts if fact is not None]
    files = [(row, file) for row, _, file in facts if file is not None]
    both = [(row, fact, file) for row, fact, file in facts if fact is not None and file is not None]
    yield from _named("mode", [(row, fact.mode) for row, fact in sizes])
    yield from _named("format", [(row, file.format) for row, file in files])
    yield from _named("depth", [(row, f"{max(file.bits, 8)} bits") for row, file in files])
    yield from _named("orientation", [(row, f"EXIF {file.orientation}") for row, file in files])
    yield from _measured("quality", [(row, file.quality) for row, file in files if file.quality], "{:.0f}")
    yield from _sizes([(row, fact.width, fact.height) for row, fact in sizes])
    yield from _measured("aspect", [(row, round(fact.width / fact.height, 3)) for row, fact in sizes], "{:.2f}")
    yield from _measured("bytes", [(r, file.bytes / (fact.width * fact.height)) for r, fact, file in both], "{:.2f}")
    seen = sample(context, rows)
    borders = find_borders(context.thumbnails(seen))
    yield from _named("border", [(row, BORDERS[code]) for row, code in zip(seen.tolist(), borders, strict=True)])


def sample(context: Context, rows: IntArray) -> IntArray:
    """Draw the images whose pixels are looked at, in ascending order."""
    if len(rows) <= _SAMPLE:
        return rows
    return np.sort(np.random.default_rng(context.seed).choice(rows, _SAMPLE, replace=False))


def _named(name: str, found: Sequence[tuple[int, str]]) -> Iterator[Property]:
    if len({value for _, value in found}) > 1:
        values, codes = np.unique([value for _, value in found], return_inverse=True)
        yield Property(name, codes, tuple(map(str, values)), np.array([row for row, _ in found]))


def _sizes(found: Sequence[tuple[int, int, int]]) -> Iterator[Property]:
    if len({(width, height) for _, width, height in found}) <= _MOST_VALUES:
        yield from _named("size", [(row, f"{width} × {height}") for row, width, height in found])
    else:
        sides = [(row, (width * height) ** 0.5) for row, width, height in found]
        yield from _measured("size", sides, "{:.0f}")


def _measured(name: str, found: Sequence[tuple[int, float]], form: str) -> Iterator[Property]:
    """Yield what is measured: its values where there are few, else bins of them, each named by its ends."""
    measured = np.array([value for _, value in found], np.float64)
    if len(np.unique(measured)) <= _MOST_VALUES:
        yield from _named(name, [(row, form.format(value)) for row, value in found])
        return
    edges = np.unique(np.quantile(measured, np.arange(1, _BINS) / _BINS))
    codes = np.digitize(measured, edges)
    ends = [(measured[codes == code].min(), measured[codes == code].max()) for code in np.unique(codes)]
    names = tuple(f"{form.format(low)} to {form.format(high)}" for low, high in ends)
    yield Property(name, np.unique(codes, return_inverse=True)[1], names, np.array([row for row, _ in found]))
