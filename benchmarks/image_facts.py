"""What it costs `embed` to measure and store facts about each image: brightness, sharpness, perceptual hash and so on.

    python benchmarks/image_facts.py [--pictures 2000] [--runs 5]

The demo pictures are copied to distinct files. `embed` into an empty store, with and without facts, takes turns in this
process; medians of the ratios of neighbouring runs are printed, of wall time and of processor time (which other work on
the machine changes less).
"""

from __future__ import annotations

import argparse
import contextlib
import platform
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import numpy as np

import headway
from headway.cores import cpu_count
from headway.dataset import Dataset
from headway.facts.images import ImageFacts
from headway.store import Store

NOTHING = ImageFacts(1, 1, "RGB", None, 0.0, 0.0, 0.0, 1, 0)


def copies(folder: Path, count: int) -> list[str]:
    """Write the demo pictures again and again; bytes after the end make each file distinct."""
    contents = [path.read_bytes() for path in sorted(headway.demo.pictures().rglob("*.webp"))]
    paths = [folder / f"{number:06}.webp" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(contents[number % len(contents)] + number.to_bytes(8))
    return [str(path) for path in paths]


@contextlib.contextmanager
def without_facts() -> Iterator[None]:
    with (
        mock.patch("headway.images.decode.measure", return_value=NOTHING),
        mock.patch.object(Store, "put_image_facts"),
    ):
        yield


def seconds(dataset: Dataset, folder: Path, backbone: str) -> tuple[float, float]:
    with tempfile.TemporaryDirectory(dir=folder) as cache:
        wall, processor = time.perf_counter(), time.process_time()
        table = headway.embed(dataset, backbone, cache=cache)
        taken = time.perf_counter() - wall, time.process_time() - processor
        assert table.computed == len(dataset)
        return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--backbone", default="efficientnet_lite0")
    given = parser.parse_args()
    print(
        f"{platform.node()}: {cpu_count()} cores, {platform.machine()}; {given.backbone}, {given.pictures:,} pictures"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = copies(folder, given.pictures)
        dataset = Dataset(paths, np.full(len(paths), -1), ())
        seconds(dataset.subset(range(min(50, len(paths)))), folder, given.backbone)  # warms up
        ratios = []
        for run in range(given.runs):
            taken = {}
            for facts in (True, False) if run % 2 else (False, True):
                with contextlib.nullcontext() if facts else without_facts():
                    taken[facts] = seconds(dataset, folder, given.backbone)
            ratios.append(np.divide(taken[True], taken[False]))
            print(
                f"  with {taken[True][0]:.2f} s ({taken[True][1]:.2f} s of processor), without {taken[False][0]:.2f} s ({taken[False][1]:.2f} s)"
            )
    wall, processor = (statistics.median(column) for column in np.transpose(ratios).tolist())
    print(f"with / without: {wall:.3f} of wall time, {processor:.3f} of processor time   (wanted: at most 1.03)")


if __name__ == "__main__":
    main()
