"""Draw the pictures of docs/studio.md: the page in Chromium, with the drawings that Headway carries.

python scripts/draw_studio.py
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from headway import demo

FOLDER = Path(__file__).parents[1] / "docs" / "images"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
SIZE = {"width": 1180, "height": 760}
MINUTE = 60_000


def main() -> None:
    """Go through the job on the page, and draw what is seen on the way."""
    with tempfile.TemporaryDirectory() as root:
        project = Path(root) / "drawings"
        command = [sys.executable, "-m", "headway", "studio", str(project), "--no-browser", "--json", "--port", "0"]
        with subprocess.Popen([*command, "--cache", f"{root}/cache"], stdout=subprocess.PIPE, text=True) as studio:
            try:
                address = json.loads(studio.stdout.readline())["address"]
                with sync_playwright() as playwright:
                    browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
                    page = browser.new_page(viewport=SIZE, reduced_motion="reduce", color_scheme="light")
                    page.set_default_timeout(5 * MINUTE)
                    page.goto(address)
                    walk(page, pictures(Path(root)))
                    browser.close()
            finally:
                studio.send_signal(signal.SIGINT)


def pictures(place: Path) -> Path:
    """Return an archive of the drawings, one of them under a wrong label."""
    folder = place / "zip"
    shutil.copytree(demo.pictures(), folder / "drawings", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    stray = sorted((folder / "drawings" / "fruit").iterdir())[3]
    shutil.move(stray, folder / "drawings" / "desserts" / stray.name)
    return Path(shutil.make_archive(str(place / "drawings-zip"), "zip", folder))


def walk(page: Page, archive: Path) -> None:
    """Add, train, look."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose pictures or a zip").click()
    chooser.value.set_files(archive)
    page.get_by_role("link", name="Go to training").wait_for()
    page.locator(".uploads").wait_for(state="hidden")
    page.wait_for_function("document.querySelectorAll('.cards .thumbs img').length >= 48")
    page.locator(".job").wait_for(state="hidden")
    draw(page, "pictures")
    page.get_by_role("link", name="Go to training").click()
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_selector("#verdict")
    page.locator(".job").wait_for(state="visible")
    page.locator(".job").wait_for(state="hidden")
    page.locator("#verdict").scroll_into_view_if_needed()
    page.evaluate("scrollTo(0, document.getElementById('verdict').getBoundingClientRect().top + scrollY - 80)")
    page.mouse.move(0, 0)
    draw(page, "train")


def draw(page: Page, name: str) -> None:
    """Write what is seen, in few colours."""
    page.wait_for_timeout(1000)  # pictures that are being decoded
    path = FOLDER / f"studio-{name}.png"
    page.screenshot(path=path)
    with Image.open(path) as drawing:
        few_colours = drawing.convert("RGB").quantize(160)
    few_colours.save(path, optimize=True)
    print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
