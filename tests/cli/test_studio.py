"""``headway studio``: the page answers, only who has the address may ask, and what is in the way is named."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from headway.cli.main import run
from tests.cli.test_main import loaded_by


def ask(address: str, path: str, token: str = "") -> tuple[int, bytes]:
    request = urllib.request.Request(f"http://{urlsplit(address).netloc}{path}")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_the_page_is_there_until_it_is_ended(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "headway",
        "studio",
        str(tmp_path / "birds"),
        "--no-browser",
        "--port",
        "0",
        "--json",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = json.loads(process.stdout.readline())
        address, token = line["address"].split("/?token=")
        assert line["folder"] == str(tmp_path / "birds") and address.startswith("http://127.0.0.1:")
        assert ask(address, "/api/project")[0] == 401 and ask(address, "/api/project", "wrong")[0] == 401
        status, page = ask(address, "/", token)
        assert status == 200 and b"main.js" in page
        for name in ("main.js", "studio.css", "tokens.css", "looks.css", "icon.svg"):
            assert ask(address, f"/{name}", token)[0] == 200, name
        status, project = ask(address, "/api/project", token)
        assert status == 200 and json.loads(project)["name"] == "birds"
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0, process.stderr
    assert sorted(path.name for path in (tmp_path / "birds").iterdir() if not path.name.startswith(".")) == [
        "fixes.csv",
        "labels.csv",
        "project.toml",
    ]


def test_a_busy_port_is_named_and_another_proposed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        port = sock.getsockname()[1]
        assert run(["studio", str(tmp_path / "birds"), "--port", str(port), "--no-browser"]) == 2
    error = capsys.readouterr().err
    assert f"port {port} is taken" in error and "give another: --port " in error
    if Path("/proc").exists():
        assert f"(process {os.getpid()})" in error
    assert not (tmp_path / "birds").exists()


def test_a_folder_of_pictures_is_no_project(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["studio", str(pictures), "--port", "0", "--no-browser"]) == 2
    assert "is no project" in capsys.readouterr().err
    assert sorted(path.name for path in pictures.iterdir()) == ["blue", "green", "red"]


def test_nothing_heavy_is_loaded_before_the_page_is_there() -> None:
    loaded = loaded_by("import headway.studio.app, headway.studio.page, headway.web.listening")
    assert loaded <= {"numpy", "PIL", "msgspec"}
