"""Servers that send a byte now and then: each is left after its time, in one line."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from headway.backbones.hub import patience, transfer
from headway.backbones.hub.patience import Watch
from headway.errors import HeadwayError, RunError
from headway.types import Silent

SIZE = 200_000
FILE = transfer.RemoteFile(SIZE, "0" * 64, "")
HEADERS = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SIZE


@contextmanager
def dribbling(begin: bytes, pieces: Iterator[bytes], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server that answers with a beginning at once, and then with a piece each 10 ms."""
    monkeypatch.setattr(patience, "LIMIT", 0.3)
    monkeypatch.setenv("NO_PROXY", "*")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(begin)
                    for piece in pieces:
                        connection.sendall(piece)
                        time.sleep(0.01)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/file"
        thread.join(10)
        assert not thread.is_alive()


@pytest.mark.parametrize(
    "begin", [b"HTTP/1.1 200 OK\r\nX: ", HEADERS, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"]
)
def test_an_answer_that_never_ends_is_left(begin: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    message = "^the hub's answer on it was not there after a minute: is the connection slow"
    with dribbling(begin, itertools.repeat(b"1"), monkeypatch) as url, pytest.raises(RunError, match=message):
        transfer.read_json(url, "it")


def test_a_proxy_that_never_lets_through_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    message = "^the hub's answer on it was not there after a minute"
    with dribbling(b"HTTP/1.1 200 OK\r\nX: ", itertools.repeat(b"1"), monkeypatch) as url:
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("https_proxy", url.removesuffix("/file"))
        with pytest.raises(RunError, match=message):
            transfer.read_json("https://hub.example/file", "it")


def test_a_connection_that_is_made_too_late_is_not_used() -> None:
    with pytest.raises(RunError, match="too slow"), Watch("too slow") as watch:
        watch._is_over = True
        watch.connect(SimpleNamespace(sock=None), lambda: None)  # type: ignore[arg-type]


@pytest.mark.parametrize("begin", [b"HTTP/1.1 200 OK\r\nX: ", HEADERS])
def test_a_download_that_never_ends_is_left(begin: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    message = "^less than 1 kB/s of it came for a minute: .* it goes on there$"
    with dribbling(begin, itertools.repeat(b"1"), monkeypatch) as url, pytest.raises(RunError, match=message):
        transfer.download(url, tmp_path / "file", FILE, "it", Silent())
    assert not (tmp_path / "file").exists()


def test_a_download_may_take_long_where_each_piece_comes_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = time.monotonic()
    monkeypatch.setattr(transfer, "_CHUNK", 2_000)
    monkeypatch.setattr(transfer.RemoteFile, "check", lambda *_: "")
    with dribbling(HEADERS, (b"1" * 4_000 for _ in range(SIZE // 4_000)), monkeypatch) as url:
        transfer.download(url, tmp_path / "file", FILE, "it", Silent())
    assert time.monotonic() - begun > 0.4 and (tmp_path / "file").stat().st_size == SIZE


def test_the_stage_ends_with_the_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from headway.stages import StageLines

    lines: list[str] = []
    stages = StageLines(lines.append, now=itertools.count().__next__)  # type: ignore[arg-type]
    monkeypatch.setattr(transfer.RemoteFile, "check", lambda *_: "")
    with dribbling(HEADERS, iter([b"1" * SIZE]), monkeypatch) as url:
        progress = SimpleNamespace(start=stages.start, advance=stages.advance)
        transfer.download(url, tmp_path / "file", FILE, "it", progress)  # type: ignore[arg-type]
    assert lines == ["downloading it: 0 of 1 (0 %)", "downloading it: 1 of 1 (100 %), took 1.0 s"]
    stages.finish()


@pytest.mark.parametrize(("error", "seen"), [(ValueError(), RunError), (KeyboardInterrupt(), KeyboardInterrupt)])
def test_only_faults_are_blamed_on_time(
    error: BaseException, seen: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "LIMIT", 0.02)
    with pytest.raises(seen), Watch("too slow"):
        time.sleep(0.1)
        raise error


def test_what_fails_in_time_is_seen_as_it_is() -> None:
    with pytest.raises(HeadwayError, match="another"), Watch("too slow"):
        raise HeadwayError("another")
