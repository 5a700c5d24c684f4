"""Who may ask: the guard that every request passes before anything else sees it.

Three attacks matter to a server on a person's own machine. Another site in the same browser can send requests to
loopback: they bear its ``Origin``, and have no token. A site can point its own name at 127.0.0.1 (DNS rebinding): such
requests name that site as ``Host``. And whoever can reach the port can send anything: elsewhere than on loopback
nothing is answered without a token.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import re
import socket
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": a browser would call the origin of a form "null", too.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([^\s/?#@:\[\]]+))(?::[0-9]{1,5})?")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
LEAST_TOKEN = 16
"""Characters of a token."""


def is_loopback(host: str) -> bool:
    """Say whether an address can be reached from its own machine only.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0"), is_loopback("example.org")
    (True, True, False, False)
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def hosts_of(host: str, others: Iterable[str] = ()) -> frozenset[str]:
    """Return the names that requests may call a server by that listens on ``host``."""
    own = _LOOPBACK if is_loopback(host) else _LOOPBACK | {host, socket.gethostname().lower(), socket.getfqdn().lower()}
    return frozenset(own) | {name.lower() for name in others}


class Guard:
    """ASGI middleware that lets through what may be asked, and adds the headers that keep a browser safe.

    Parameters
    ----------
    app : ASGI application
        What is guarded.
    hosts : frozenset of str
        Names that a request may call the server by, without ports. An address of numbers is let through where
        ``token`` is needed: no site can make a browser use one for its own name.
    token : str or None
        What a request must bear, as ``Authorization: Bearer …``; None where none is needed.
    cookie : str or None
        Name of a cookie that may hold the token in its place. It is set by ``GET /?token=…``, as a browser is sent to.
    open_paths : frozenset of str
        Paths that need no token.
    end : callable
        Ends answers that would go on for ever; for `headway.web.listening.run`.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: frozenset[str],
        token: str | None = None,
        cookie: str | None = None,
        open_paths: frozenset[str] = frozenset(),
        end: Callable[[], None] = lambda: None,
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._token = token
        self._cookie = cookie
        self._open = open_paths
        self.end = end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if (refusal := self._refusal(scope, headers)) is not None:
            await _refuse(send, *refusal)
        elif self._brings_token(scope):
            await self._set_cookie(send)
        else:
            await self._app(scope, receive, _hardened(send))

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[int, str, str] | None:
        host, *others = headers.getlist("host") or [""]
        if others or not self._is_own(host):
            return 421, "wrong-host", "this server does not answer to that name (Host)"
        origin = headers.get("origin")
        if scope["method"] not in _SAFE and origin is not None and not self._is_same(origin, host):
            return 403, "wrong-origin", "a page of another site cannot change anything here"
        if self._token is None or scope["path"] in self._open or self._bears_token(headers):
            return None
        if self._brings_token(scope):
            return None
        return 401, "no-token", "a token is needed, and this request has none that is right"

    def _is_own(self, host: str) -> bool:
        name = _hostname(host)
        return name in self._hosts or (self._token is not None and _is_address(name))

    @staticmethod
    def _is_same(origin: str, host: str) -> bool:
        # The port counts, too: another port is another site. `null` is the origin of a page in a sandbox.
        return origin.lower() in (f"http://{host.lower()}", f"https://{host.lower()}")

    def _bears_token(self, headers: Headers) -> bool:
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self._is_token(given.strip()):
            return True
        # Other programs of this machine may have set cookies of any form, or of this name: they share the host.
        pairs = (pair.strip().partition("=") for each in headers.getlist("cookie") for pair in each.split(";"))
        return any(self._is_token(value) for name, _, value in pairs if name == self._cookie)

    def _brings_token(self, scope: Scope) -> bool:
        if self._cookie is None or scope["method"] != "GET" or scope["path"] != "/":
            return False
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        return len(given) == 1 and self._is_token(given[0])

    def _is_token(self, given: str) -> bool:
        return self._token is not None and hmac.compare_digest(given.encode(), self._token.encode())

    async def _set_cookie(self, send: Send) -> None:
        """Keep the token out of the address, of what is bookmarked and of what is seen over a shoulder."""
        cookie = f"{self._cookie}={self._token}; Path=/; HttpOnly; SameSite=Strict"
        raw = [(b"location", b"/"), (b"set-cookie", cookie.encode("latin-1")), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 303, "headers": raw})
        await send({"type": "http.response.body", "body": b""})


def _hostname(host: str) -> str:
    """Return the name of a ``Host`` header, without its port; empty for what is none.

    Examples
    --------
    >>> _hostname("localhost:8765"), _hostname("[::1]:80"), _hostname("a@b:1")
    ('localhost', '::1', '')
    """
    found = _HOST.fullmatch(host)
    return "" if found is None else (found[1] or found[2]).lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


async def _refuse(send: Send, status: int, code: str, message: str) -> None:
    body = json.dumps({"error": {"code": code, "message": message}}).encode()
    headers = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
    headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    # What is still coming of a refused request is not waited for.
    headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _hardened(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return with_headers
