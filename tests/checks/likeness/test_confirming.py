"""Whether tiny images that are crops of each other agree."""

from __future__ import annotations

import numpy as np
from PIL import Image

from headway.checks.likeness.confirming import Squares
from headway.checks.likeness.squares import Registrations


def enlarged(levels: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(levels).resize((64, 64), Image.Resampling.BICUBIC), np.float32)


def test_a_crop_of_a_tiny_image_is_compared_with_all_pixels_of_the_original() -> None:
    originals = np.random.default_rng(0).uniform(0, 240, (8, 28, 28)).astype(np.float32)
    squares = np.stack([enlarged(one) for one in originals] + [enlarged(one[2:27, 1:26]) for one in originals])
    pairs = np.stack([np.arange(8), np.arange(8) + 8], axis=1)
    edges = np.tile(np.array([2, 27, 1, 26], np.float32) / 28, (8, 1))
    found = Registrations(pairs, edges, np.zeros(8, np.bool_), np.ones(8, np.float32))
    agreements, _ = Squares(squares, np.repeat([28, 25], 8)).agreements(found)
    assert agreements.min() > 0.95
