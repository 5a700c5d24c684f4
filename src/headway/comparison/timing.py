"""How quickly a model predicts, from files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from headway.fitting import Fitted

_PICTURES = 32


def measure(fitted: Fitted) -> float:
    """Predict up to 32 of the test images one by one, decoding included; return the median in milliseconds."""
    division = fitted.division
    test = division.parts.test
    rows = test[np.linspace(0, len(test) - 1, min(_PICTURES, len(test))).astype(np.int64)]
    pictures = [division.data.pictures[row] for row in rows.tolist()]
    fitted.model.predict(pictures[:1])  # compiles the network
    seconds = []
    for picture in pictures:
        start = time.perf_counter()
        fitted.model.predict(picture)
        seconds.append(time.perf_counter() - start)
    return 1000 * float(np.median(seconds))
