"""The labels of the images that are most alike: what a linear classifier may overlook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.heads.parallel import each, one_blas_thread, row_blocks

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

_NEIGHBOURS = 10
_DIRECTIONS = 256  # random ones keep cosines to within about 1 / √256
# Neighbours are sought among so many at most, so that time grows with the images, not their square.
_REFERENCES = 10_000
_BLOCK = 1024
_DOUBT = 3.0  # votes that are spread over all classes alike
_WEIGHT = 0.25  # of the votes beside the classifier, which was fitted to the same features


def joined(probabilities: FloatArray, features: FloatArray, rows: IntArray, labels: IntArray, seed: int) -> FloatArray:
    """Return probabilities (m, k) that take the votes of the nearest neighbours into account.

    Features (n, d) are of all images, labels (m,) of the m in ``rows``.
    """
    k = probabilities.shape[1]
    counts = votes(features, rows, labels, k, seed)
    shares = (counts + _DOUBT / k) / (counts.sum(axis=1, keepdims=True) + _DOUBT)
    weighted = np.maximum(probabilities, 1e-12) * shares**_WEIGHT
    together: FloatArray = weighted / weighted.sum(axis=1, keepdims=True)
    return together


@one_blas_thread()
def votes(features: FloatArray, rows: IntArray, labels: IntArray, n_classes: int, seed: int) -> FloatArray:
    """Count the labels of the 10 nearest neighbours of each image, by the cosine of standardised features (m, k).

    Of more that are as near as the tenth, each counts a little less.
    """
    rng = np.random.default_rng(seed)
    directions = _project(features, rows, rng)
    n = len(directions)
    among = np.sort(rng.permutation(n)[:_REFERENCES])
    references = directions[among].T
    is_of = (labels[among][:, None] == np.arange(n_classes)).astype(np.float32)
    k = min(_NEIGHBOURS, len(among) - 1)
    counts = np.zeros((n, n_classes), dtype=np.float32)

    def count(rows: slice) -> None:
        part = np.arange(n)[rows]
        likeness = directions[part] @ references
        place = np.searchsorted(among, part)
        itself = among[np.minimum(place, len(among) - 1)] == part
        likeness[np.flatnonzero(itself), place[itself]] = -np.inf
        last = np.partition(likeness, len(among) - k, axis=1)[:, len(among) - k, None]
        counts[part] = (likeness >= last).astype(np.float32) @ is_of

    each(count, row_blocks(n))
    nearest: FloatArray = counts * (k / counts.sum(axis=1, keepdims=True))
    return nearest


def _project(features: FloatArray, rows: IntArray, rng: np.random.Generator) -> FloatArray:
    """Standardise, project on random directions, and scale to length 1; without a copy of all features."""
    parts = [rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK)]
    mean = sum(features[part].sum(axis=0, dtype=np.float64) for part in parts) / len(rows)
    variance = sum(((features[part] - mean) ** 2).sum(axis=0) for part in parts) / len(rows)
    scale = 1 / np.sqrt(np.where(variance > 0, variance, 1))
    to = (rng.standard_normal((features.shape[1], _DIRECTIONS)) * scale[:, None]).astype(np.float32)
    origin = mean.astype(np.float32) @ to
    projected = np.concatenate([features[part] @ to - origin for part in parts])
    unit: FloatArray = projected / np.maximum(np.linalg.norm(projected, axis=1, keepdims=True), 1e-12)
    return unit
