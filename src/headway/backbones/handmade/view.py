"""A picture in the forms that the descriptors read."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from headway.types import FloatArray, UInt8Array

Scalar = TypeVar("Scalar", bound=np.generic)

SCALES = (1, 2, 4)  # texture is described at the picture's own size, at a half and at a quarter of it


class View:
    """One picture; what several descriptors need of it is computed once.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (S, S, 3)
        The picture, S at least 64.

    Examples
    --------
    >>> view = View(np.full((64, 64, 3), 255, np.uint8))
    >>> view.grey(4).shape, int(view.grey(1)[0, 0])
    ((16, 16), 255)
    """

    def __init__(self, rgb: UInt8Array) -> None:
        self.rgb = rgb
        self._grey: dict[int, UInt8Array] = {}

    @cached_property
    def hsv(self) -> UInt8Array:
        """Hue, saturation and value, uint8 (S, S, 3), all from 0 to 255."""
        return np.asarray(Image.fromarray(self.rgb).convert("HSV"))

    def grey(self, scale: int = 1) -> UInt8Array:
        """Brightness (ITU-R 601), uint8 (S / scale, S / scale), averaged over ``scale`` × ``scale`` pixels."""
        if scale not in self._grey:
            if scale == 1:
                self._grey[1] = np.asarray(Image.fromarray(self.rgb).convert("L"))
            else:
                self._grey[scale] = np.asarray(Image.fromarray(self.grey()).reduce(scale))
        return self._grey[scale]


def tiles(plane: NDArray[Scalar], count: int) -> list[NDArray[Scalar]]:
    """Cut a picture or a map (h, w) into ``count`` × ``count`` tiles, row by row.

    Examples
    --------
    >>> [tile.shape for tile in tiles(np.zeros((5, 4)), 2)]
    [(3, 2), (3, 2), (2, 2), (2, 2)]
    """
    return [tile for row in np.array_split(plane, count) for tile in np.array_split(row, count, axis=1)]


def tile_means(plane: NDArray[Any], count: int) -> NDArray[np.float64]:
    """Return the mean of each of `tiles`, float64 (count², ), in one go.

    Examples
    --------
    >>> tile_means(np.eye(4), 2).tolist()
    [0.5, 0.0, 0.0, 0.5]
    """
    sums: NDArray[np.float64] = plane.astype(np.float64)
    for axis, length in enumerate(plane.shape):
        sizes = np.full(count, length // count)
        sizes[: length % count] += 1
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        shape = (-1, 1) if axis == 0 else (1, -1)
        sums = np.add.reduceat(sums, starts, axis=axis) / sizes.reshape(shape)
    return sums.ravel()


def moments(plane: NDArray[Any], count: int) -> NDArray[np.float64]:
    """Return mean and standard deviation of each of `tiles`, float64 (count², 2).

    Examples
    --------
    >>> moments(np.eye(4), 2).tolist()
    [[0.5, 0.5], [0.0, 0.0], [0.0, 0.0], [0.5, 0.5]]
    """
    means = tile_means(plane, count)
    squares = tile_means(np.square(plane, dtype=np.float64), count)
    return np.stack([means, np.sqrt(np.maximum(squares - means**2, 0))], axis=1)


def histogram(values: NDArray[Any], bins: int) -> FloatArray:
    """Return the square roots of the parts of ``values``, whole numbers below ``bins``, that fall in each bin.

    Euclidean distance between square roots is the Hellinger distance between the distributions. Heads tell classes
    apart better by it than by the parts themselves: the few that are large do not hide the others.

    Parameters
    ----------
    values : ndarray of an unsigned integer type
        Of any shape, at least one.
    bins : int
        How many there are.

    Returns
    -------
    ndarray of float32, shape (bins,)
        Its squares add up to 1.

    Examples
    --------
    >>> histogram(np.array([0, 2, 2, 2]), 3).round(2).tolist()
    [0.5, 0.0, 0.8700000047683716]
    """
    counts = np.bincount(values.ravel(), minlength=bins)
    return np.sqrt(counts / values.size).astype(np.float32)


def spread(tiled: Sequence[Any] | NDArray[Any]) -> FloatArray:
    """Say how a vector differs over the tiles of a picture, wherever they are: standard deviation, largest, smallest.

    A small defect somewhere hardly moves a mean over the picture; it moves the largest of the tiles.

    Parameters
    ----------
    tiled : sequence of ndarray of float, shape (d,)
        One vector for each tile.

    Returns
    -------
    ndarray of float32, shape (3 d,)

    Examples
    --------
    >>> spread([np.array([1.0]), np.array([3.0])]).tolist()
    [1.0, 3.0, 1.0]
    """
    table = np.asarray(tiled, np.float64)
    return np.concatenate([table.std(axis=0), table.max(axis=0), table.min(axis=0)]).astype(np.float32)


def joined(parts: Sequence[Any]) -> FloatArray:
    """Put vectors, or lists of numbers, behind each other, as float32."""
    return np.concatenate([np.asarray(part, np.float32).ravel() for part in parts])
