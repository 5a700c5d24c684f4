"""The download of weights, against a small server of its own: announced, kept, resumed, checked; and without one."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import huggingface_hub
import huggingface_hub.constants
import huggingface_hub.utils
import pytest
import torch

from headway.backbones.convert.architecture import Architecture, Pretrained
from headway.backbones.convert.hub import fetch
from headway.cli.console import Output
from headway.errors import DataError, UserError
from headway.places import cache_dir
from headway.session import Session
from headway.types import Silent

CONTENT = bytes(range(256)) * 4000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Told(Silent):
    """A `Progress` that remembers."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.stages: list[str] = []

    def start(self, stage: str, total: int | None = None) -> None:
        self.stages.append(stage)

    def note(self, message: str) -> None:
        self.notes.append(message)


def session(progress: Any, *, offline: bool) -> Session:
    store = SimpleNamespace(path=cache_dir() / "features.sqlite")  # the store itself is not used
    return Session(store, offline, 0.1, progress)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HEADWAY_CACHE", str(tmp_path / "headway"))


class Hub(BaseHTTPRequestHandler):
    """Serves one file as the hub does, or something else under its digest."""

    served = said = CONTENT
    requests: ClassVar[list[tuple[str, str | None]]] = []
    paths: ClassVar[list[str]] = []

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, body: bool) -> None:
        self.requests.append((self.command, self.headers.get("Range")))
        self.paths.append(self.path)
        if not self.path.endswith(("/model.safetensors", f"/net-{DIGEST[:8]}.pth")):
            self.send_error(404)
            return
        wanted = self.headers.get("Range")
        start = int(wanted.removeprefix("bytes=").split("-")[0]) if wanted else 0
        self.send_response(206 if start else 200)
        self.send_header("ETag", f'"{hashlib.sha256(self.said).hexdigest()}"')
        self.send_header("X-Repo-Commit", "1" * 40)
        self.send_header("Content-Length", str(len(self.served) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(self.served) - 1}/{len(self.served)}")
        self.end_headers()
        if body:
            self.wfile.write(self.served[start:])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """A server on this machine, which the libraries take for theirs; their caches are empty."""
    monkeypatch.setattr(Hub, "requests", [])
    running = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{running.server_port}"
    caches(monkeypatch, tmp_path, address)
    yield address
    running.shutdown()
    running.server_close()
    thread.join()


def caches(monkeypatch: pytest.MonkeyPatch, folder: Path, address: str) -> None:
    constants = huggingface_hub.constants
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(folder / "torch"))


def network(pretrained: Pretrained | None) -> Architecture:
    return Architecture("timm", "net.tag", 32, (0.5,) * 3, (0.5,) * 3, pretrained, ())


ON_HUB = network(Pretrained(repository="timm/net.tag", filename="model.safetensors", licence="mit"))


def elsewhere(address: str) -> Architecture:
    return network(Pretrained(url=f"{address}/net-{DIGEST[:8]}.pth", licence="bsd"))


def test_from_the_hub_it_says_what_it_does_and_keeps_it(server: str, tmp_path: Path) -> None:
    told = Told()
    path = fetch(ON_HUB, session(told, offline=False))
    assert path.read_bytes() == CONTENT
    (note,) = told.notes
    assert told.stages == ["downloading model.safetensors"]
    assert note == f"downloading timm/net.tag/model.safetensors, 1 MB, licence mit; kept in {tmp_path / 'hub'}"
    asked = len(Hub.requests)
    assert fetch(ON_HUB, session(told, offline=True)) == path
    assert len(Hub.requests) == asked
    assert told.notes == [note]


