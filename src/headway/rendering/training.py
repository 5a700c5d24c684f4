"""What is said while a network is trained."""

from __future__ import annotations

from headway.facts.training import ExpectedTime
from headway.rendering.words import about, plural


def expected_time(expected: ExpectedTime) -> str:
    """Say how long a training is likely to take.

    Examples
    --------
    >>> expected_time(ExpectedTime(10, 180.0, 0.0))
    'training takes about 3 min for 10 epochs'
    """
    again = f", then up to {about(expected.again_s)} once more on all pictures" if expected.again_s else ""
    return f"training takes {about(expected.seconds)} for {plural(expected.epochs, 'epoch')}{again}"
