"""What keeps working after a fork, as gunicorn with preload and multiprocessing do it.

A forked child has its parent's memory, but only the thread that forked. A lock that another thread held stays locked,
and a pool has lost its threads: to use it, wait for it or only destroy it hangs or aborts the child. So locks are made
anew in the child, values that own threads are made again, and those of the parent are left alone.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from headway import posix
from headway.errors import RunError

T = TypeVar("T")

_guard = threading.RLock()  # held by whoever must not be forked half-way
_locks: weakref.WeakSet[Lock] = weakref.WeakSet()
_owners: weakref.WeakSet[Any] = weakref.WeakSet()
_before: list[Callable[[], None]] = []


@contextmanager
def no_fork() -> Iterator[None]:
    """Keep other threads from forking, and from entering such a body, while this one runs."""
    with _guard:
        yield


def before_fork(action: Callable[[], None]) -> Callable[[], None]:
    """Run an action before each fork of this process: a decorator."""
    _before.append(action)
    return action


def keep_in_children(owner: T) -> T:
    """Never destroy an object that owns threads in the children of this process; return it."""
    _owners.add(owner)
    return owner


def abandon(value: object) -> None:
    """Never destroy an object, not even when the interpreter ends."""
    import ctypes

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(value))


class Lock:
    """A reentrant lock that is free in a forked child, where whoever held it does not run.

    Examples
    --------
    >>> lock = Lock()
    >>> with lock, lock:
    ...     pass
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        _locks.add(self)

    def acquire(self, blocking: bool = True) -> bool:
        """Take the lock; return whether this thread has it now."""
        return self._lock.acquire(blocking)

    def release(self) -> None:
        """Give it back."""
        self._lock.release()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def renew(self) -> None:
        """Free the lock, as nobody else can."""
        self._lock = threading.RLock()


class PerProcess(Generic[T]):
    """A value that each process makes once, at its first use, however many threads ask for it. Copies start empty.

    Examples
    --------
    >>> value = PerProcess[list[int]]()
    >>> value.get(lambda: [1]) is value.get(lambda: [2])
    True
    """

    def __init__(self) -> None:
        self._made: tuple[int, T] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return PerProcess, ()

    @property
    def is_made(self) -> bool:
        """Whether this process has made it."""
        return self._made is not None and self._made[0] == os.getpid()

    def get(self, make: Callable[[], T]) -> T:
        """Return the value of this process, which ``make`` makes unless it is there."""
        made = self._made
        if made is None or made[0] != os.getpid():
            with no_fork():
                made = self._made
                if made is None or made[0] != os.getpid():
                    made = self._made = os.getpid(), make()
        return made[1]


class Origin:
    """The process in which something began that cannot go on in another."""

    def __init__(self) -> None:
        self._process = os.getpid()

    @property
    def is_here(self) -> bool:
        """Whether this is the process."""
        return self._process == os.getpid()

    def require(self, what: str) -> None:
        """Refuse to go on with ``what`` in another process.

        Raises
        ------
        RunError
            Instead of waiting for threads that are not there.
        """
        if not self.is_here:
            raise RunError(f"{what} was made before this process was forked, and cannot go on here: make a new one")


def _lock_before() -> None:
    _guard.acquire()
    for action in _before:
        action()


def _start_child() -> None:
    global _guard
    _guard = threading.RLock()
    for lock in list(_locks):
        lock.renew()
    for owner in list(_owners):
        abandon(owner)


posix.at_fork(before=_lock_before, after_in_parent=lambda: _guard.release(), after_in_child=_start_child)
