"""What a faster inflate would gain for PNGs: Pillow as it is, and inflating alone by zlib, zlib-ng and ISA-L.

    python benchmarks/png.py [--runs 7]        in an environment with isal and zlib-ng, beside Headway

The pictures are made here from a seed: a photo with noise, and a drawing of flat areas, as PNGs of 8 bits. One thread;
all take turns, and medians of processor time are printed. Pillow's wheels inflate by zlib-ng; what it does besides
(undoing the filters, checksums, moving pixels) no other inflate changes. So the best that can be had is decoding less
its own inflating plus ISA-L's, which is printed as a ratio to Pillow.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import platform
import statistics
import time
import zlib
from collections.abc import Callable

import numpy as np
from embed import SEED, photo
from PIL import Image, features


def drawing(rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """Make a picture of rectangles of one colour each."""
    pixels = np.full((height, width, 3), 255, np.uint8)
    for _ in range(60):
        top, left = rng.integers(0, height), rng.integers(0, width)
        pixels[top : top + height // 5, left : left + width // 7] = rng.integers(0, 256, 3)
    return Image.fromarray(pixels)


def png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def compressed(content: bytes) -> bytes:
    """Return what the IDAT chunks hold together."""
    at, found = 8, b""
    while at < len(content):
        length, name = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        found += content[at + 8 : at + 8 + length] if name == b"IDAT" else b""
        at += length + 12
    return found


def decode(content: bytes) -> None:
    with Image.open(io.BytesIO(content)) as image:
        image.load()


def milliseconds(work: Callable[[], object]) -> float:
    start = time.thread_time()
    work()
    return 1000 * (time.thread_time() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    given = parser.parse_args()
    if missing := [name for name in ("isal", "zlib_ng") if importlib.util.find_spec(name) is None]:
        print(f"left out: {' and '.join(missing)} must be installed (pip install isal zlib-ng)")
        return
    from isal import isal_zlib
    from zlib_ng import zlib_ng

    versions = (
        f"Pillow {Image.__version__}, zlib-ng {features.version_feature('zlib_ng')}"
        if features.check_feature("zlib_ng")
        else f"Pillow {Image.__version__}, zlib {features.version_codec('zlib')}"
    )
    print(f"{platform.node()}: {platform.machine()}; {versions}, seed {SEED}")
    rng = np.random.default_rng(SEED)
    for what, make in (("photo", photo), ("drawing", drawing)):
        for width, height in ((500, 375), (4000, 3000)):
            content = png(make(rng, width, height))
            packed = compressed(content)
            ways: dict[str, Callable[[], object]] = {
                "Pillow": lambda content=content: decode(content),
                "zlib": lambda packed=packed: zlib.decompress(packed),
                "zlib-ng": lambda packed=packed: zlib_ng.decompress(packed),
                "ISA-L": lambda packed=packed: isal_zlib.decompress(packed),
            }
            runs: dict[str, list[float]] = {way: [] for way in ways}
            for _ in range(given.runs):
                for way, work in ways.items():
                    runs[way].append(milliseconds(work))
            spent = {way: statistics.median(times) for way, times in runs.items()}
            best = spent["Pillow"] - spent["zlib-ng"] + spent["ISA-L"]
            shown = ", ".join(f"{way} {value:.1f} ms" for way, value in spent.items())
            print(f"{what} of {width}×{height}, {len(content) / 1e6:.2f} MB: {shown}")
            print(f"  the best with ISA-L: {best:.1f} ms, {spent['Pillow'] / best:.2f} times as fast as Pillow")


if __name__ == "__main__":
    main()
