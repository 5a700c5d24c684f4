"""How quickly a model predicts, from files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from headway.fitting import Fitted

PICTURES = 32


class Speed(NamedTuple):
    """How quickly a model predicts on this machine.

    Parameters
    ----------
    ms_per_picture : float
        Median of pictures predicted one by one, in milliseconds: what somebody waits.
    pictures_per_s : float
        Of many at once: what a machine gets done.
    """

    ms_per_picture: float
    pictures_per_s: float


def measure(fitted: Fitted, count: int = PICTURES) -> Speed:
    """Predict some of the test pictures, decoding included.

    Parameters
    ----------
    fitted : Fitted
        A model and its data.
    count : int
        How many pictures, at most.

    Returns
    -------
    Speed
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
    start = time.perf_counter()
    fitted.model.predict(pictures)
    return Speed(1000 * float(np.median(taken)), len(pictures) / (time.perf_counter() - start))
