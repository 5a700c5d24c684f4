"""What a server says of itself: a JSON object a line on standard error, and never anything of a picture or its name."""

from __future__ import annotations

import json
import select
import sys
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from headway.serving.metrics import Metrics

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_lock = threading.Lock()


def log(event: str, **fields: object) -> None:
    """Write a line; who reads it no longer is no reason to stop, and who reads too slowly none to wait."""
    line = json.dumps({"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **fields})
    try:
        with _lock:
            if _has_room():
                sys.stderr.write(line + "\n")
                sys.stderr.flush()
    except (OSError, ValueError):
        pass


def _has_room() -> bool:
    """Say whether a line can be written at once; a pipe with room has it for more than one."""
    try:
        return bool(select.select([], [sys.stderr], [], 0)[1])
    except (OSError, ValueError):  # not something that one could wait for
        return True


class Observed:
    """ASGI middleware that logs and counts every request, once it is answered, by its route and never by its query.

    Parameters
    ----------
    app : ASGI application
        What answers.
    metrics : Metrics
        What counts.
    routes : frozenset of str
        Paths that are told apart; all others are one, or a client could make more names than memory holds.
    is_quiet : bool
        Whether requests that went well are not logged.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, routes: frozenset[str], *, is_quiet: bool) -> None:
        self._app = app
        self._metrics = metrics
        self._routes = routes
        self._is_quiet = is_quiet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, and note what became of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin = time.perf_counter()
        status, sent = 0, 0

        async def noted(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:
            log("error", kind=type(error).__name__, where=_where(error))
            raise
        finally:
            seconds = time.perf_counter() - begin
            route = scope["path"] if scope["path"] in self._routes else "other"
            self._metrics.requests.labels(route, str(status)).inc()
            self._metrics.seconds.labels(route).observe(seconds)
            if status >= 400 or not self._is_quiet:
                client = scope["client"][0] if scope.get("client") else None
                log("request", client=client, method=scope["method"], route=route, status=status, bytes=sent,
                    ms=round(1000 * seconds, 1))  # fmt: skip


def _where(error: BaseException) -> str:
    """Return the place in the code that an error comes from: its message may hold what a client sent."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__')}, line {trace.tb_lineno}" if trace is not None else "unknown"
