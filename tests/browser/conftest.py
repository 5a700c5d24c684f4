"""One Chromium for all tests, driven by Playwright.

Playwright and not Selenium: it needs no second program of the browser's own version, sees every request and every message
of the console, and turns JavaScript off, colours dark and pages into paper by an option. It drives the Chromium of the system.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import tools
from tests.browser.pages import PAGES
from tests.browser.studio import Opened
from tests.browser.studio_project import Studio
from tests.browser.studio_stub import Server

_CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")  # a drawing that moves


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start the browser; as root it needs to be told that there is no sandbox."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=tools.browser(), args=["--no-sandbox", "--disable-background-networking", *_CAMERA]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return where a report of this name is, made when it is first asked for."""
    folder = tmp_path_factory.mktemp("reports")

    def made(name: str) -> Path:
        path = folder / f"{name}.html"
        if not path.exists():
            path.write_text(PAGES[name](), "utf-8")
        return path

    return made


@pytest.fixture
def visit(chromium: Browser, report: Callable[[str], Path]) -> Iterator[Callable[..., Page]]:
    """Open a report; afterwards nothing was asked for besides it, nothing went wrong, and no name ran as a script."""
    contexts, requests, troubles, opened = [], [], [], set()

    def open_page(name: str, fragment: str = "", **options: object) -> Page:
        options = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"} | options
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)  # of a busy machine
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda message: troubles.append(message.text))
        page.on("dialog", lambda dialog: (troubles.append(f"alert: {dialog.message}"), dialog.dismiss()))
        url = report(name).as_uri()
        opened.add(url)
        page.goto(url + fragment)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []
    assert {url.partition("#")[0] for url in requests if not url.startswith("data:")} == opened


@pytest.fixture
def enter(chromium: Browser) -> Iterator[Callable[..., Opened]]:
    """Open a project in the studio; afterwards nothing was asked for elsewhere, and nothing went wrong."""
    opened: list[Opened] = []
    contexts = []

    def open_page(
        studio: Studio | Server, place: str = "", *, token: str | None = None, wait: str = "h1", **options: object
    ) -> Opened:
        options = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"} | options
        context = chromium.new_context(**options)
        contexts.append(context)
        server = studio if isinstance(studio, Server) else Server(studio, token)
        one = Opened(context.new_page(), server)
        opened.append(one)
        one.page.goto(server.url + place)
        one.page.wait_for_selector(wait)
        return one

    yield open_page
    for context in contexts:
        context.close()
    for server in {one.server for one in opened}:
        server.stop()
    for one in opened:
        assert one.troubles == []
        assert [url for url in one.requests if not url.startswith((one.server.url, "blob:", "data:"))] == []
