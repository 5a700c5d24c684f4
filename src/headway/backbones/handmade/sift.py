"""SIFT on a dense grid, as a bag of local descriptors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.optional import import_optional

if TYPE_CHECKING:
    from headway.backbones.handmade.view import View
    from headway.types import FloatArray

LOCAL = 128  # numbers of one local descriptor
GRID = 10  # points along each side of the image
SIZE = 1 / 40  # of a point, as a fraction of the image's side; the descriptor reads a square of about 6 times that
WIDTH = GRID**2 * LOCAL
PARAMETERS = {"grid": GRID, "size": SIZE}


def describe(view: View) -> FloatArray:
    """Describe the surroundings of each point of a grid by SIFT, upright, float32 (100 × 128,).

    A grid says more about a class than the places that a detector finds (Nowak, Jurie and Triggs, ECCV 2006), and does
    not depend on a threshold. NaN stands for a point around which there is no gradient at all.

    Lowe: Distinctive image features from scale-invariant keypoints. International Journal of Computer Vision 60, 2004.
    """
    cv2 = import_optional("cv2", "handmade")
    grey = view.grey()
    side = len(grey)
    centres = (np.arange(GRID) + 0.5) * side / GRID
    points = [cv2.KeyPoint(float(x), float(y), side * SIZE, 0) for y in centres for x in centres]
    _, found = cv2.SIFT_create().compute(grey, points)
    bag: FloatArray = np.where(found.any(axis=1, keepdims=True), found, np.float32(np.nan))
    return bag.ravel()
