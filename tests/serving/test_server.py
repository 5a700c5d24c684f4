"""The command: a process that listens, logs, is hard to hold up, and ends well."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress

import httpx
import pytest
from click.testing import CliRunner

from headway.cli.main import headway
from headway.cli.main import run as run_command
from tests.serving.conftest import post, until

TOKEN = "the-token-of-this-test"


def test_it_says_where_it_answers_and_ends_with_0(run, model_file, files):
    server = run(str(model_file))
    assert re.fullmatch(r"Serving drawings at http://127\.0\.0\.1:\d+", server.first)
    assert post(server.url, files[0].read_bytes(), params={"name": "secret.webp"}).status_code == 200
    assert httpx.get(f"{server.url}/ready").text == "ready\n"
    code, logged = server.end()
    assert code == 0
    assert [(line["event"], line["route"], line["status"]) for line in logged] == [
        ("request", "/v1/predict", 200),
        ("request", "/ready", 200),
    ]
    assert "secret" not in json.dumps(logged)
    assert set(logged[0]) == {"time", "event", "client", "method", "route", "status", "bytes", "ms"}


def test_quiet_logs_what_went_wrong_only(serve, capsys):
    client = serve(is_quiet=True)
    client.get("/live")
    client.get("/nowhere")
    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line)["status"] == 404


def answers(url):
    try:
        return httpx.get(f"{url}/live").status_code == 200
    except httpx.TransportError:
        return False


def test_what_was_accepted_is_answered_when_it_ends(run, model_file, files):
    server = run(str(model_file))
    content = files[0].read_bytes()
    head = f"POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(content)}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as slow:
        slow.sendall(head + content[:100])
        time.sleep(0.3)  # so that it has begun
        server.process.terminate()
        until(lambda: not answers(server.url))
        slow.sendall(content[100:])
        assert b"200 OK" in slow.recv(10_000)
    assert server.process.wait(30) == 0


def test_slow_and_broken_clients_harm_nobody(run, model_file, files):
    server = run(str(model_file), "--max-seconds", "2")
    content = files[0].read_bytes()
    address = ("127.0.0.1", server.port)
    held = []
    for start in (
        b"",
        b"POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\nabc",
        b"\0\xff" * 50,
    ):
        for _ in range(40):
            sock = socket.create_connection(address, timeout=30)
            held.append(sock)
            with suppress(OSError):
                sock.sendall(start)
    gone = socket.create_connection(address)
    gone.sendall(b"POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\nabc")
    gone.close()
    assert all(post(server.url, content).status_code == 200 for _ in range(10))
    assert b"408" in held[40].recv(1000)  # the first that began a body
    for sock in held:
        sock.close()
    assert post(server.url, content).status_code == 200


def test_a_body_that_is_announced_too_large_is_refused_at_once(run, model_file):
    server = run(str(model_file), "--max-body", "1")
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as sock:
        sock.sendall(b"POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999\r\n\r\n")
        assert b"413" in sock.recv(10_000)
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as sock:
        sock.sendall(b"POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        received = []
        reader = threading.Thread(target=lambda: received.append(sock.recv(10_000)))
        reader.start()
        sent = 0
        while reader.is_alive() and sent < 100:
            sock.sendall(chunk)
            sent += 1
            time.sleep(0.005)
        reader.join(30)
        assert b"413" in received[0]


def test_elsewhere_than_on_loopback_there_must_be_a_token(run, model_file, files, monkeypatch):
    monkeypatch.delenv("HEADWAY_TOKEN", raising=False)
    refused = CliRunner().invoke(headway, ["serve", str(model_file), "--host", "0.0.0.0"])
    assert "set HEADWAY_TOKEN to a secret of at least 16 characters" in str(refused.exception)
    for short in ("short", "with a space in it", "ü" * 20):
        refused = CliRunner().invoke(headway, ["serve", str(model_file)], env={"HEADWAY_TOKEN": short})
        assert "HEADWAY_TOKEN must have at least 16 characters" in str(refused.exception)
    server = run(str(model_file), "--host", "0.0.0.0", env=os.environ | {"HEADWAY_TOKEN": TOKEN})
    content = files[0].read_bytes()
    assert post(server.url, content).status_code == 401
    assert post(server.url, content, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert httpx.get(f"{server.url}/live").status_code == 200
    assert httpx.get(f"{server.url}/metrics").status_code == 401
    with httpx.Client(follow_redirects=True) as browser:
        assert "Classify pictures" in browser.get(f"{server.url}/?token={TOKEN}").text
    _, logged = server.end()
    assert TOKEN not in json.dumps(logged)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "a model is needed: headway serve model.onnx"),
        (["none.onnx"], "none.onnx: there is no such file"),
        (["--model", "a"], "--model takes a name and a file, as in --model cats=cats.onnx, not 'a'"),
        (["{model}", "{model}"], "two models are called 'drawings'"),
        (["{model}", "--model", "drawings={model}"], "two models are called 'drawings'"),
        (["{picture}"], "is a picture, not a model"),
    ],
)
def test_mistakes_are_a_line(arguments, message, model_file, files, capsys):
    named = {"model": model_file, "picture": files[0]}
    assert run_command(["serve", *(text.format(**named) for text in arguments)]) == 2
    errors = capsys.readouterr().err
    assert message in errors
    assert errors.count("\n") == 1


def test_a_log_that_nobody_reads_holds_up_nothing(model_file):
    command = [sys.executable, "-m", "headway", "serve", str(model_file), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        url = process.stderr.readline().strip().rpartition(" at ")[2]
        with httpx.Client(base_url=url, timeout=10) as client:
            assert all(client.get("/live").status_code == 200 for _ in range(600))
            process.stderr.close()
            assert client.get("/live").status_code == 200
        process.terminate()
        process.wait(30)


def test_a_port_that_is_taken(run, model_file, capsys):
    server = run(str(model_file))
    assert run_command(["serve", str(model_file), "--port", str(server.port)]) == 2
    assert re.search(rf"port {server.port} is taken by python\S* \(process {server.process.pid}\); give another: --port \d+",
                     capsys.readouterr().err)  # fmt: skip


def test_serving_loads_neither_scikit_learn_nor_torch(run, model_file, files):
    code = (
        "import sys\n"
        "from headway.serving import Settings, Shelf, build\n"
        "from starlette.testclient import TestClient\n"
        "from functools import partial\n"
        "from pathlib import Path\n"
        "app = build(partial(Shelf, {'a': Path(sys.argv[1])}, megapixels=9), Settings(), hosts=frozenset({'testserver'}), is_quiet=True)\n"
        "with TestClient(app) as client:\n"
        "    assert client.post('/v1/predict', content=open(sys.argv[2], 'rb').read()).status_code == 200\n"
        "    assert client.get('/').status_code == 200\n"
        "print([name for name in ('sklearn', 'torch', 'matplotlib', 'scipy', 'pandas') if name in sys.modules])\n"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code, str(model_file), str(files[0])], capture_output=True, text=True
    )
    assert printed.stdout == "[]\n", printed.stderr
