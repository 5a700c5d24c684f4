"""Histograms of local binary patterns: which neighbours on a circle are as bright as the pixel in its middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.backbones.handmade.view import histogram, joined, spread, tiles
from headway.optional import import_optional

if TYPE_CHECKING:
    from headway.backbones.handmade.view import View
    from headway.types import FloatArray, UInt8Array

# Points, radius in pixels, and the reduction of the image. The longer circles would take most of the time, and tell as
# much of an image of half the size.
CIRCLES = ((8, 1, 1), (8, 1, 2), (16, 2, 2), (24, 3, 2))
TILED_POINTS = 8  # the patterns of so many points are common enough to be counted in tiles, too
TILES = 4
WIDTH = sum((points + 2) * (4 if points == TILED_POINTS else 1) for points, _, _ in CIRCLES)
PARAMETERS = {"circles": CIRCLES, "tiled_points": TILED_POINTS, "tiles": TILES}


def describe(view: View) -> FloatArray:
    """Count uniform patterns, which do not change when the image turns, on circles of three sizes, float32 (124,).

    They are counted over the image; of the smallest circle's, the spread over 4 × 4 tiles is a feature, too.

    Ojala, Pietikäinen and Mäenpää: Multiresolution gray-scale and rotation invariant texture classification with local
    binary patterns. IEEE Transactions on Pattern Analysis and Machine Intelligence 24, 2002.
    """
    parts = []
    for points, radius, scale in CIRCLES:
        codes = patterns(view.grey(scale), points, radius)
        bins = points + 2
        parts.append(histogram(codes, bins))
        if points == TILED_POINTS:
            parts.append(spread([histogram(tile, bins) for tile in tiles(codes, TILES)]))
    return joined(parts)


def patterns(grey: UInt8Array, points: int, radius: int) -> UInt8Array:
    """Return each pixel's pattern on a circle of P ``points``, uint8 (h, w).

    That is how many neighbours are as bright as the pixel, 0 … P, where these are adjacent; P + 1 elsewhere.
    """
    feature = import_optional("skimage.feature", "handmade")
    codes: UInt8Array = feature.local_binary_pattern(grey, points, radius, "uniform").astype(np.uint8)
    return codes
