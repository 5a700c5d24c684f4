"""How long each stage of a run takes, and a length of time in words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """Seconds spent in each stage, and in all. A stage that is entered several times adds up.

    Examples
    --------
    >>> clock = Clock()
    >>> for _ in range(2):
    ...     with clock("test"):
    ...         pass
    >>> list(clock.seconds())
    ['test', 'total']
    """

    def __init__(self) -> None:
        self._stages: dict[str, float] = {}
        self._start = time.perf_counter()

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Count the time of the body of a ``with`` statement for a stage, also when the body raises."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self._stages[stage] = self._stages.get(stage, 0.0) + time.perf_counter() - start

    def seconds(self) -> dict[str, float]:
        """Return seconds by stage, and ``total``."""
        stages = {stage: round(seconds, 3) for stage, seconds in self._stages.items()}
        return stages | {"total": round(time.perf_counter() - self._start, 3)}


def duration(seconds: float) -> str:
    """Return a length of time as people write it.

    Examples
    --------
    >>> duration(0.42), duration(9.4), duration(75), duration(3600), duration(5700)
    ('0.4 s', '9.4 s', '75 s', '60 min', '1 h 35 min')
    """
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
