"""Whether two images are one photograph by their grain."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from headway.checks.likeness.grain import SAME, SIDE, grain_agreements

WHOLE = (0.0, 1.0, 0.0, 1.0)
CROPPED = (0.03, 0.93, 0.08, 0.98)


def cell(seed: int) -> np.ndarray:
    """A plain cell: the fingers and bars of all others, and a little grain of its own."""
    far = np.arange(300)
    look = 120 + 25 * np.sin(far[:, None] * 2 * np.pi / 9) + 60 * (far[None] % 100 < 6)
    return np.asarray(np.clip(look + np.random.default_rng(seed).normal(0, 6, (300, 300)), 0, 255), np.uint8)


def square(levels: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(levels).resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def window(levels: np.ndarray) -> np.ndarray:
    top, bottom, left, right = (round(edge * 300) for edge in CROPPED)
    return levels[top:bottom, left:right]


def agreement(one: np.ndarray, other: np.ndarray, edges: tuple[float, ...]) -> float:
    return float(grain_agreements(one[None], other[None], np.array([edges], np.float32))[0])


@pytest.mark.parametrize("gain", [1.0, 0.8])
def test_a_crop_has_the_grain_of_its_photograph(gain: float) -> None:
    cropped = np.asarray(window(cell(0)) * gain, np.uint8)
    assert agreement(square(cell(0)), square(cropped), CROPPED) >= SAME


def test_a_crop_that_is_found_to_a_pixel_or_two_is_enough() -> None:
    edges = tuple(edge + 0.006 for edge in CROPPED)
    assert agreement(square(cell(0)), square(window(cell(0))), edges) >= SAME


def test_another_cell_has_the_same_lines_and_another_grain() -> None:
    one, other = square(cell(0)).astype(float), square(cell(1)).astype(float)
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.9
    assert agreement(square(cell(0)), square(cell(1)), WHOLE) < 0.2


def test_an_image_of_one_level_has_no_grain() -> None:
    flat = np.full((SIDE, SIDE), 77, np.uint8)
    assert agreement(flat, flat, WHOLE) < SAME
