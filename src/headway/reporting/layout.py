"""Pictures on a plane, near each other where the network finds them alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.analysis.maps import lay_out
from headway.preparation.association import sample_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.types import FloatArray, IntArray

MOST_POINTS = 800  # a page stays small, and the map takes seconds
SIDE = 1000  # of the square that points lie in
_MARGIN = 30
_STEPS = 500  # as good as 1,000, by its trustworthiness
_FEWEST = 5  # pictures: of fewer there is nothing to see


def points(n: int, read: Callable[[IntArray], FloatArray]) -> tuple[IntArray, IntArray]:
    """Lay out n pictures, or `MOST_POINTS` of them drawn at random.

    ``read`` returns the features (m, d) of pictures by their positions. Returns the positions (m,), ascending, and
    whole numbers (m, 2) from 0 to `SIDE`; nothing of fewer than 5 pictures.
    """
    # Both first: threads are limited of libraries that are loaded.
    import sklearn.decomposition
    import sklearn.manifold  # noqa: F401
    from threadpoolctl import threadpool_limits

    rows = sample_rows(n, MOST_POINTS, np.random.default_rng(0))
    if len(rows) < _FEWEST:
        return rows[:0], np.zeros((0, 2), np.int64)
    features = read(rows)
    if features.shape[1] < 2:  # a number a picture: the others are on a line, too
        features = np.hstack([features, np.zeros_like(features)])
    with threadpool_limits(1):  # on a busy machine its threads wait for each other, up to forty times as long
        _, places = lay_out(features, "tsne", steps=_STEPS)
    return rows, _in_square(places)


def _in_square(places: FloatArray) -> IntArray:
    """Scale points to whole numbers in the square; both axes by the same factor, since distances are what is seen."""
    low, high = places.min(axis=0), places.max(axis=0)
    extent = float((high - low).max()) or 1.0
    middle = (low + high) / 2
    scaled = (places - middle) / extent * (SIDE - 2 * _MARGIN) + SIDE / 2
    whole: IntArray = np.rint(scaled).astype(np.int64)
    return whole
