"""Keep glibc from giving memory back to the system after every large tensor."""

from __future__ import annotations

import ctypes
import functools
import sys

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # of malloc.h
_LARGEST_INT = 2**31 - 1


@functools.cache
def keep_memory() -> bool:
    """Tell glibc's malloc to keep what PyTorch frees, for the rest of this process.

    By default each activation of more than 32 MiB is mapped anew, and smaller ones are trimmed: on virtual machines,
    where page faults are dear, training and eager inference spend more than half of their time in the kernel. It does
    what ``MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=…`` in the environment does, and must come before the first large
    tensor.

    Returns
    -------
    bool
        Whether it was done; there is nothing to do but on Linux with glibc.

    Examples
    --------
    >>> keep_memory() == keep_memory()
    True
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # musl has none
        return False
    return bool(mallopt(_M_MMAP_MAX, 0)) and bool(mallopt(_M_TRIM_THRESHOLD, _LARGEST_INT))
