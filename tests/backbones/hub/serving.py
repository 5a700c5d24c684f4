"""A server on loopback that answers as the Hugging Face hub does, and repositories for it."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "3" * 39 + "a"
SMALL = 2_000  # bytes; larger files have a sha256 of their own, as those in Git LFS

Answer = tuple[int, dict[str, str], bytes]


def listing(files: dict[str, bytes], **more: Any) -> dict[str, Any]:
    """What the hub says of a repository."""
    siblings = []
    for path, content in files.items():
        blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        entry: dict[str, Any] = {"rfilename": path, "size": len(content), "blobId": blob}
        if len(content) > SMALL:
            entry["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
        siblings.append(entry)
    return {
        "id": "somebody/network", "sha": COMMIT, "private": False, "gated": False, "disabled": False,
        "tags": ["onnx", "license:mit"], "cardData": {"license": "apache-2.0"}, "siblings": siblings, **more,
    }  # fmt: skip


@dataclass
class Hub:
    """Repositories by OWNER/REPO; ``answers`` are in place of what it would say of a path."""

    repositories: dict[str, dict[str, bytes]]
    about: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Callable[[dict[str, str]], Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def answer(self, path: str, headers: dict[str, str]) -> Answer:
        self.asked.append(path)
        for part, given in self.answers.items():
            if part in path:
                return given(headers)
        pieces = [unquote(piece) for piece in path.strip("/").split("/")]
        if pieces[:2] == ["api", "models"]:
            name, revision = "/".join(pieces[2:4]), pieces[5]
            if name not in self.repositories:
                return 401, {"X-Error-Code": "RepoNotFound"}, b"Invalid username or password."
            if revision not in ("main", "v1", COMMIT):
                return 404, {"X-Error-Code": "RevisionNotFound"}, b"{}"
            return 200, {}, json.dumps(listing(self.repositories[name], **self.about)).encode()
        if pieces[0] == "cdn":
            return self._content(self.repositories["/".join(pieces[1:3])]["/".join(pieces[3:])], headers)
        name, commit, file = "/".join(pieces[:2]), pieces[3], "/".join(pieces[4:])
        content = self.repositories.get(name, {}).get(file)
        if commit != COMMIT or content is None:
            return 404, {"X-Error-Code": "EntryNotFound"}, b""
        if len(content) > SMALL:  # kept elsewhere
            return 302, {"Location": f"{self.address}/cdn/{name}/{file}"}, b""
        return self._content(content, headers)

    def _content(self, content: bytes, headers: dict[str, str]) -> Answer:
        if "Range" not in headers:
            return 200, {"Content-Type": "application/octet-stream"}, content
        start = int(headers["Range"].removeprefix("bytes=").rstrip("-"))
        return 206, {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}, content[start:]


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            code, headers, content = hub.answer(urlsplit(self.path).path, dict(self.headers))
            self.send_response(code)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    hub.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
