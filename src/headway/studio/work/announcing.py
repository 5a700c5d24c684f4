"""Whoever wants to know is told that something has changed, a few times a second at most."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

EVERY = 0.1  # seconds


class Announcer:
    """Calls those who listen in a thread of its own, soon after a change; of changes in between, once for all.

    Examples
    --------
    >>> told = threading.Event()
    >>> announcer = Announcer()
    >>> announcer.listen(told.set)
    >>> announcer.announce()
    >>> told.wait(5)
    True
    >>> announcer.close()
    """

    def __init__(self, every: float = EVERY) -> None:
        self._every = every
        self._changed = threading.Event()
        self._closed = threading.Event()
        self._listeners: tuple[Callable[[], None], ...] = ()
        self._thread = threading.Thread(target=self._run, name="headway-announcer", daemon=True)
        self._thread.start()

    def listen(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` after each change."""
        self._listeners = (*self._listeners, callback)

    def announce(self) -> None:
        """Say, from any thread, that something has changed."""
        self._changed.set()

    def close(self) -> None:
        """Tell those who listen what was not told yet, and end."""
        self._closed.set()
        self._changed.set()
        self._thread.join()

    def _run(self) -> None:
        is_over = False
        while not is_over:
            self._changed.wait()
            is_over = self._closed.is_set()
            self._changed.clear()
            for callback in self._listeners:
                try:
                    callback()
                except Exception:  # one who fails keeps nobody else from being told
                    logging.getLogger(__name__).exception("a listener failed")
            self._closed.wait(self._every)
