"""Sockets: a port that is taken says by whom, and clients that dawdle are let go."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import threading
import time

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from headway.errors import UserError
from headway.web import listening
from headway.web.listening import address_of, listen, owner_of, run


def test_a_port_that_is_taken_says_by_whom_and_proposes_another():
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError) as refused:
            listen("127.0.0.1", port)
        assert re.fullmatch(
            rf"port {port} is taken by \S+ \(process {os.getpid()}\); give another: --port \d+", str(refused.value)
        )
        proposed = int(str(refused.value).rpartition(" ")[2])
        with listen("127.0.0.1", proposed):
            pass


def test_whom_a_port_belongs_to_need_not_be_known(monkeypatch):
    monkeypatch.setattr(listening, "owner_of", lambda port: None)
    with listen("127.0.0.1", 0) as taken, pytest.raises(UserError, match=r"is taken; give another: --port \d+"):
        listen("127.0.0.1", taken.getsockname()[1])


def test_nobody_listens():
    with listen("127.0.0.1", 0) as sock:
        port = sock.getsockname()[1]
    assert owner_of(port) is None


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.7", "\0", "a" * 300])
def test_an_address_that_is_not_here(host):
    with pytest.raises(UserError, match=r"there is no address|cannot listen on"):
        listen(host, 0)


def test_the_address_to_open():
    with listen("0.0.0.0", 0) as sock:
        assert address_of(sock) == f"http://127.0.0.1:{sock.getsockname()[1]}"
    with listen("::1", 0) as sock:
        assert address_of(sock) == f"http://[::1]:{sock.getsockname()[1]}"


@pytest.fixture
def server(monkeypatch):
    """Listen in a thread; it ends with the test."""
    monkeypatch.setattr(listening, "_HEADER_SECONDS", 0.3)
    servers = []
    real = listening._Ready.startup

    async def startup(self, sockets=None):
        servers.append(self)
        await real(self, sockets)

    monkeypatch.setattr(listening._Ready, "startup", startup)

    async def hello(request):
        return PlainTextResponse("hello")

    async def body(request):
        return PlainTextResponse(await request.body())

    async def large(request):
        return PlainTextResponse(b"a" * (64 << 20))

    routes = [
        Route("/", hello, methods=["GET", "POST"]),
        Route("/body", body, methods=["POST"]),
        Route("/large", large),
    ]
    app = Starlette(routes=routes)
    sock = listen("127.0.0.1", 0)
    ready = threading.Event()
    thread = threading.Thread(target=run, args=(app, sock, ready.set), kwargs={"grace": 2})
    thread.start()
    assert ready.wait(20)
    yield sock.getsockname()
    servers[0].should_exit = True
    thread.join(20)
    sock.close()
    assert not thread.is_alive()


def ask(sock) -> bytes:
    sock.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    received = b""
    while not received.endswith(b"hello"):
        received += sock.recv(10_000)
    return received


@pytest.mark.parametrize("start", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nA:"])
def test_headers_that_do_not_come_end_the_connection(server, start):
    with socket.create_connection(server, timeout=10) as slow, socket.create_connection(server, timeout=10) as other:
        slow.sendall(start)
        assert b"200 OK" in ask(other)
        assert slow.recv(10) == b""  # closed, before the timeout of this socket


def test_headers_of_a_second_request_must_come_too(server):
    with socket.create_connection(server, timeout=10) as sock:
        assert b"200 OK" in ask(sock)
        time.sleep(0.4)  # between requests there is more time
        assert b"200 OK" in ask(sock)
        sock.sendall(b"GET /")
        assert sock.recv(10) == b""


def test_what_is_no_http_is_answered_400(server):
    with socket.create_connection(server, timeout=10) as sock:
        sock.sendall(b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n")
        assert b"400" in sock.recv(1000)


@pytest.mark.parametrize("start", [b"GET /", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nA: "])
def test_headers_without_end_are_not_kept(server, start, monkeypatch):
    monkeypatch.setattr(listening, "_HEADER_SECONDS", 60)
    with socket.create_connection(server, timeout=10) as sock:
        sock.sendall(start)
        time.sleep(0.1)
        with pytest.raises(OSError):
            for _ in range(1000):
                sock.sendall(b"a" * 0x10000)


def test_what_follows_a_body_in_chunks_is_not_kept(server, monkeypatch):
    kept = []
    real = listening._Impatient.on_message_complete
    monkeypatch.setattr(
        listening._Impatient, "on_message_complete", lambda self: (kept.append(list(self.headers)), real(self))
    )
    with socket.create_connection(server, timeout=10) as sock:
        head = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        sock.sendall(head + b"1\r\na\r\n0\r\n" + b"b: c\r\n" * 1000 + b"\r\n")
        assert b"200 OK" in sock.recv(10_000)
    assert kept == [[(b"host", b"127.0.0.1"), (b"transfer-encoding", b"chunked")]]


@pytest.mark.parametrize("apart", [False, True])
def test_the_body_of_a_change_of_protocol_is_no_request(server, apart):
    body = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    head = f"Host: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(server, timeout=10) as sock:
        sock.sendall(b"POST / HTTP/1.1\r\n" + head.encode() + (b"" if apart else body))
        received = sock.recv(10_000)
        if apart:
            with contextlib.suppress(OSError):
                sock.sendall(body)
        with contextlib.suppress(ConnectionResetError):
            while more := sock.recv(10_000):
                received += more
    assert b"400" in received
    assert b"send it as HTTP/1.1, without Upgrade" in received
    assert b"200 OK" not in received


def test_an_offer_of_another_protocol_is_passed_over(server):
    with socket.create_connection(server, timeout=10) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        received = b""
        while not received.endswith(b"hello"):
            received += sock.recv(10_000)
        assert b"200 OK" in ask(sock)


def test_an_answer_without_end_is_ended_with_the_server(monkeypatch):
    real = listening._Ready.startup
    ended = threading.Event()

    async def beats():
        while not ended.is_set():
            yield b"beat\n"
            await asyncio.sleep(0.01)

    async def stream(request):
        return StreamingResponse(beats())

    servers = []
    monkeypatch.setattr(listening._Ready, "startup", lambda self, sockets: servers.append(self) or real(self, sockets))
    ready = threading.Event()
    with listen("127.0.0.1", 0) as sock:
        app = Starlette(routes=[Route("/", stream)])
        more = {"grace": 60, "on_end": ended.set}
        thread = threading.Thread(target=run, args=(app, sock, ready.set), kwargs=more)
        thread.start()
        assert ready.wait(20)
        with socket.create_connection(sock.getsockname(), timeout=10) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert b"200 OK" in client.recv(100)
            servers[0].should_exit = True
            received = b""
            while more := client.recv(10_000):
                received += more
        assert received.endswith(b"0\r\n\r\n")  # whole
        thread.join(20)
        assert not thread.is_alive()


def test_signals_go_back_to_whom_they_belonged():
    before = signal.getsignal(signal.SIGTERM)
    with listening._ended_by_signals():
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGTERM) is before


def test_idle_connections_make_way(server, monkeypatch):
    monkeypatch.setattr(listening, "_HEADER_SECONDS", 60)
    monkeypatch.setattr(listening._Impatient, "most", 20)
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(socket.create_connection(server, timeout=10)) for _ in range(100)]
        with socket.create_connection(server, timeout=10) as sock:
            assert b"200 OK" in ask(sock)
        with contextlib.suppress(ConnectionResetError):
            assert idle[0].recv(10) == b""


def test_where_all_connections_are_busy_another_is_to_come_again(server, monkeypatch):
    monkeypatch.setattr(listening._Impatient, "most", 3)
    head = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n"
    with contextlib.ExitStack() as stack:
        busy = [stack.enter_context(socket.create_connection(server, timeout=10)) for _ in range(3)]
        for sock in busy:
            sock.sendall(head.replace(b"POST / ", b"POST /body "))
        time.sleep(0.2)
        more = stack.enter_context(socket.create_connection(server, timeout=10))
        answer = more.recv(1000)
        assert b"503" in answer and b"retry-after: 1" in answer
        busy[0].sendall(b"a" * 9)
        assert b"200 OK" in busy[0].recv(1000)


def test_an_answer_that_nobody_takes_ends_the_connection(server, monkeypatch):
    monkeypatch.setattr(listening, "_UNREAD_SECONDS", 0.3)
    gone = threading.Event()
    real = listening._Impatient.connection_lost
    monkeypatch.setattr(listening._Impatient, "connection_lost", lambda self, exc: (gone.set(), real(self, exc)))
    with socket.create_connection(server, timeout=10) as sock:
        sock.sendall(b"GET /large HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert gone.wait(10)
