"""303 outliers: images that are far from every class, such as those of something else altogether.

How far an image is from a class is one less the cosine of its features to the mean of the class, without itself, in
units of what is usual (the median) for images of the class; what counts is the class that it is nearest to. So an image
with a wrong label is no outlier, and a few outliers that resemble each other do not hide each other, as they would from
their nearest neighbours. What is far is read off the distances of most: beyond the third quartile by 5.5 times the
way from there to the last tenth. Of an exponential tail one image in 600 would be there, and tails of clean data are
lighter than that. It is a warning where some are beyond 7 times that way, or more are far than such a tail explains,
and a note otherwise.

Evidence: ``images`` that were looked at; ``limit``, how many times as far as usual is far. Value: how many times as
far as usual.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from headway.checks.base import Found, Proposal, TooLittle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.checks.context import Context
    from headway.types import FloatArray, IntArray

LEAST = 100  # images, below which their tail cannot be told
LEAST_OF_CLASS = 10
FAR, VERY_FAR = 5.5, 7.0
TAIL = 0.25 * 0.4**FAR  # share of an exponential distribution that is far
CHANCE = 0.001  # of a warning because of how many are far
_BLOCK = 4096


def run(context: Context) -> Iterator[Found]:
    """Find images that are far from every class."""
    from scipy.special import bdtrc  # the tail of a binomial; scipy.stats takes half a second to import

    labels = context.labels if (context.labels >= 0).any() else np.zeros(len(context), np.int64)
    sizes = np.bincount(labels[labels >= 0])
    classes = np.flatnonzero(sizes >= LEAST_OF_CLASS)
    rows = np.flatnonzero((labels < 0) | np.isin(labels, classes))
    if len(rows) < LEAST or not len(classes):
        raise TooLittle("pictures", LEAST, len(rows) if len(classes) else 0)
    distance = _distances(context.features, rows, labels[rows], classes)
    quartile, decile = np.quantile(distance, [0.75, 0.9])
    way = decile - quartile
    far = np.flatnonzero((distance > quartile + FAR * way) & (distance > 1))
    if not len(far):
        return
    far = far[np.argsort(-distance[far], kind="stable")]
    many = float(bdtrc(len(far) - 1, len(rows), TAIL)) < CHANCE
    yield Found(
        "warning" if many or distance[far[0]] > quartile + VERY_FAR * way else "note",
        rows[far],
        evidence={"images": len(rows), "limit": float(quartile + FAR * way)},
        values=distance[far].tolist(),
        proposals=[Proposal("drop")] * len(far),
    )


def _distances(features: FloatArray, rows: IntArray, labels: IntArray, classes: IntArray) -> NDArray[np.float64]:
    """How many times as far as usual each image is from the class that it is nearest to."""
    sums = np.zeros((len(classes), features.shape[1]))
    for part in _parts(len(rows)):
        unit = _unit(features[rows[part]])
        for place, one in enumerate(classes.tolist()):
            sums[place] += unit[labels[part] == one].sum(axis=0, dtype=np.float64)
    distance = np.empty((len(rows), len(classes)))
    for part in _parts(len(rows)):
        unit = _unit(features[rows[part]])
        dot = unit @ sums.T
        own = labels[part][:, None] == classes
        # Without the image itself, the sum is shorter: |s - x|² = |s|² - 2 s·x + |x|².
        length = (sums**2).sum(axis=1) - own * (2 * dot - 1)
        distance[part] = 1 - (dot - own) / np.sqrt(np.maximum(length, 1e-12))
    usual = np.array([np.median(distance[labels == one, place]) for place, one in enumerate(classes.tolist())])
    nearest: NDArray[np.float64] = (distance / np.maximum(usual, 1e-12)).min(axis=1)
    return nearest


def _parts(n: int) -> Iterator[slice]:
    return (slice(start, start + _BLOCK) for start in range(0, n, _BLOCK))


def _unit(features: FloatArray) -> FloatArray:
    unit: FloatArray = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    return unit
