"""Borders: a frame around an image, seen in its thumbnail as a step along all four sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from headway.types import IntArray, UInt8Array

BORDERS = ("none", "thin dark", "thin light", "wide dark", "wide light")
"""The kinds of borders: dark and light are meant beside what they frame."""

_WIDEST = 8  # pixels of a thumbnail of 64
_THIN = 2
# Grey levels, and how much of each side must have them: a thing in the picture has no step along all four.
_STEP, _SHARE = 6, 0.6
_EVEN = 12.0  # standard deviation within a border


def find_borders(thumbnails: UInt8Array) -> IntArray:
    """Return the kind of border of each thumbnail (m, side, side, 3), as a position in `BORDERS`."""
    grey = thumbnails.astype(np.float32).mean(axis=3)
    kinds = np.zeros(len(grey), np.int64)
    for width in range(1, _WIDEST + 1):
        inner = slice(width, grey.shape[1] - width)
        steps = np.stack(
            [
                grey[:, width - 1, inner] - grey[:, width, inner],
                grey[:, -width, inner] - grey[:, -width - 1, inner],
                grey[:, inner, width - 1] - grey[:, inner, width],
                grey[:, inner, -width] - grey[:, inner, -width - 1],
            ],
            axis=1,
        )
        even = _is_even(grey, width)
        for light, found in enumerate((steps < -_STEP, steps > _STEP)):
            framed = even & (found.mean(axis=2) >= _SHARE).all(axis=1) & (kinds == 0)
            kinds[framed] = 1 + light + 2 * (width > _THIN)
    return kinds


def _is_even(grey: np.ndarray, width: int) -> np.ndarray:
    """Say which images are of one grey outside of a square; one blurred line of pixels need not be."""
    if width == 1:
        return np.ones(len(grey), bool)
    outside = np.ones(grey.shape[1:], bool)
    outside[width - 1 : 1 - width, width - 1 : 1 - width] = False
    return np.asarray(grey[:, outside].std(axis=1) < _EVEN)
