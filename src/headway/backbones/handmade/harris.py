"""Statistics of corners by Harris and Stephens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.backbones.handmade.view import SCALES, joined, moments, spread, tile_means
from headway.optional import import_optional

if TYPE_CHECKING:
    from headway.backbones.handmade.view import View
    from headway.types import FloatArray

WINDOWS = (2, 5)  # pixels over which gradients are compared
SENSITIVITY = 0.05  # k of the response det(M) - k trace(M)²
THRESHOLDS = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
APART = 5  # a corner is the largest response in a square of so many pixels
UNIT = 1e-6  # response from which on its logarithm is looked at
PERCENTILES = (0, 1, 5, 25, 50, 75, 95, 99, 100)
CELLS = 4
TILES = 6
WIDTH = len(SCALES) * len(WINDOWS) * (len(THRESHOLDS) + 2 + len(PERCENTILES) + CELLS**2 + 2 * 3)
PARAMETERS = {
    "windows": WINDOWS,
    "sensitivity": SENSITIVITY,
    "thresholds": THRESHOLDS,
    "apart": APART,
    "unit": UNIT,
    "percentiles": PERCENTILES,
    "tiles": (CELLS, TILES),
    "scales": SCALES,
}


def describe(view: View) -> FloatArray:
    """Describe corners, at three scales and two sizes of the window, float32 (228,).

    For each: the log of the number of corners above five thresholds; mean, standard deviation and percentiles of the
    response (its logarithm, with its sign: below zero is an edge); its mean in 4 × 4 tiles; the spread of its mean and
    standard deviation over 6 × 6 tiles.

    Harris and Stephens: A combined corner and edge detector. Alvey Vision Conference, 1988.
    """
    return joined([_response(view, scale, window) for scale in SCALES for window in WINDOWS])


def _response(view: View, scale: int, window: int) -> FloatArray:
    cv2 = import_optional("cv2", "handmade")
    grey = view.grey(scale).astype(np.float32) / 255
    response = cv2.cornerHarris(grey, window, 3, SENSITIVITY)
    highest = response == cv2.dilate(response, np.ones((APART, APART), np.uint8))
    counts = [np.log1p(np.count_nonzero(highest & (response > threshold))) for threshold in THRESHOLDS]
    signed = np.sign(response) * np.log1p(np.abs(response) / UNIT)
    return joined(
        [
            counts,
            [signed.mean(), signed.std(), *np.percentile(signed, PERCENTILES)],
            tile_means(signed, CELLS),
            spread(moments(signed, TILES)),
        ]
    )
