"""What the tests of the report need besides Python packages; ``python -m tests.browser.tools`` installs what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
AXE = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser() -> str:
    """Return the path of Chromium; without it the tests fail, they are never skipped."""
    for name in _BROWSERS:
        if found := shutil.which(name):
            return found
    raise FileNotFoundError(
        "the tests of the report need Chromium, and there is none in PATH: install it, then make test"
    )


def missing() -> list[str]:
    """Return the Debian packages that are missing."""
    packages = [] if any(map(shutil.which, _BROWSERS)) else ["chromium", "fonts-noto-color-emoji"]
    return packages + [name for name, command in (("nodejs", "node"), ("npm", "npm")) if not shutil.which(command)]


def install() -> None:
    """Install Chromium and Node where they are missing, then TypeScript and axe-core beside this file."""
    if packages := missing():
        before = [] if os.geteuid() == 0 else ["sudo", "-n"]
        if not shutil.which("apt-get") or (before and not shutil.which("sudo")):
            sys.exit(f"make test needs {', '.join(packages)}: install them, then make test")
        for words in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
            if subprocess.run([*before, "apt-get", "--quiet", *words], check=False).returncode:
                sys.exit(f"apt-get could not install {', '.join(packages)}: install them, then make test")
    if subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=FOLDER, check=False).returncode:
        sys.exit(f"npm could not install the packages of {FOLDER / 'package-lock.json'}")


if __name__ == "__main__":
    install()
