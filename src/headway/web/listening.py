"""Where one listens, and for how long: sockets, uvicorn, and an end that answers what was accepted."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from headway.errors import UserError
from headway.posix import most_files

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_HEADER_SECONDS = 10  # from a connection, or from the first byte of its next request, to the end of the headers
_IDLE_SECONDS = 20  # between two requests of a connection
_MOST_HEAD_BYTES = 64 << 10  # of a request before its body
_BODIES = frozenset({b"content-length", b"transfer-encoding"})
_UNREAD_SECONDS = 60  # in which nothing of an answer is taken
_BACKLOG = 2048
_ACCEPTED = 16  # connections that are accepted in one go
_MOST_CONNECTIONS = 1024
_OTHER_FILES = 64  # that a server may have open at a time
_FULL = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TRIED = 20  # ports that may be proposed


def listen(host: str, port: int, *, option: str = "--port") -> socket.socket:
    """Return a socket that listens; port 0 means any that is free.

    Raises
    ------
    UserError
        When the address is not this machine's, or the port is taken: it says by whom, where that can be known, and
        which port is free.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise UserError(f"there is no address {host!r} here: give one with --host") from error
    sock = socket.socket(family, kind, protocol)
    try:
        if sys.platform == "win32":  # where that option would let another program take the port over
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(_BACKLOG)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            raise UserError(_taken(host, port, option)) from error
        raise UserError(f"cannot listen on {host}, port {port}: {(error.strerror or str(error)).lower()}") from error
    return sock


def address_of(sock: socket.socket) -> str:
    """Return the address to open for what listens: this machine's own, where it listens on all."""
    host, port = sock.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _taken(host: str, port: int, option: str) -> str:
    owner = owner_of(port)
    by = f" by {owner}" if owner else ""
    free = next((other for other in range(port + 1, min(port + _TRIED, 65_536)) if _is_free(host, other)), 0)
    return f"port {port} is taken{by}; give another: {option} {free}"


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock, contextlib.suppress(OSError):
        sock.bind((host, port))
        return True
    return False


def owner_of(port: int) -> str | None:
    """Return what listens on a port of this machine, as "python (process 4711)"; None where that cannot be known."""
    proc = Path("/proc")
    inodes = {f"socket:[{inode}]" for inode in _listeners(proc, port)}
    if not inodes:
        return None
    for folder in proc.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(str(handle.readlink()) in inodes for handle in (folder / "fd").iterdir()):
                name = (folder / "comm").read_text("utf-8", "replace").strip()
                return f"{name} (process {folder.name})"
    return None


def _listeners(proc: Path, port: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in (proc / "net" / table).read_text().splitlines()[1:]:
                cells = line.split()
                if cells[3] == "0A" and int(cells[1].rpartition(":")[2], 16) == port:
                    yield cells[9]


class _Impatient(HttpToolsProtocol):
    """Closes a connection that would take place from others.

    That is one whose headers do not come, or do not end, or whose answer is not taken; and where there are too many,
    the one that has been without a request for longest.
    """

    most: int
    _idle_since = 0.0
    _waiting: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _head_bytes: int | None = None  # of the headers that are coming; None where none are
    _refusal = ""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._idle_since = self.loop.time()
        self._wait()
        if len(self.connections) > self.most:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        if self._waiting is None and (self.cycle is None or self.cycle.response_complete):
            self._wait()
        has_begun = self._head_bytes is not None  # rather than within this piece, behind a body
        super().data_received(data)
        if has_begun and self._head_bytes is not None:
            self._head_bytes += len(data)
            if self._head_bytes > _MOST_HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response(f"The headers of a request may have {_MOST_HEAD_BYTES >> 10} KiB at most.")

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._head_bytes is not None:  # what follows a body in chunks is never read
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        self._head_bytes = None
        if self.parser.should_upgrade() and any(name in _BODIES for name, _ in self.headers):
            # The parser takes a body for the other protocol's, and what came of it later for the next request.
            self._refusal = "A request with a body cannot change the protocol: send it as HTTP/1.1, without Upgrade."
            raise ValueError(self._refusal)
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        super().send_400_response(self._refusal or msg)

    def on_response_complete(self) -> None:
        self._idle_since = self.loop.time()
        super().on_response_complete()

    def pause_writing(self) -> None:
        self._unread = self.loop.call_later(_UNREAD_SECONDS, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        self._stop_unread()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_unread()
        super().connection_lost(exc)

    def _make_room(self) -> None:
        idle = [
            other
            for other in self.connections
            if isinstance(other, _Impatient) and (other.cycle is None or other.cycle.response_complete)
        ]
        oldest = min((other for other in idle if other is not self), key=lambda other: other._idle_since, default=None)
        if oldest is None:
            self.transport.write(_FULL)
            self.transport.close()
        else:
            oldest.transport.abort()
            self.connections.discard(oldest)

    def _stop_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(_HEADER_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


class _Ready(Server):
    """Says when it answers, and when it is about to end."""

    on_ready: Callable[[], None]
    on_end: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for sock in sockets or ():
            sock.listen(_BACKLOG)  # what asyncio accepts in one go is another number
        if self.started:
            self.on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.on_end()
        await super().shutdown(sockets)


def run(
    app: ASGIApp,
    sock: socket.socket,
    on_ready: Callable[[], None],
    *,
    grace: float,
    on_end: Callable[[], None] = lambda: None,
) -> None:
    """Answer requests until SIGINT or SIGTERM; what was accepted by then is answered within ``grace`` seconds.

    ``on_end`` is called before that is waited for: answers that would never end must come to theirs.
    """
    _Impatient.most = min(_MOST_CONNECTIONS, max(most_files() - 4 * _ACCEPTED - _OTHER_FILES, _ACCEPTED))
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # what matters is logged by the application
    config = Config(
        app,
        http=_Impatient,
        backlog=_ACCEPTED,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=round(grace),
    )
    server = _Ready(config)
    server.on_ready, server.on_end = on_ready, on_end
    with _ended_by_signals():
        server.run(sockets=[sock])


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Take a signal that ended the server as its good end: uvicorn, which handled it, sends it once more."""
    numbers = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    before = [(number, signal.signal(number, lambda number, frame: None)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
