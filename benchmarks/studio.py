"""How fast the studio is: from the command to its first page, and from 1,000 dropped pictures to ready to train.

    python benchmarks/studio.py

Pictures of 500 × 375 are sent as the page sends them, 64 in a request, two requests at a time; they are ready when the
features of all are known. The bound is 15 s.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

N, SIZE, BOUND_S = 1000, (500, 375), 15.0
FILES, AT_ONCE = 64, 2
CLASSES = 4


class Studio:
    """A process of the studio, and requests to it."""

    def __init__(self, folder: Path) -> None:
        self.began = time.perf_counter()
        command = [
            sys.executable,
            "-m",
            "headway",
            "studio",
            str(folder / "project"),
            "--no-browser",
            "--port",
            "0",
            "--json",
        ]
        environment = {**os.environ, "HEADWAY_CACHE": str(folder / "cache")}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        self.base, _, self.token = json.loads(self.process.stdout.readline())["address"].partition("/?token=")

    def ask(self, path: str, body: bytes | None = None, kind: str = "application/json") -> bytes:
        headers = {"Authorization": f"Bearer {self.token}", "X-Headway": "1", "Content-Type": kind}
        with urllib.request.urlopen(urllib.request.Request(self.base + path, body, headers)) as answer:
            return answer.read()

    def project(self) -> dict[str, Any]:
        return json.loads(self.ask("/api/project"))

    def send(self, named: list[tuple[str, bytes]]) -> None:
        edge = "edge-of-a-part"
        head = 'Content-Disposition: form-data; name="files"; filename="{}"\r\nContent-Type: image/jpeg\r\n\r\n'
        parts = [f"--{edge}\r\n{head.format(name)}".encode() + content + b"\r\n" for name, content in named]
        body = b"".join(parts) + f"--{edge}--\r\n".encode()
        answer = json.loads(self.ask("/api/pictures?batch=1", body, f"multipart/form-data; boundary={edge}"))
        assert len(answer["added"]) == len(named), answer["refused"][:3]


def photographs() -> list[tuple[str, bytes]]:
    """Return JPEG files of coarse and fine noise, the coarse with a colour for each class."""
    rng = np.random.default_rng(0)
    made = []
    for number in range(N):
        coarse = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        coarse[..., number % CLASSES % 3] //= 2
        pixels = np.asarray(Image.fromarray(coarse).resize(SIZE, Image.Resampling.BICUBIC), np.int16)
        noisy = np.clip(pixels + rng.integers(-12, 13, pixels.shape), 0, 255).astype(np.uint8)
        file = io.BytesIO()
        Image.fromarray(noisy).save(file, "JPEG", quality=85)
        made.append((f"class {number % CLASSES}/{number}.jpg", file.getvalue()))
    return made


def main() -> None:
    pictures = photographs()
    with tempfile.TemporaryDirectory() as root:
        studio = Studio(Path(root))
        try:
            studio.ask("/")
            print(f"first page after {time.perf_counter() - studio.began:.2f} s")
            studio.project()
            began = time.perf_counter()
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(studio.send, [pictures[at : at + FILES] for at in range(0, N, FILES)]))
            sent = time.perf_counter() - began
            shown = json.loads(studio.ask("/api/pictures?view=all&limit=60"))["pictures"]
            for picture in shown:
                studio.ask(f"/api/thumb?file={urllib.request.quote(picture['file'])}&size=192")
            seen = time.perf_counter() - began
            while studio.project()["features"]["known"] < N:
                time.sleep(0.1)
            ready = time.perf_counter() - began
            print(f"{N:,} pictures: there after {sent:.1f} s, the first 60 shown after {seen:.1f} s, ready to train after "
                  f"{ready:.1f} s: {ready / BOUND_S:.2f} of the bound")  # fmt: skip
        finally:
            studio.process.send_signal(signal.SIGINT)
            studio.process.wait()


if __name__ == "__main__":
    main()
