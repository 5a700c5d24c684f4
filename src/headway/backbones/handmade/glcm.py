"""Statistics of the grey-level co-occurrence matrix: how often two brightnesses stand at a given distance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.backbones.handmade.view import SCALES, joined, spread, tiles
from headway.optional import import_optional

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.backbones.handmade.view import View
    from headway.types import FloatArray, UInt8Array

LEVELS = 32  # more make the matrix sparse, and slow
DISTANCES = (1, 2, 4)  # pixels
TILE_DISTANCES = (1, 2)
TILES = 4
ANGLES = (0.0, np.pi / 4, np.pi / 2, 3 * np.pi / 4)
PROPERTIES = ("contrast", "dissimilarity", "homogeneity", "energy", "correlation", "ASM", "entropy")
_NO_VARIANCE = 1e-12  # below, all pixels are equally bright; rounding leaves as much
WIDTH = 2 * len(PROPERTIES) * (len(DISTANCES) * len(SCALES) + 3 * len(TILE_DISTANCES))
PARAMETERS = {
    "levels": LEVELS,
    "distances": DISTANCES,
    "tile_distances": TILE_DISTANCES,
    "tiles": TILES,
    "scales": SCALES,
    "properties": PROPERTIES,
}


def describe(view: View) -> FloatArray:
    """Describe texture by co-occurrence, at three scales, and how it differs from place to place, float32 (210,).

    Of the four directions, each property's mean and range are features (Haralick's advice): an image turned by a right
    angle has the same.

    Haralick, Shanmugam and Dinstein: Textural features for image classification. IEEE Transactions on Systems, Man and
    Cybernetics 3, 1973.
    """
    matrices = [cooccurrence(view.grey(scale), DISTANCES) for scale in SCALES]
    matrices += [cooccurrence(tile, TILE_DISTANCES) for tile in tiles(view.grey(), TILES)]
    values = properties(np.concatenate(matrices, axis=2))
    either = np.concatenate([values.mean(axis=-1), np.ptp(values, axis=-1)])  # (14, matrices)
    whole, tiled = np.split(either, [len(SCALES) * len(DISTANCES)], axis=1)
    tiled = tiled.reshape(len(either), TILES**2, len(TILE_DISTANCES))
    return joined([whole, spread(tiled.transpose(1, 0, 2))])


def cooccurrence(grey: UInt8Array, distances: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the probability of each pair of brightnesses, in either order, float64 (32, 32, distances, 4).

    Distances are in pixels; the four directions are 0°, 45°, 90° and 135°.
    """
    feature = import_optional("skimage.feature", "handmade")
    levels = grey // (256 // LEVELS)
    matrix: NDArray[np.float64] = feature.graycomatrix(
        levels, distances, ANGLES, levels=LEVELS, symmetric=True, normed=True
    )
    return matrix


def properties(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each of `PROPERTIES`, (7, n, 4), of matrices (32, 32, n, 4) from `cooccurrence`; entropy is in bits."""
    i, j = np.indices((LEVELS, LEVELS)).reshape(2, -1)
    difference = i - j
    # scikit-image's `graycoprops` gives the same, and takes ten times as long: it normalises again for each property.
    weights = np.stack([difference**2, abs(difference), 1 / (1 + difference**2), i, i**2, i * j])
    pairs = matrices.reshape(LEVELS**2, *matrices.shape[2:])
    # Not a product of matrices: the last bits of that may depend on how many threads BLAS has.
    contrast, dissimilarity, homogeneity, mean, square, product = np.einsum("wp,pna->wna", weights, pairs)
    variance = square - mean**2  # of either pixel, as pairs count in either order
    flat = variance < _NO_VARIANCE
    correlation = np.where(flat, 1, (product - mean**2) / np.where(flat, 1, variance))
    asm = np.einsum("pna,pna->na", pairs, pairs)
    logarithms = np.log2(pairs, out=np.zeros_like(pairs), where=pairs > 0)
    entropy = -np.einsum("pna,pna->na", pairs, logarithms)
    return np.stack([contrast, dissimilarity, homogeneity, np.sqrt(asm), correlation, asm, entropy])
