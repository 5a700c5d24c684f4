"""Grey squares of images, and windows of them: what one shows of another after a crop."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from headway.types import FloatArray, UInt8Array

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_AT_ONCE = 1024  # squares in numbers of 32 bits
_FLAT = 1.0  # grey levels of standard deviation, below which there is nothing to compare


class Window(NamedTuple):
    """A part of a square: its upper left corner and its side, as parts of the whole side."""

    top: float
    left: float
    side: float


WHOLE = Window(0.0, 0.0, 1.0)


def grid(side: float, steps: int) -> list[Window]:
    """Return all windows of a side, ``steps`` of them along each axis, from edge to edge."""
    offsets = np.linspace(0.0, 1.0 - side, steps)
    return [Window(float(top), float(left), side) for top in offsets for left in offsets]


SIDE = 0.9  # of the windows that crops are looked for in
WINDOWS = (WHOLE, *grid(SIDE, 4))
CLOSE_WINDOWS = (WHOLE, *grid(SIDE, 6))
"""More of them, which take twice the time, and meet crops of images that look alike."""


def edges_of(windows: Sequence[Window]) -> FloatArray:
    """Return top, bottom, left and right of each window, float32 (w, 4)."""
    return np.array([[one.top, one.top + one.side, one.left, one.left + one.side] for one in windows], np.float32)


def grey(squares: UInt8Array) -> FloatArray:
    """Return grey levels (ITU-R 601 luma) of squares (m, n, n, 3), float32 (m, n, n)."""
    return np.asarray(squares @ _LUMA, np.float32)


def cut(squares: FloatArray, window: Window, size: int) -> FloatArray:
    """Return a window of each grey square, in ``size`` pixels by means over areas, float32 (m, size, size)."""
    n = squares.shape[-1]
    rows, columns = _means(n, size, window.top, window.side), _means(n, size, window.left, window.side)
    return np.asarray(rows @ squares @ columns.T, np.float32)


def shrink(levels: UInt8Array, size: int) -> FloatArray:
    """Return whole grey squares, uint8 (m, n, n), in ``size`` pixels, float32 (m, size, size)."""
    small = np.empty((len(levels), size, size), np.float32)
    for start in range(0, len(levels), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        small[some] = cut(levels[some].astype(np.float32), WHOLE, size)
    return small


def standardise(squares: FloatArray) -> FloatArray:
    """Return squares as rows of mean 0 and norm 1, whatever gain or offset of brightness; 0 where all is flat."""
    rows = squares.reshape(len(squares), -1)
    rows = rows - rows.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.where(norms > _FLAT * rows.shape[1] ** 0.5, rows / np.maximum(norms, 1e-9), 0.0), np.float32)


@cache
def _means(n: int, size: int, start: float, side: float) -> FloatArray:
    """Return the matrix (size, n) that takes means of n pixels over ``size`` equal stretches of a part of them."""
    edges = np.linspace(start * n, (start + side) * n, size + 1)
    pixels = np.arange(n)
    shared = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    weights = np.maximum(shared, 0.0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)
