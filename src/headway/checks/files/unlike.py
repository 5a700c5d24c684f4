"""Images that are far below the rest of their data set in something that is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.facts.images import ImageFacts

FEWEST = 30
"""Images that a distribution can be seen in."""

_DEVIATION = 1.4826  # of a normal distribution, in median absolute deviations


def far_below(values: NDArray[np.float64], deviations: float, least: float) -> NDArray[np.bool_]:
    """Say which values are below the median by so many robust standard deviations, and by ``least`` at any rate.

    The deviation is that of the values above the median, where what is looked for does not widen it.

    Examples
    --------
    >>> far_below(np.array([5.0, 5.1, 4.9, 5.0, 1.0]), 5.0, 2.0).tolist()
    [False, False, False, False, True]
    """
    median = np.median(values)
    deviation = _DEVIATION * float(np.median(values[values >= median] - median))
    return np.asarray(values < median - max(deviations * deviation, least))


def showing(facts: Sequence[ImageFacts | None]) -> list[tuple[int, ImageFacts]]:
    """Return the images in which something is to be seen, with their positions."""
    return [(row, fact) for row, fact in enumerate(facts) if fact and not fact.is_of_one_colour]
