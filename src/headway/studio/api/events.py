"""Server-sent events: the page hears of every change, whoever made it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

BEAT_SECONDS = 15.0
"""Between two lines that say nothing but that the connection is alive."""

_LEAST_SECONDS = 0.1  # between two events
_LOOK_SECONDS = 2.0  # between two looks at what was changed from outside


class Events:
    """Who listens; `tell` may be called from any thread."""

    def __init__(self) -> None:
        self._listeners: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._is_closed = False

    def tell(self) -> None:
        """Wake all listeners."""
        for event, loop in list(self._listeners.items()):
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

    def close(self) -> None:
        """Let all streams end."""
        self._is_closed = True
        self.tell()

    async def stream(
        self, state: Callable[[], Awaitable[dict[str, bytes]]], look: Callable[[], Awaitable[object]]
    ) -> AsyncIterator[bytes]:
        """Yield what has changed of some named events, all of them at first.

        Parameters
        ----------
        state : coroutine function
            Returns the content of each event, by name.
        look : coroutine function
            Looks for changes that nobody tells of.
        """
        changed = asyncio.Event()
        changed.set()
        self._listeners[changed] = asyncio.get_running_loop()
        told: dict[str, bytes] = {}
        quiet = 0.0
        try:
            while not self._is_closed:
                if changed.is_set():
                    changed.clear()
                    now = await state()
                    for name, content in now.items():
                        if told.get(name) != content:
                            yield b"event: %s\ndata: %s\n\n" % (name.encode(), content)
                            quiet = 0.0
                    told = now
                    await asyncio.sleep(_LEAST_SECONDS)
                    continue
                try:
                    await asyncio.wait_for(changed.wait(), _LOOK_SECONDS)
                except TimeoutError:
                    await look()
                    quiet += _LOOK_SECONDS
                    if quiet >= BEAT_SECONDS:
                        quiet = 0.0
                        yield b": still here\n\n"
        finally:
            del self._listeners[changed]
