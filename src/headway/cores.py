"""The processor cores of this process."""

from __future__ import annotations

import os


def cpu_count() -> int:
    """Return how many cores this process may use.

    Examples
    --------
    >>> cpu_count() >= 1
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
