"""Whether two images are one photograph, by its grain: for pairs that their small squares leave in doubt.

Solar cells have the same bars and the same fingers, and after a crop small squares of one cell agree no more than those
of two. The grain of a photograph (noise, texture) is its own: in a copy its waves have the same phase. So what the
window and the other image show in many pixels is compared by the phases of middling frequencies alone (Kuglin and Hines
1975, "The phase correlation image alignment method"). Waves along rows and columns are left out, as lines and edges
make them, which things of one kind share.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from headway.checks.likeness.aligning import cut_each
from headway.checks.likeness.windows import Window, cut

if TYPE_CHECKING:
    from headway.types import FloatArray, UInt8Array

SIDE = 256  # pixels of the squares that are compared
LEAST_SIDE = 192  # pixels of a side of a file, below which it has no grain of its own in such a square
SAME = 0.6  # agreement of grain from which on two images are one photograph
_MIDDLE = Window(1 / 6, 1 / 6, 2 / 3)  # of what both show, the part that is compared
_SIZE = 128  # pixels of it
_FREQUENCIES = (0.1, 0.35)  # waves a pixel
_LEAST_OF_AXIS = 0.06  # waves a pixel along each axis
_SHIFT = 4  # pixels that the two may lie off each other
_CHUNK = 32  # pairs


def grain_agreements(squares: UInt8Array, others: UInt8Array, edges: FloatArray) -> FloatArray:
    """Return how far the grain of windows of squares (m, n, n) is that of others, float32 (m,), about from 0 to 1.

    ``edges`` (m, 4) are top, bottom, left and right of the windows, as parts of the side.
    """
    found = np.empty(len(squares), np.float32)
    for start in range(0, len(squares), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        window = cut_each(squares[chunk].astype(np.float32), _middles(edges[chunk]), _SIZE)
        found[chunk] = _phases_agree(window, cut(others[chunk].astype(np.float32), _MIDDLE, _SIZE))
    return found


def _middles(edges: FloatArray) -> FloatArray:
    """Return the edges of the middle part of windows."""
    moved = np.empty_like(edges)
    for first, start in ((0, _MIDDLE.top), (2, _MIDDLE.left)):
        side = edges[:, first + 1] - edges[:, first]
        moved[:, first] = edges[:, first] + start * side
        moved[:, first + 1] = moved[:, first] + _MIDDLE.side * side
    return moved


def _phases_agree(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return the highest phase correlation of parts (m, size, size) that lie off each other by a few pixels."""
    from scipy.fft import irfft2, rfft2

    fade, band = _fade(), _band()
    waves = []
    for parts in (one, other):
        found = rfft2((parts - parts.mean(axis=(1, 2), keepdims=True)) * fade) * band
        waves.append(found / (np.abs(found) + 1e-6))
    peaks = irfft2(waves[0] * waves[1].conj(), s=(_SIZE, _SIZE)) / irfft2(band, s=(_SIZE, _SIZE))[0, 0]
    near = np.arange(-_SHIFT, _SHIFT + 1)
    return np.asarray(peaks[:, near[:, None], near].max(axis=(1, 2)), np.float32)


@cache
def _fade() -> FloatArray:
    """Return weights of pixels that fade to the edges, whose ends would be waves of their own."""
    along = np.sqrt(np.hanning(_SIZE + 2)[1:-1])
    return np.asarray(along[:, None] * along, np.float32)


@cache
def _band() -> FloatArray:
    """Return 1 for the waves that count, otherwise 0."""
    down, right = np.abs(np.fft.fftfreq(_SIZE))[:, None], np.fft.rfftfreq(_SIZE)
    waves, (low, high) = np.hypot(down, right), _FREQUENCIES
    return np.asarray((waves > low) & (waves < high) & (down >= _LEAST_OF_AXIS) & (right >= _LEAST_OF_AXIS), np.float32)
