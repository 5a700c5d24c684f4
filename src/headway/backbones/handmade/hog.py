"""Histograms of oriented gradients: which way edges run, place by place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from headway.backbones.handmade.view import joined, spread
from headway.optional import import_optional

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from headway.backbones.handmade.view import View
    from headway.types import FloatArray, UInt8Array

ORIENTATIONS = 9
CELLS = 4  # along each side of the image
SMALL_CELLS = 8
WIDTH = ORIENTATIONS * (CELLS**2 + 4)
PARAMETERS = {"orientations": ORIENTATIONS, "cells": CELLS, "small_cells": SMALL_CELLS}


def describe(view: View) -> FloatArray:
    """Describe shape by the directions of gradients in 4 × 4 cells, each normalised, float32 (180,).

    Of 8 × 8 cells, the mean frequency of each direction and its spread are the features: a map of them would be
    longer than all else together, and classified no better.

    Dalal and Triggs: Histograms of oriented gradients for human detection. CVPR 2005.
    """
    small = cell_histograms(view.grey(), SMALL_CELLS, "L1")
    return joined([cell_histograms(view.grey(), CELLS, "L2-Hys"), small.mean(axis=0), spread(small)])


def cell_histograms(grey: UInt8Array, cells: int, norm: Literal["L1", "L2-Hys"]) -> NDArray[np.float64]:
    """Return the directions of gradients in each cell, float64 (cells², 9), row by row; zeros without a gradient.

    ``norm`` is what becomes 1: the sum (L1), or the length, with large values clipped (L2-Hys).
    """
    feature = import_optional("skimage.feature", "handmade")
    side = len(grey) // cells
    square = grey[: side * cells, : side * cells]
    values: NDArray[np.float64] = feature.hog(square, ORIENTATIONS, (side, side), (1, 1), block_norm=norm)
    return values.reshape(cells**2, ORIENTATIONS)
