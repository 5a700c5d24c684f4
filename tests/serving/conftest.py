"""A model, and servers of it: one within the test's process, one that really listens."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from headway import demo
from headway.fitting import fit
from headway.serving import Settings, Shelf, build

HOSTS = frozenset({"testserver"})


@pytest.fixture(scope="session")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    fit(demo.pictures(), backbone="tiny", head="centroid", cache=folder / "cache").save(folder / "drawings.onnx")
    return folder / "drawings.onnx"


@pytest.fixture(scope="session")
def files() -> list[Path]:
    return sorted(demo.pictures().glob("*/*.webp"))[::20]


@pytest.fixture
def serve(model_file: Path) -> Iterator[Callable[..., TestClient]]:
    """Start a server within this process; it is ended afterwards."""
    opened = []

    def started(
        settings: Settings | None = None, *, token: str | None = None, paths=None, is_quiet=False, **more
    ) -> TestClient:
        settings = settings or Settings()
        shelf = partial(Shelf, paths or {"drawings": model_file}, megapixels=settings.megapixels)
        app = build(shelf, settings, hosts=HOSTS, token=token, is_quiet=is_quiet)
        client = TestClient(app, raise_server_exceptions=False, **more)
        opened.append(client)
        client.__enter__()
        return client

    yield started
    for client in opened:
        client.__exit__(None, None, None)


class Running:
    """A server in a process of its own; what it logs goes to a file, which is never full."""

    def __init__(self, log: Path, *arguments: str, env: dict[str, str] | None = None) -> None:
        self._log = log
        command = [sys.executable, "-m", "headway", "serve", *arguments, "--port", "0"]
        with log.open("wb") as stream:
            self.process = subprocess.Popen(command, stderr=stream, env=env)
        until(lambda: "\n" in log.read_text() or self.process.poll() is not None)
        self.first = log.read_text().splitlines()[0]
        self.url = self.first.rpartition(" at ")[2]
        self.port = int(self.url.rpartition(":")[2])

    def end(self) -> tuple[int, list[dict]]:
        """Send SIGTERM; return the exit code and what was logged."""
        self.process.terminate()
        code = self.process.wait(timeout=60)
        return code, [json.loads(line) for line in self._log.read_text().splitlines()[1:]]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started = []

    def begin(*arguments: str, **more) -> Running:
        started.append(Running(tmp_path / f"log-{len(started)}", *arguments, **more))
        return started[-1]

    yield begin
    for server in started:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()


def until(true: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def post(url: str, content: bytes, **more) -> httpx.Response:
    return httpx.post(f"{url}/v1/predict", content=content, timeout=60, **more)


@pytest.fixture(scope="module")
def running(model_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server in a process of its own, for all tests of a module that leave it as it is."""
    server = Running(tmp_path_factory.mktemp("log") / "log", str(model_file))
    yield server
    server.end()
