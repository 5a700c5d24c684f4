"""How quickly a model predicts, from files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from headway.fitting import Fitted

PICTURES = 32


def measure(fitted: Fitted, count: int = PICTURES) -> float:
    """Predict some of the test pictures one by one, decoding included.

    Parameters
    ----------
    fitted : Fitted
        A model and its data.
    count : int
        How many pictures, at most.

    Returns
    -------
    float
        The median, in milliseconds: what somebody waits.
    """
    test = fitted.division.parts.test
    chosen = test[np.linspace(0, len(test) - 1, min(count, len(test))).astype(np.int64)]
    pictures = [fitted.division.data.pictures[row] for row in chosen.tolist()]
    fitted.model.predict(pictures[:1])  # compiles the network
    taken = []
    for picture in pictures:
        start = time.perf_counter()
        fitted.model.predict(picture)
        taken.append(time.perf_counter() - start)
    return 1000 * float(np.median(taken))
