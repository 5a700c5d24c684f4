"""Whether tiny images that are crops of each other agree."""

from __future__ import annotations

import numpy as np
from PIL import Image

from headway.checks.likeness.confirming import Squares
from headway.checks.likeness.squares import Registrations
from headway.checks.likeness.windows import SIDE, WINDOWS, Window


def enlarged(levels: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(levels).resize((64, 64), Image.Resampling.BICUBIC)).clip(0, 255).astype(np.uint8)


def test_a_crop_of_a_tiny_image_is_compared_with_all_pixels_of_the_original() -> None:
    originals = np.random.default_rng(0).uniform(0, 240, (8, 28, 28)).astype(np.float32)
    squares = np.stack([enlarged(one) for one in originals] + [enlarged(one[1:26, 1:26]) for one in originals])
    pairs = np.stack([np.arange(8), np.arange(8) + 8], axis=1)
    window = np.full(8, WINDOWS.index(Window(*2 * [(1 - SIDE) / 3], SIDE)))  # the nearest, a third of the way in
    found = Registrations(pairs, window, np.zeros(8, np.bool_), np.ones(8, np.float32))
    agreements, _ = Squares(squares, np.repeat([28, 25], 8)).agreements(found)
    assert agreements.min() > 0.95
