"""Whether two images are one photograph, by its grain: for pairs that their small squares leave in doubt.

Solar cells have the same bars and the same fingers, and after a crop small squares of one cell agree no more than those
of two. The grain of a photograph (noise, texture) is its own: in a copy its waves have the same phase. So what the
window and the other image show in many pixels is compared by the phases of middling frequencies alone (Kuglin and Hines
1975, "The phase correlation image alignment method"). Waves along rows and columns are left out, as lines and edges
make them, which things of one kind share.

Even squares of 64 pixels have enough grain to say which of many pairs are worth a look in more.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headway.checks.likeness.aligning import cut_each
from headway.checks.likeness.windows import Window, cut

if TYPE_CHECKING:
    from headway.types import FloatArray, UInt8Array

SIDE = 256  # pixels of the squares that are compared
LEAST_SIDE = 192  # pixels of a side of a file, below which it has no grain of its own in such a square
SAME = 0.6  # agreement of grain from which on two images are one photograph
_EQUAL = 0.06  # of the side: edges of windows of small squares are not known better than this
_CHUNK = 32  # pairs


class Look(NamedTuple):
    """How closely the grain is looked at."""

    part: Window  # of what both show, that is compared
    size: int  # pixels of it
    waves: tuple[float, float]  # a pixel
    along_axis: float  # waves a pixel along each axis, at least
    shift: int  # pixels that the two may lie off each other


CLOSE = Look(Window(1 / 6, 1 / 6, 2 / 3), 128, (0.1, 0.35), 0.06, 4)
ROUGH = Look(Window(0.0, 0.0, 1.0), 64, (0.05, 0.35), 0.03, 2)


def grain_agreements(squares: UInt8Array, others: UInt8Array, edges: FloatArray, look: Look = CLOSE) -> FloatArray:
    """Return how far the grain of windows of squares (m, n, n) is that of others, float32 (m,), about from 0 to 1.

    ``edges`` (m, 4) are top, bottom, left and right of the windows, as parts of the side.
    """
    found, edges = np.empty(len(squares), np.float32), _in_proportion(edges)
    for start in range(0, len(squares), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        window = cut_each(squares[chunk].astype(np.float32), _within(edges[chunk], look.part), look.size)
        found[chunk] = _phases_agree(window, cut(others[chunk].astype(np.float32), look.part, look.size), look)
    return found


def _in_proportion(edges: FloatArray) -> FloatArray:
    """Return windows whose sides hardly differ as squares: that is how most crops are made, and phases depend on it."""
    sides = edges[:, 1::2] - edges[:, ::2]
    close = np.abs(sides[:, 0] - sides[:, 1]) < _EQUAL
    half = np.where(close[:, None], sides.mean(axis=1, keepdims=True), sides) / 2
    middles = np.clip((edges[:, 1::2] + edges[:, ::2]) / 2, half, 1 - half)
    return np.asarray(np.stack([middles - half, middles + half], axis=2).reshape(-1, 4), np.float32)


def _within(edges: FloatArray, part: Window) -> FloatArray:
    """Return the edges of a part of windows."""
    moved = np.empty_like(edges)
    for first, start in ((0, part.top), (2, part.left)):
        side = edges[:, first + 1] - edges[:, first]
        moved[:, first] = edges[:, first] + start * side
        moved[:, first + 1] = moved[:, first] + part.side * side
    return moved


def _phases_agree(one: FloatArray, other: FloatArray, look: Look) -> FloatArray:
    """Return the highest phase correlation of parts (m, size, size) that lie off each other by a few pixels."""
    from scipy.fft import irfft2, rfft2

    fade, band = _fade(look.size), _band(look)
    waves = []
    for parts in (one, other):
        found = rfft2((parts - parts.mean(axis=(1, 2), keepdims=True)) * fade) * band
        waves.append(found / (np.abs(found) + 1e-6))
    peaks = irfft2(waves[0] * waves[1].conj(), s=one.shape[1:]) / irfft2(band, s=one.shape[1:])[0, 0]
    near = np.arange(-look.shift, look.shift + 1)
    return np.asarray(peaks[:, near[:, None], near].max(axis=(1, 2)), np.float32)


@cache
def _fade(size: int) -> FloatArray:
    """Return weights of pixels that fade to the edges, whose ends would be waves of their own."""
    along = np.sqrt(np.hanning(size + 2)[1:-1])
    return np.asarray(along[:, None] * along, np.float32)


@cache
def _band(look: Look) -> FloatArray:
    """Return 1 for the waves that count, otherwise 0."""
    down, right = np.abs(np.fft.fftfreq(look.size))[:, None], np.fft.rfftfreq(look.size)
    waves, (low, high) = np.hypot(down, right), look.waves
    off_axes = (down >= look.along_axis) & (right >= look.along_axis)
    return np.asarray((waves > low) & (waves < high) & off_axes, np.float32)
