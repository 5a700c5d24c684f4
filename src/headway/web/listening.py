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

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_HEADER_SECONDS = 10  # from a connection, or from the first byte of its next request, to the end of the headers
_IDLE_SECONDS = 20  # between two requests of a connection
_BACKLOG = 2048
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
    """Closes a connection whose headers do not come, which would take a place from others."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        if self._waiting is None and (self.cycle is None or self.cycle.response_complete):
            self._wait()
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(_HEADER_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


class _Ready(Server):
    """Says when it answers."""

    on_ready: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.on_ready()


def run(app: ASGIApp, sock: socket.socket, on_ready: Callable[[], None], *, grace: float) -> None:
    """Answer requests until SIGINT or SIGTERM; what was accepted by then is answered within ``grace`` seconds."""
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # what matters is logged by the application
    config = Config(
        app,
        http=_Impatient,
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
    server.on_ready = on_ready
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
