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
_MOST_NUMBERS = 4_000_000  # distances at once


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
    squares = (sums**2).sum(axis=1)

    def distances(part: slice) -> NDArray[np.float64]:
        dot = _unit(features[rows[part]]) @ sums.T
        own = labels[part][:, None] == classes
        # Without the image itself, the sum is shorter: |s - x|² = |s|² - 2 s·x + |x|².
        length = squares - own * (2 * dot - 1)
        apart: NDArray[np.float64] = 1 - (dot - own) / np.sqrt(np.maximum(length, 1e-12))
        return apart

    # Twice, some rows at a time: of thousands of classes, the distances of all take gigabytes.
    parts = list(_parts(len(rows), min(_BLOCK, max(1, _MOST_NUMBERS // len(classes)))))
    own_place = np.searchsorted(classes, labels)  # 0 for no label
    own = np.concatenate([distances(part)[np.arange(len(own_place[part])), own_place[part]] for part in parts])
    usual = np.array([np.median(own[labels == one]) for one in classes.tolist()])
    nearest = [(distances(part) / np.maximum(usual, 1e-12)).min(axis=1) for part in parts]
    together: NDArray[np.float64] = np.concatenate(nearest)
    return together


def _parts(n: int, step: int = _BLOCK) -> Iterator[slice]:
    return (slice(start, start + step) for start in range(0, n, step))


def _unit(features: FloatArray) -> FloatArray:
    unit: FloatArray = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    return unit
