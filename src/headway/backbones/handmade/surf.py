"""SURF at its own interest points, as a bag of local descriptors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.optional import import_optional

if TYPE_CHECKING:
    from headway.backbones.handmade.view import View
    from headway.types import FloatArray

LOCAL = 64  # numbers of one local descriptor
POINTS = 64  # the strongest of an image
CANDIDATES = 128  # mahotas drops those whose surroundings are not whole after it has counted them
THRESHOLD = 0.1  # of the determinant of the Hessian
STEP = 2  # pixels: a step of 1 takes three times as long, and finds no more
WIDTH = POINTS * LOCAL
PARAMETERS = {"points": POINTS, "candidates": CANDIDATES, "threshold": THRESHOLD, "step": STEP}
_FIXED = 6  # columns before the descriptor: y, x, scale, score, sign of the Laplacian, angle
_SCORE = 3


def describe(view: View) -> FloatArray:
    """Describe the strongest blobs by SURF, turned upright by their main direction, float32 (64 × 64,).

    The strongest come first; NaN stands for those that are missing.

    Bay, Ess, Tuytelaars and Van Gool: Speeded-up robust features. Computer Vision and Image Understanding 110, 2008.
    """
    surf = import_optional("mahotas.features.surf", "handmade")
    found = surf.surf(view.grey(), initial_step_size=STEP, threshold=THRESHOLD, max_points=CANDIDATES)
    bag = np.full((POINTS, LOCAL), np.nan, np.float32)
    strongest = np.lexsort((found[:, 1], found[:, 0], -found[:, _SCORE]))[:POINTS]
    bag[: len(strongest)] = found[strongest, _FIXED:]
    return bag.ravel()
