"""How long each stage of a run takes."""

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
