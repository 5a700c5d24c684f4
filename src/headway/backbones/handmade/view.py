"""An image in the forms that the descriptors read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from headway.types import FloatArray, UInt8Array

Scalar = TypeVar("Scalar", bound=np.generic)

SCALES = (1, 2, 4)  # texture is described at the image's own size, at a half and at a quarter of it


class View:
    """One image, uint8 (S, S, 3) with S at least 64; forms that several descriptors read are computed once."""

    def __init__(self, rgb: UInt8Array) -> None:
        self.rgb = rgb
        self._hsv: UInt8Array | None = None  # no cached_property: on Python 3.11 its lock would outlive a fork
        self._grey: dict[int, UInt8Array] = {}

    @property
    def hsv(self) -> UInt8Array:
        """Hue, saturation and value, uint8 (S, S, 3), all from 0 to 255."""
        if self._hsv is None:
            self._hsv = np.asarray(Image.fromarray(self.rgb).convert("HSV"))
        return self._hsv

    def grey(self, scale: int = 1) -> UInt8Array:
        """Brightness (ITU-R 601), uint8 (S / scale, S / scale), averaged over ``scale`` × ``scale`` pixels."""
        if scale not in self._grey:
            if scale == 1:
                self._grey[1] = np.asarray(Image.fromarray(self.rgb).convert("L"))
            else:
                self._grey[scale] = np.asarray(Image.fromarray(self.grey()).reduce(scale))
        return self._grey[scale]


def tiles(plane: NDArray[Scalar], count: int) -> list[NDArray[Scalar]]:
    """Cut an image or a map (h, w) into ``count`` × ``count`` tiles, row by row.

    Examples
    --------
    >>> [tile.shape for tile in tiles(np.zeros((5, 4)), 2)]
    [(3, 2), (3, 2), (2, 2), (2, 2)]
    """
    return [tile for row in np.array_split(plane, count) for tile in np.array_split(row, count, axis=1)]


def tile_means(plane: NDArray[Any], count: int) -> NDArray[np.float64]:
    """Return the mean of each of `tiles`, float64 (count², ), in one go."""
    sums: NDArray[np.float64] = plane.astype(np.float64)
    for axis, length in enumerate(plane.shape):
        sizes = np.full(count, length // count)
        sizes[: length % count] += 1
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        shape = (-1, 1) if axis == 0 else (1, -1)
        sums = np.add.reduceat(sums, starts, axis=axis) / sizes.reshape(shape)
    return sums.ravel()


def moments(plane: NDArray[Any], count: int) -> NDArray[np.float64]:
    """Return mean and standard deviation of each of `tiles`, float64 (count², 2)."""
    means = tile_means(plane, count)
    squares = tile_means(np.square(plane, dtype=np.float64), count)
    return np.stack([means, np.sqrt(np.maximum(squares - means**2, 0))], axis=1)


def histogram(values: NDArray[Any], bins: int) -> FloatArray:
    """Return the square root of the relative frequency of each of ``values``, whole numbers below ``bins``.

    Euclidean distance between square roots is the Hellinger distance between the distributions. Heads tell classes
    apart better by it than by the frequencies themselves: the few that are large do not hide the others.
    """
    counts = np.bincount(values.ravel(), minlength=bins)
    return np.sqrt(counts / values.size).astype(np.float32)


def spread(tiled: Sequence[Any] | NDArray[Any]) -> FloatArray:
    """Return how vectors (d,), one for each tile, vary: standard deviation, largest, smallest, float32 (3 d,).

    A small defect somewhere hardly moves a mean over the image; it moves the largest of the tiles.
    """
    table = np.asarray(tiled, np.float64)
    return np.concatenate([table.std(axis=0), table.max(axis=0), table.min(axis=0)]).astype(np.float32)


def joined(parts: Sequence[Any]) -> FloatArray:
    """Concatenate vectors, or lists of numbers, as float32."""
    return np.concatenate([np.asarray(part, np.float32).ravel() for part in parts])
