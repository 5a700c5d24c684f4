"""Peak memory of `embed`, for few and for many pictures: it must not grow with their number.

    python benchmarks/memory.py [--few 10000] [--many 70000] [--backbone efficientnet_lite0]
    python benchmarks/memory.py --few 1000 --many 10000 --backbone pixels --image-size 92 --write npy

With ``--write`` the features are written to a file, too: those of the second call are 25,392 to a picture, about as many
as those of VGG16's last map.

Each run is a process of its own with a cold store; its peak is the most physical memory that it ever held (ru_maxrss).
The pictures, 28×28 PNG of noise from a seed, are made here.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

RUN = """
import resource, sys, time
from pathlib import Path
import headway
dataset = headway.read(sys.argv[1])
dataset = dataset.subset(range(int(sys.argv[3])))
network = headway.backbones.obtain(sys.argv[4], image_size=int(sys.argv[5]))
table = headway.embed(dataset, network, cache=Path(sys.argv[2]))
if sys.argv[6]:
    from headway.embedding import write_features
    write_features(Path(sys.argv[2]) / f"features.{sys.argv[6]}", dataset, table)
assert len(table) == len(dataset)
print(table.computed, table.images_per_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def make(folder: Path, count: int) -> None:
    rng = np.random.default_rng(0)
    for number in range(count):
        part = folder / f"class{number % 10}"
        if number < 10:
            part.mkdir(parents=True)
        Image.fromarray(rng.integers(0, 256, (28, 28), dtype=np.uint8)).save(part / f"{number:06}.png")


def peak(folder: Path, count: int, given: argparse.Namespace) -> float:
    with tempfile.TemporaryDirectory(dir=folder.parent) as cache:
        options = [given.backbone, str(given.image_size), given.write]
        command = [sys.executable, "-c", RUN, str(folder), cache, str(count), *options]
        start = time.perf_counter()
        said = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ).stdout.split()
        seconds = time.perf_counter() - start
    megabytes = float(said[2]) * 1024 / 1e6
    print(
        f"{count:7,} pictures: {megabytes:6.1f} MB at most, {float(said[1]):.0f} images/s, {seconds:.0f} s", flush=True
    )
    return megabytes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--many", type=int, default=70_000)
    parser.add_argument("--backbone", default="efficientnet_lite0")
    parser.add_argument("--image-size", type=int, default=0)
    parser.add_argument("--write", choices=("parquet", "npy", "npz"), default="")
    given = parser.parse_args()
    if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 1:
        sys.exit("this system does not tell how much memory a process took")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "pictures"
        make(folder, given.many)
        few, many = (peak(folder, count, given) for count in (given.few, given.many))
    print(f"many / few: {many / few:.3f} (wanted: at most 1.10), under 600 MB: {'yes' if many < 600 else 'no'}")


if __name__ == "__main__":
    main()
