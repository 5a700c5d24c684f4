"""Calls that only some operating systems or C libraries have, each with what is done where it is missing.

============  ============================================  =====================================
here          uses                                          elsewhere
============  ============================================  =====================================
lock_file     ``fcntl.flock``, on Windows ``msvcrt``        nothing is locked
time_limit    ``SIGALRM`` and ``setitimer``, main thread    no limit
keep_memory   glibc's ``mallopt``                           malloc stays as it is
at_fork       ``os.register_at_fork``                       nothing: Windows cannot fork
has_storage   ``os.statvfs``                                everything is on a disk
most_files    ``resource.getrlimit``                        512, as on Windows
memory_bytes  ``os.sysconf``, a container's limit           8 GiB
============  ============================================  =====================================
"""

from __future__ import annotations

import ctypes
import errno
import functools
import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, Any


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


_fcntl, _msvcrt, _resource = _module("fcntl"), _module("msvcrt"), _module("resource")
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # of malloc.h
_LARGEST_INT = 2**31 - 1
_USUAL_MEMORY = 8 << 30
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def lock_file(file: IO[bytes], *, before_waiting: Callable[[], None] | None = None) -> bool:
    """Wait until no other process holds a lock on the file, and hold one until it is closed.

    ``before_waiting`` is called once where another process holds one (on Windows only after ten seconds). Returns
    whether it is locked: False where the system cannot.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryFile() as file:
    ...     lock_file(file)
    True
    """
    if _fcntl is not None:
        try:
            _fcntl.flock(file, _fcntl.LOCK_EX | _fcntl.LOCK_NB)
        except BlockingIOError:
            if before_waiting is not None:
                before_waiting()
            _fcntl.flock(file, _fcntl.LOCK_EX)
        return True
    if _msvcrt is not None:
        while not _lock_byte(file):
            if before_waiting is not None:
                before_waiting()
            before_waiting = None
        return True
    return False


def _lock_byte(file: IO[bytes]) -> bool:
    """Lock the first byte as Windows does, which gives up after ten seconds: return whether it is locked."""
    try:
        _msvcrt.locking(file.fileno(), _msvcrt.LK_LOCK, 1)
    except OSError as error:
        if error.errno != errno.EDEADLK:
            raise
        return False
    return True


def most_files() -> int:
    """Return how many files and connections this process may have open at a time.

    Examples
    --------
    >>> most_files() > 10
    True
    """
    soft = 512 if _resource is None else int(_resource.getrlimit(_resource.RLIMIT_NOFILE)[0])
    return soft if soft > 0 else sys.maxsize


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in the body of a ``with`` statement after some seconds.

    Only a signal can interrupt, for instance, the matching of a regular expression, and only in the main thread.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@functools.cache
def keep_memory() -> bool:
    """Keep glibc's malloc from returning freed memory to the system, for the rest of this process.

    By default each activation of more than 32 MiB is mapped anew, and smaller ones are trimmed: on virtual machines,
    where page faults are expensive, training and eager inference spend more than half of their time in the kernel. It
    does what ``MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=…`` in the environment does, and must come before the first
    large tensor. Returns whether it was done.

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


def has_storage(path: str | os.PathLike[str]) -> bool:
    """Say whether a path is on a file system that stores anything; ``/proc`` and ``/sys`` do not.

    Examples
    --------
    >>> has_storage(os.curdir)
    True
    """
    status = getattr(os, "statvfs", None)
    return status is None or status(path).f_blocks > 0


def at_fork(
    *, before: Callable[[], None], after_in_parent: Callable[[], None], after_in_child: Callable[[], None]
) -> bool:
    """Run actions around each fork of this process; returns whether it can fork at all."""
    register = getattr(os, "register_at_fork", None)
    if register is None:
        return False
    register(before=before, after_in_parent=after_in_parent, after_in_child=after_in_child)
    return True


def memory_bytes() -> int:
    """Return how many bytes of memory the machine has, or the container that this process is in.

    Examples
    --------
    >>> memory_bytes() > 0
    True
    """
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return _USUAL_MEMORY
    for limit in _LIMITS:
        try:
            total = min(total, int(Path(limit).read_text("ascii")))
        except (OSError, ValueError):  # "max" is no number
            continue
    return total
