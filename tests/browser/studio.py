"""What the tests of the studio's page have in common: projects to open, and hands that drop files."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.browser import tools
from tests.browser.studio_project import Studio, drawn
from tests.browser.studio_stub import Server


class Opened:
    """A page of the studio; what it asked for, and what went wrong."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page, self.server, self.studio = page, server, server.studio
        self.troubles: list[str] = []
        self.requests: list[str] = []
        page.set_default_timeout(30_000)  # of a busy machine
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", lambda message: self.troubles.append(message.text))
        page.on("dialog", lambda dialog: (self.troubles.append(f"alert: {dialog.message}"), dialog.dismiss()))


def pets(
    each: int = 6, unlabelled: int = 0, classes: tuple[str, ...] = ("cat", "dog", "emu"), pace: float = 0.01
) -> Studio:
    """Return a project of a few classes."""
    contents = iter(drawn(each * len(classes) + unlabelled))
    found: dict[str | None, list[bytes]] = {name: [next(contents) for _ in range(each)] for name in classes}
    if unlabelled:
        found[None] = list(contents)
    return Studio(found, pace=pace)


def trained(**options: object) -> Studio:
    """Return a project with a result."""
    studio = pets(each=24, **options)
    studio.train()
    return studio


def until(true: Callable[[], object], seconds: float = 15) -> None:
    """Wait for what takes a moment."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.03)


def drop(page: Page, paths: list[Path], selector: str = "main") -> None:
    """Drop files and folders as a person does, from the desktop."""
    box = page.locator(selector).first.bounding_box()
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + min(box["height"] / 2, 60)}
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "data": data, **place})
    session.detach()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def axe(page: Page, *rules: str) -> list[tuple[str, list[str]]]:
    """Return what axe-core finds; it is run from outside, the page's policy holds."""
    page.evaluate(tools.AXE.read_text())
    only = {"runOnly": list(rules)} if rules else {}
    found = page.evaluate("options => axe.run(document, options)", {"resultTypes": ["violations"]} | only)["violations"]
    return [(one["id"], [node["html"][:300] for node in one["nodes"][:3]]) for one in found]


def write(folder: Path, contents: dict[str, bytes]) -> Path:
    """Write files under a folder."""
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def counts(studio: Studio) -> dict[str, int]:
    """Return how many pictures each class has."""
    return {one["name"]: one["n"] for one in studio.project()["classes"]}


def button(page: Page, name: str, exact: bool = False) -> Locator:
    return page.get_by_role("button", name=name, exact=exact)


def choose(page: Page, name: str, *files: Path) -> None:
    """Choose files by a button that asks for them."""
    with page.expect_file_chooser() as chooser:
        button(page, name).click()
    chooser.value.set_files(list(files))
