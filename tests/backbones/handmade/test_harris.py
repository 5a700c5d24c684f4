"""Statistics of corners."""

from __future__ import annotations

import numpy as np

from headway.backbones.handmade.harris import THRESHOLDS
from tests.backbones.handmade.helpers import described, flat, grey, halves


def corners(picture: np.ndarray) -> np.ndarray:
    """How many corners there are above each threshold, at full size and with the small window."""
    return np.expm1(described("harris", picture)[: len(THRESHOLDS)]).round().astype(int)


def test_a_square_has_four_corners() -> None:
    plane = np.zeros((64, 64))
    plane[20:44, 20:44] = 255
    # Windows of an even size are off the middle by half a pixel; two pixels may share the largest response.
    assert 4 <= corners(grey(plane))[-1] <= 8


def test_an_edge_has_no_corner_and_a_response_below_zero() -> None:
    assert corners(halves())[-1] == 0
    lowest, highest = described("harris", halves())[len(THRESHOLDS) + 2 :][[0, 8]]
    assert lowest < -1
    assert highest < 0.01 * -lowest


def test_a_flat_picture_has_nothing() -> None:
    assert not described("harris", flat()).any()
