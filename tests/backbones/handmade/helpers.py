"""Pictures with known answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from headway.backbones.handmade.catalogue import descriptor
from headway.backbones.handmade.view import View

SIZE = 64


def flat(colour: Sequence[int] = (90, 90, 90), size: int = SIZE) -> np.ndarray:
    return np.full((size, size, 3), colour, np.uint8)


def grey(plane: np.ndarray) -> np.ndarray:
    return np.repeat(np.asarray(plane, np.uint8)[..., None], 3, axis=2)


def halves(size: int = SIZE) -> np.ndarray:
    """Black on the left, white on the right: one vertical edge."""
    plane = np.zeros((size, size))
    plane[:, size // 2 :] = 255
    return grey(plane)


def checkerboard(cell: int = 1, size: int = SIZE) -> np.ndarray:
    rows, columns = np.indices((size, size)) // cell
    return grey((rows + columns) % 2 * 255)


def noise(seed: int = 0, size: int = SIZE) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)


def described(name: str, picture: np.ndarray) -> np.ndarray:
    return descriptor(name).describe(View(picture))
