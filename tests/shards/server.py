"""An S3-compatible server for tests, which fails and dawdles as it is told."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Fault = Callable[[str, str, int], tuple[int, float] | None]
"""Gets the method, the path and the number of the request; returns a status (0: answer as usual) and a delay."""

BUSY = b'<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>'


@dataclass
class Server:
    """A server that runs, and what it was asked."""

    address: str
    fault: Fault | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    def settings(self) -> dict[str, str]:
        """Return the environment that leads to it."""
        return {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.address,
        }


@contextmanager
def serving(bucket: str = "bucket") -> Iterator[Server]:
    """Run a server with one empty bucket for the body of a ``with`` statement."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server
    from werkzeug.test import Client

    inner = DomainDispatcherApplication(create_backend_app)
    server = Server("")
    lock = threading.Lock()

    def app(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        with lock:
            server.asked.append((method, path))
            number = len(server.asked)
        found = server.fault(method, path, number) if server.fault is not None else None
        if found is not None:
            time.sleep(found[1])
            if found[0]:
                # What was sent must be taken, or the connection breaks.
                environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                start(f"{found[0]} Injected", [("Content-Length", str(len(BUSY)))])
                return [BUSY]
        return inner(environ, start)

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    httpd = make_server("127.0.0.1", 0, app, threaded=True)
    server.address = f"http://127.0.0.1:{httpd.server_port}"
    headers = {
        "Host": "s3.amazonaws.com",
        "Authorization": "AWS4-HMAC-SHA256 Credential=test/20200101/us-east-1/s3/aws4_request",
    }
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        Client(inner).post("/moto-api/reset")
        response = Client(inner).put(f"/{bucket}", headers=headers)
        assert response.status_code == 200, response.get_data()
        yield server
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()
