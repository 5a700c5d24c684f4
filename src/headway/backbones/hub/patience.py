"""Connections that no server holds for ever, however slowly it answers.

A time limit of a socket counts from the last byte, so one byte now and then is enough to keep it waiting. Here a watch
cuts the connection itself, wherever in an answer it is: in its headers, its length or its content.
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Any
from urllib.request import HTTPHandler, HTTPSHandler

from headway.errors import RunError

LIMIT = 60.0  # seconds for a listing or a configuration, and for each piece of a download


class Watch:
    """Cuts the connections that were made in the body of a ``with`` statement when time is up, which is a `RunError`.

    Parameters
    ----------
    message : str
        What is said then.

    Examples
    --------
    >>> with Watch("this took too long") as watch:
    ...     watch.renew()
    """

    def __init__(self, message: str) -> None:
        self._message = message
        self._connections: list[http.client.HTTPConnection] = []  # which forget their socket once an answer has begun
        self._sockets: list[socket.socket] = []
        self._done, self._is_over = threading.Event(), False
        self.renew()

    def renew(self) -> None:
        """Begin the time anew."""
        self._until = time.monotonic() + LIMIT

    def connect(self, connection: http.client.HTTPConnection, connect: Callable[[], None]) -> None:
        """Connect by a call, and watch the connection from its beginning, while a proxy makes it wait, too."""
        self._connections.append(connection)
        connect()
        self._sockets.append(connection.sock)
        if self._is_over:
            raise TimeoutError

    def __enter__(self) -> Watch:
        self.renew()
        threading.Thread(target=self._wait, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._done.set()
        if self._is_over and (error is None or isinstance(error, Exception)):
            raise RunError(self._message) from error

    def _wait(self) -> None:
        """Cut the connections when time is up: the body of a thread."""
        while (left := self._until - time.monotonic()) > 0:
            if self._done.wait(left):
                return
        self._is_over = True
        for each in [*self._sockets, *(connection.sock for connection in self._connections)]:
            with suppress(OSError, AttributeError):  # it is closed, or not made yet
                each.shutdown(socket.SHUT_RDWR)


class _Watched:
    """Makes the connections of one of urllib's handlers known to a watch."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def do_open(self, http_class: Callable[..., http.client.HTTPConnection], req: Any, **more: Any) -> Any:
        def make(*given: Any, **named: Any) -> http.client.HTTPConnection:
            connection = http_class(*given, **named)
            connect = partial(self._watch.connect, connection, connection.connect)
            connection.connect = connect  # type: ignore[method-assign]
            return connection

        return super().do_open(make, req, **more)  # type: ignore[misc]


class WatchedPlain(_Watched, HTTPHandler):
    """Connections without encryption."""


class WatchedEncrypted(_Watched, HTTPSHandler):
    """Connections by TLS."""
