"""The studio as a person starts it: a process with an address; and somebody who sits in front of its page.

What the process connects to is written down by a hook of Python's own in every interpreter that it starts.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

import headway
from tests.browser.studio import button, choose, until

SECONDS = 120.0  # of a busy machine

_WATCH = """\
import os, sys

def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo"):
        target = str(arguments[0] if event == "socket.getaddrinfo" else arguments[1])
        if not target.startswith(("('127.0.0.1'", "127.0.0.1", "localhost")):
            with open(os.environ["CONNECTED"], "a") as file:
                file.write(f"{event} {target}\\n")

sys.addaudithook(watch)
"""
_REPORT_VIOLATIONS = """
addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


class Process:
    """``headway studio FOLDER`` on a port of its own; it can be killed and started again."""

    def __init__(self, folder: Path, cache: Path, place: Path) -> None:
        self.folder, self.port = folder, 0
        place.mkdir()
        (place / "sitecustomize.py").write_text(_WATCH)
        self._connected, self._log = place / "connected.txt", place / "log.txt"
        path = os.pathsep.join([str(place), *filter(None, [os.environ.get("PYTHONPATH")])])
        self._environment = {
            **os.environ,
            "PYTHONPATH": path,
            "CONNECTED": str(self._connected),
            "HEADWAY_CACHE": str(cache),
        }
        self.start()

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "headway",
            "studio",
            str(self.folder),
            "--no-browser",
            "--json",
            "--port",
            str(self.port),
        ]
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, env=self._environment
            )
        assert self._process.stdout is not None
        self.address: str = json.loads(self._process.stdout.readline())["address"]
        self.url, _, self._token = self.address.partition("?token=")
        self.port = int(self.url.rstrip("/").rpartition(":")[2])

    def kill(self) -> None:
        """End it as a power cut does."""
        self._process.kill()
        self._close()

    def stop(self) -> None:
        """End it by Ctrl-C; afterwards it has spoken to nobody else, and said nothing of trouble."""
        self._process.send_signal(signal.SIGINT)
        assert self._close() == 0
        assert self._log.read_text() == ""
        assert not self._connected.exists(), self._connected.read_text()

    def _close(self) -> int:
        assert self._process.stdout is not None
        self._process.stdout.close()
        return self._process.wait(60)

    def get(self, path: str) -> Any:
        """Ask as a program does."""
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {self._token}"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


class Sitting:
    """A person in front of a page of the studio; what the page asked for, and what went wrong."""

    def __init__(self, context: BrowserContext, server: Process) -> None:
        self.server, self.context = server, context
        self.troubles: list[str] = []
        self.requests: list[str] = []
        context.add_init_script(_REPORT_VIOLATIONS)
        context.on("request", lambda request: self.requests.append(request.url))
        context.on(
            "console",
            lambda message: self.troubles.append(f"{message.text} {message.location.get('url', '')}".rstrip()),
        )
        context.on("weberror", lambda error: self.troubles.append(str(error.error)))
        context.on("dialog", lambda dialog: (self.troubles.append(f"alert: {dialog.message}"), dialog.dismiss()))
        self.page = self.tab(server.address)

    def tab(self, address: str) -> Page:
        """Open one more page."""
        page = self.context.new_page()
        page.set_default_timeout(1000 * SECONDS)
        page.goto(address)
        page.wait_for_selector("h1")
        return page

    def project(self) -> dict[str, Any]:
        return self.server.get("api/project")

    def counts(self) -> dict[str, int]:
        """Return how many pictures each class has."""
        return {one["name"]: one["n"] for one in self.project()["classes"]}

    def has(self, **counts: int) -> None:
        """Wait until the classes have so many pictures."""
        until(lambda: self.counts() == counts, SECONDS)

    def go(self, view: str) -> None:
        """Go to a view by its tab."""
        self.page.get_by_role("navigation").get_by_role("link", name=view).click()
        self.page.get_by_role("heading", level=1).wait_for()

    def train(self) -> dict[str, Any]:
        """Train by the button, and wait for what comes of it."""
        is_first = self.project()["model"] is None
        self.go("Train")
        button(self.page, "Train" if is_first else "Train again", exact=True).click()
        until(self._is_trained, SECONDS)
        self.page.wait_for_selector("#verdict")
        return self.server.get("api/result")

    def _is_trained(self) -> bool:
        """Whether the model knows all pictures and labels."""
        project = self.project()
        assert not (project["job"] and project["job"]["message"]), project["job"]
        return project["model"] is not None and not project["model"]["is_stale"]

    def show(self, *pictures: Path) -> None:
        """Show pictures to the model, and wait for what it says."""
        self.go("Try")
        choose(self.page, "Choose pictures", *pictures)
        self.page.wait_for_selector(".rows tbody" if len(pictures) > 1 else ".answer .bars")

    def take(self, name: str, place: Path) -> Path:
        """Download what was made."""
        with self.page.expect_download() as download:
            self.page.locator(".downloads").get_by_role("link", name=name, exact=True).click()
        place.mkdir(exist_ok=True)
        path = place / download.value.suggested_filename
        download.value.save_as(path)
        return path

    def take_model(self, place: Path, picture: Path) -> headway.Model:
        """Download the model; it says the same of a picture as the page."""
        self.show(picture)
        told = self.page.locator(".verdict-name").inner_text().replace("\u00a0", " ")
        self.go("Train")
        model = headway.load(self.take("Model", place))
        [own] = model.predict([picture])
        assert told == f"{own.label} {100 * own.probability:.1f} %"
        return model
