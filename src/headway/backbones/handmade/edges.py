"""Statistics of edges: how many there are, how strong, and which way they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headway.backbones.handmade.view import SCALES, joined, moments, spread, tile_means
from headway.optional import import_optional

if TYPE_CHECKING:
    from headway.backbones.handmade.view import View
    from headway.types import FloatArray, UInt8Array

THRESHOLDS = ((20, 60), (50, 100), (100, 200))  # of Canny's hysteresis, for gradients of the 3 × 3 Sobel filter
BLUR = 1.0  # standard deviation in pixels
DIRECTIONS = 12
PERCENTILES = (5, 25, 50, 75, 90, 95, 99, 100)
STRENGTH_BINS = 16
CELLS = 4
TILES = 6
WIDTH = len(SCALES) * (
    len(THRESHOLDS) * (1 + 3) + DIRECTIONS + (2 + len(PERCENTILES) + STRENGTH_BINS) + CELLS**2 + 2 * 3
)
PARAMETERS = {
    "thresholds": THRESHOLDS,
    "blur": BLUR,
    "directions": DIRECTIONS,
    "percentiles": PERCENTILES,
    "strength_bins": STRENGTH_BINS,
    "tiles": (CELLS, TILES),
    "scales": SCALES,
}


def describe(view: View) -> FloatArray:
    """Describe edges by Canny and Sobel at three scales, float32 (216,).

    For each scale: the fraction of edge pixels by Canny, at three pairs of thresholds, and its spread over
    6 × 6 tiles; directions, weighted by strength; the distribution of strength (the logarithm of the gradient), its
    mean in 4 × 4 tiles, and the spread of mean and standard deviation over 6 × 6.

    Canny: A computational approach to edge detection. IEEE Transactions on Pattern Analysis and Machine Intelligence 8,
    1986.
    """
    return joined([_at_scale(view.grey(scale)) for scale in SCALES])


def _at_scale(grey: UInt8Array) -> FloatArray:
    cv2 = import_optional("cv2", "handmade")
    smooth = cv2.GaussianBlur(grey, (0, 0), BLUR)
    across, down = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    strength = np.hypot(across, down)
    log_strength = np.log1p(strength)
    canny = [cv2.Canny(smooth, low, high) > 0 for low, high in THRESHOLDS]
    return joined(
        [
            *(_densities(edge) for edge in canny),
            directions(across, down, strength),
            [log_strength.mean(), log_strength.std(), *np.percentile(log_strength, PERCENTILES)],
            _strengths(log_strength),
            tile_means(log_strength, CELLS),
            spread(moments(log_strength, TILES)),
        ]
    )


def _densities(edge: Any) -> FloatArray:
    return joined([[edge.mean()], spread(tile_means(edge, TILES)[:, np.newaxis])])


def directions(across: FloatArray, down: FloatArray, strength: FloatArray) -> FloatArray:
    """Return the distribution of the directions of gradients: parts of the sum of ``strength``, float32 (12,).

    ``across`` and ``down`` are the gradient of brightness to the right and downwards, ``strength`` its length, all (h,
    w). The first bin is for gradients to the right or to the left; all are 0 where there is no gradient.
    """
    # Half a bin further, so that the commonest directions are in the middle of theirs.
    turns = np.arctan2(down, across) / np.pi + 0.5 / DIRECTIONS
    bins = (turns % 1 * DIRECTIONS).astype(np.int64) % DIRECTIONS
    sums = np.bincount(bins.ravel(), strength.ravel(), DIRECTIONS)
    return (sums / max(float(sums.sum()), 1e-9)).astype(np.float32)


def _strengths(log_strength: FloatArray) -> FloatArray:
    # The Sobel filter of 8-bit pixels gives at most 4 × 255 in each direction: a log of 7.3.
    counts, _ = np.histogram(log_strength, STRENGTH_BINS, (0, 8))
    return np.sqrt(counts / log_strength.size).astype(np.float32)
