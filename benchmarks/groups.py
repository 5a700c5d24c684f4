"""What looking for groups in names and EXIF times adds to reading a folder, in processor time.

    python benchmarks/groups.py [--pictures 100000] [--photos 5000]

Empty files of 50 classes with names of four kinds, and small JPEG photographs with a camera and a time each. Each folder is
read without groups and with them.
"""

from __future__ import annotations

import argparse
import datetime
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

import headway

NAMES: dict[str, Callable[[int], str]] = {
    "running numbers": lambda number: f"{number % 50:02}/{number:06}.png",
    "photos of a camera": lambda number: f"{number % 50:02}/IMG_{number:06}.png",
    "videos, a word": lambda number: f"{number // 20 % 50:02}/video{number // 20}_frame{number % 20}.png",
    "objects, counters": lambda number: f"{number // 20 % 50:02}/S{number // 20}_{number % 20}.png",
}


def photograph(path: Path, number: int) -> None:
    exif = Image.Exif()
    exif[0x0110] = "camera"
    taken = datetime.datetime(2024, 1, 1) + datetime.timedelta(seconds=7 * number - 6 * (number % 4 == 0))
    exif.get_ifd(0x8769)[0x9003] = taken.strftime("%Y:%m:%d %H:%M:%S")
    Image.new("RGB", (64, 64)).save(path, exif=exif.tobytes())


def report(title: str, folder: str, count: int) -> None:
    seconds = []
    for groups in (False, None):
        start = time.process_time()
        dataset = headway.read(folder, groups=groups)
        seconds.append(time.process_time() - start)
    found = 0 if dataset.groups is None else len(np.unique(dataset.groups))
    each = 1e6 * (seconds[1] - seconds[0]) / count
    print(f"{title}: {seconds[0]:.2f} s and {seconds[1]:.2f} s, {each:.1f} µs a picture, {found:,} groups")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--photos", type=int, default=5_000)
    given = parser.parse_args()
    for title, name in NAMES.items():
        with tempfile.TemporaryDirectory() as folder:
            for number in range(given.pictures):
                path = Path(folder, name(number))
                path.parent.mkdir(exist_ok=True)
                path.touch()
            report(title, folder, given.pictures)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(given.photos):
            place = Path(folder, "ab"[number % 2000 < 1000])
            place.mkdir(exist_ok=True)
            photograph(place / f"DSC_{number:05}.jpg", number)
        report("photographs with times", folder, given.photos)


if __name__ == "__main__":
    main()
