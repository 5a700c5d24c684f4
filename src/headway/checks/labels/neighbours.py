"""The labels of the images that are most alike: what a linear classifier may overlook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

_NEIGHBOURS = 10
_DIRECTIONS = 256  # random ones keep cosines to within about 1 / √256
_REFERENCES = (
    20_000  # neighbours are sought among so many at most, so that time grows with the images, not their square
)
_BLOCK = 1024
_DOUBT = 3.0  # votes that are spread over all classes alike
_WEIGHT = 0.35  # of the votes beside the classifier, which was fitted to the same features


def joined(probabilities: FloatArray, features: FloatArray, labels: IntArray, seed: int) -> FloatArray:
    """Return probabilities (n, k) that take the votes of the nearest neighbours into account."""
    counts = votes(features, labels, probabilities.shape[1], seed)
    k = probabilities.shape[1]
    shares = (counts + _DOUBT / k) / (counts.sum(axis=1, keepdims=True) + _DOUBT)
    weighted = np.maximum(probabilities, 1e-12) * shares**_WEIGHT
    together: FloatArray = weighted / weighted.sum(axis=1, keepdims=True)
    return together


def votes(features: FloatArray, labels: IntArray, n_classes: int, seed: int) -> FloatArray:
    """Count the labels of the 10 nearest neighbours of each image, by the cosine of standardised features (n, k)."""
    rng = np.random.default_rng(seed)
    directions = _project(features, rng)
    n = len(directions)
    among = np.sort(rng.permutation(n)[:_REFERENCES])
    references, names = directions[among].T, labels[among]
    k = min(_NEIGHBOURS, len(among) - 1)
    counts = np.zeros((n, n_classes), dtype=np.float32)
    for start in range(0, n, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, n))
        likeness = directions[rows] @ references
        place = np.searchsorted(among, rows)
        itself = among[np.minimum(place, len(among) - 1)] == rows
        likeness[np.flatnonzero(itself), place[itself]] = -np.inf
        nearest = np.argpartition(likeness, len(among) - k, axis=1)[:, len(among) - k :]
        np.add.at(counts, (rows[:, None], names[nearest]), 1)
    return counts


def _project(features: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Standardise, project on random directions, and scale to length 1."""
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    scale = 1 / np.where(deviation > 0, deviation, 1)
    to = rng.standard_normal((features.shape[1], _DIRECTIONS), dtype=np.float32) * scale[:, None]
    projected = features @ to - mean @ to
    unit: FloatArray = projected / np.maximum(np.linalg.norm(projected, axis=1, keepdims=True), 1e-12)
    return unit
