"""Points at which long work may be stopped, also in threads.

Work is stopped by its `Progress`, which only the thread that it belongs to may call: that thread asks it at every
`safe_point`. Other threads, which work for it, learn at theirs that nobody waits for them any more.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from headway.types import Progress


@dataclass(frozen=True, eq=False)
class _Watch:
    progress: Progress
    thread: int = field(default_factory=threading.get_ident)  # that may ask it
    stopped: threading.Event = field(default_factory=threading.Event)


_watch: ContextVar[_Watch | None] = ContextVar("watch", default=None)


class StoppedError(Exception):
    """Ends work whose result nobody waits for."""


@contextmanager
def stoppable(progress: Progress) -> Iterator[None]:
    """Let a progress stop the body of a ``with`` statement, by what it raises at a `safe_point`.

    Threads take part that run in a copy of the body's context.

    Examples
    --------
    >>> from headway.types import Silent
    >>> class Impatient(Silent):
    ...     def advance(self, steps=1):
    ...         raise TimeoutError("that is enough")
    >>> with stoppable(Impatient()):
    ...     safe_point()
    Traceback (most recent call last):
    TimeoutError: that is enough
    """
    token = _watch.set(_Watch(progress))
    try:
        yield
    finally:
        _watch.reset(token)


def safe_point() -> None:
    """Come to a point at which work may be stopped: to be called between the steps of all that takes long."""
    watch = _watch.get()
    if watch is None:
        return
    if watch.thread != threading.get_ident():
        if watch.stopped.is_set():
            raise StoppedError
        return
    try:
        watch.progress.advance(0)
    except BaseException:
        watch.stopped.set()
        raise
