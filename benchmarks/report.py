"""What a report adds to ``headway fit``, how large it is, and how fast a browser opens it.

python benchmarks/report.py [N]
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from headway import demo

SECONDS, MANY_SECONDS = 2.0, 20.0  # goals: for the demo's pictures, and for 10,000
KILOBYTES, PICTURE_KILOBYTES = 300, 3000
OPENING = 1.0  # seconds, over those of an empty page


def write(root: Path, count: int, classes: int = 200) -> None:
    """Write noise around a mean for each class: features differ, and so do thumbnails."""
    for number in range(count):
        rng = np.random.default_rng(number)
        folder = root / f"species {number % classes:03d}"
        folder.mkdir(parents=True, exist_ok=True)
        mean = np.random.default_rng(number % classes).integers(0, 256, (8, 8, 3))
        pixels = np.clip(np.kron(mean, np.ones((16, 16, 1))) + rng.normal(0, 40, (128, 128, 3)), 0, 255)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"picture {number:06d}.jpg", quality=80)


def fit(root: Path, folder: Path, *options: str) -> float:
    headway = [sys.executable, "-m", "headway"]
    start = time.perf_counter()
    # The cheapest head: what a report adds does not depend on the search.
    words = [str(root), "-o", str(folder / "m.onnx"), "--cache", str(folder / "cache"), "--head", "centroid", "--quiet"]
    subprocess.run([*headway, "fit", *words, *options], check=True)
    return time.perf_counter() - start


def opening(page: Path) -> float | None:
    browser = shutil.which("chromium")
    if browser is None:
        return None
    start = time.perf_counter()
    subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", page.as_uri()],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - start


def measure(what: str, root: Path, folder: Path, goal: float) -> None:
    fit(root, folder, "--no-report")  # features are computed once
    pairs = [
        (fit(root, folder, "--no-report"), fit(root, folder)) for _ in range(3)
    ]  # in turn: others share the machine
    without = np.median([plain for plain, _ in pairs])
    added = np.median([reported - plain for plain, reported in pairs])
    page = folder / "m.html"
    print(f"{what}: a report adds {added:.1f} s to {without:.1f} s (goal: at most {goal:g} s)")
    print(f"  with pictures {page.stat().st_size / 1e3:,.0f} KB (goal: {PICTURE_KILOBYTES:,})")
    empty = folder / "empty.html"
    empty.write_text("<!DOCTYPE html><title>nothing</title>")
    if (seconds := opening(page)) is not None:
        more = np.median([opening(page) for _ in range(3)]) - np.median([opening(empty) for _ in range(3)])
        print(
            f"  Chromium opens it in {more:.2f} s more than an empty page (goal: {OPENING:g}; cold {seconds:.2f} s in all)"
        )
    fit(root, folder, "--no-pictures")
    print(f"  without pictures {page.stat().st_size / 1e3:,.0f} KB (goal: {KILOBYTES})")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measure("the demo's pictures", demo.pictures(), folder, SECONDS)
        write(folder / "photos", count)
        measure(f"{count:,} pictures of 200 classes", folder / "photos", folder, MANY_SECONDS)


if __name__ == "__main__":
    main()
