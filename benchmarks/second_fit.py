"""The second ``headway fit`` on 10,000 unchanged pictures, and the third after 100 more.

python benchmarks/second_fit.py [N]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

BOUND = 3.0  # seconds for the whole command, the search of the head aside


def write(root: Path, numbers: range) -> None:
    for number in numbers:
        rng = np.random.default_rng(number)
        folder = root / f"class{number % 10}"
        folder.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 40, (28, 28), np.uint8) + np.uint8(20 * (number % 10))
        Image.fromarray(pixels).save(folder / f"{number:06d}.png")


def fit(root: Path, folder: Path) -> tuple[dict, float]:
    headway = str(Path(sys.executable).with_name("headway"))
    command = [headway, "fit", str(root), "-o", str(folder / "m.onnx"), "--cache", str(folder / "cache"), "--json"]
    start = time.perf_counter()
    done = subprocess.run([*command, "--quiet"], check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout), time.perf_counter() - start


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root = folder / "pictures"
        write(root, range(count))
        for run in ("first", "second", "after 100 more"):
            if run == "after 100 more":
                write(root, range(count, count + 100))
            report, seconds = fit(root, folder)
            aside = seconds - report["seconds"]["search"] - report["seconds"]["refit"]
            print(f"{run:15} {seconds:6.2f} s, learning the head aside {aside:5.2f} s = {aside / BOUND:.2f} of the bound; "
                  f"computed {report['features']['computed']:,}; {report['seconds']}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