def test_what_it_says_reaches_the_terminal_and_the_hubs_own_words_do_not(
    server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with Output(as_json=False, quiet=False).progress() as progress:
        fetch(ON_HUB, session(progress, offline=False))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("downloading timm/net.tag/model.safetensors")
    assert all(line.startswith("downloading model.safetensors") for line in lines[1:])
    assert not huggingface_hub.utils.are_progress_bars_disabled()


def test_from_elsewhere_too(server: str, tmp_path: Path) -> None:
    told = Told()
    path = fetch(elsewhere(server), session(told, offline=False))
    assert path.read_bytes() == CONTENT
    (note,) = told.notes
    assert told.stages == [f"downloading net-{DIGEST[:8]}.pth"]
    assert "1 MB, licence bsd; kept in" in note
    assert fetch(elsewhere(server), session(told, offline=True)) == path


def test_what_came_damaged_is_not_used(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Hub, "served", CONTENT[:-1] + b"?")
    with pytest.raises(DataError, match=rf"is damaged: its sha256 must begin with {DIGEST[:12]}.*delete it"):
        fetch(ON_HUB, session(Told(), offline=False))
    with pytest.raises(UserError, match="cannot be downloaded .*invalid hash"):
        fetch(elsewhere(server), session(Told(), offline=False))


def test_what_was_damaged_later_is_not_used(server: str) -> None:
    path = fetch(elsewhere(server), session(Told(), offline=False))
    path.write_bytes(b"x")
    with pytest.raises(DataError, match=f"{path} is damaged"):
        fetch(elsewhere(server), session(Told(), offline=True))


@pytest.mark.parametrize("offline", [True, False])
def test_without_a_network_it_says_the_file_and_the_option(
    offline: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nobody = "http://127.0.0.1:9"
    caches(monkeypatch, tmp_path, nobody)
    start = time.monotonic()
    with pytest.raises(UserError, match=r"timm/net\.tag/resolve/main/model\.safetensors elsewhere .* --weights FILE"):
        fetch(ON_HUB, session(Told(), offline=offline))
    with pytest.raises(UserError, match=rf"not at .*net-{DIGEST[:8]}\.pth, and .*--weights FILE"):
        fetch(elsewhere(nobody), session(Told(), offline=offline))
    assert time.monotonic() - start < 20


def test_a_network_without_published_weights_says_so() -> None:
    with pytest.raises(UserError, match=r"nobody publishes weights of timm:net\.tag.*--weights FILE"):
        fetch(network(None), session(Told(), offline=False))


OTHER = CONTENT[::-1]


def locks(tmp_path: Path) -> Any:
    return json.loads((tmp_path / "headway" / "weights.json").read_text())


def test_the_first_content_is_locked_with_its_revision(server: str, tmp_path: Path) -> None:
    fetch(ON_HUB, session(Told(), offline=False))
    fetch(elsewhere(server), session(Told(), offline=False))
    assert locks(tmp_path) == {
        "timm/net.tag/model.safetensors": {"sha256": DIGEST, "revision": "1" * 40},
        f"{server}/net-{DIGEST[:8]}.pth": {"sha256": DIGEST, "revision": ""},
    }


def test_it_is_downloaded_at_that_revision_from_then_on(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(ON_HUB, session(Told(), offline=False))
    shutil.rmtree(tmp_path / "hub")
    monkeypatch.setattr(Hub, "paths", [])
    fetch(ON_HUB, session(Told(), offline=False))
    assert any(path.endswith("/model.safetensors") for path in Hub.paths)
    assert all(f"/resolve/{'1' * 40}/" in path for path in Hub.paths if path.endswith("/model.safetensors"))


def test_other_weights_under_the_same_name_are_not_used(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(ON_HUB, session(Told(), offline=False))
    shutil.rmtree(tmp_path / "hub")
    monkeypatch.setattr(Hub, "served", OTHER)
    monkeypatch.setattr(Hub, "said", OTHER)
    with pytest.raises(
        DataError, match=rf"must hold the weights that were first taken for timm/net\.tag.*{DIGEST[:12]}.*delete"
    ):
        fetch(ON_HUB, session(Told(), offline=False))
    (tmp_path / "headway" / "weights.json").unlink()
    fetch(ON_HUB, session(Told(), offline=False))
    assert locks(tmp_path)["timm/net.tag/model.safetensors"]["sha256"] == hashlib.sha256(OTHER).hexdigest()


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"[" * 100_000, b'{"a": 3}', b'{"a": {"sha256": "../x"}}', b'{"a": {"more": 1}}', b"\xff", b" " * 200,
     b'{"a": {"sha256": "' + b"0" * 64 + b'", "revision": "main"}}'],
)  # fmt: skip
def test_a_damaged_file_of_locks_is_one_line(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.backbones.convert.locked._MOST_BYTES", 150_000 if len(content) != 200 else 100)
    (tmp_path / "headway").mkdir()
    (tmp_path / "headway" / "weights.json").write_bytes(content)
    with pytest.raises(DataError, match=r"weights\.json must hold the digests .* delete it, and they are taken anew"):
        fetch(ON_HUB, session(Told(), offline=True))
