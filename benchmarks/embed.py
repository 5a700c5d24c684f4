"""How close `embed` comes to the bound that decoding and the network set, and what reduced decoding gains.

    python benchmarks/embed.py [--pictures 1000] [--runs 3]

The pictures are made here from a seed: gradients at two scales and sensor noise, saved as JPEG like a camera would.
Decoding alone (a thread per core), the network alone (all cores) and `embed` (cold store; loading the network included)
take turns, and medians are compared: bound = 1 / (1 / decoding + 1 / network), in images/s. The network computes the
outputs that `embed` stores. Processor time, which other work on the machine changes less, is compared as well: what
`embed` takes of it beyond both is hashing, facts of pictures, the store and loading the network. Full decoding is what
timm and torchvision do: all pixels to RGB, then a bicubic resize.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from headway.backbones import Engine, best_precision, find, read
from headway.cores import cpu_count
from headway.dataset import Dataset
from headway.embedding import embed
from headway.images import load

BACKBONE = find("efficientnet_lite0")
SEED = 0
QUALITY = 87


def photo(rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """Make a picture with about the detail of a photo."""
    coarse = rng.integers(0, 256, (height // 60 + 2, width // 60 + 2, 3), dtype=np.uint8)
    fine = rng.integers(0, 256, (height // 8 + 2, width // 8 + 2, 3), dtype=np.uint8)
    base = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC), np.float32)
    detail = np.asarray(Image.fromarray(fine).resize((width, height), Image.Resampling.BICUBIC), np.float32)
    noise = rng.normal(0, 4, (height, width, 1)).astype(np.float32)
    return Image.fromarray(np.clip(base * 0.8 + detail * 0.2 + noise, 0, 255).astype(np.uint8))


def make(folder: Path, count: int, width: int, height: int) -> list[str]:
    rng = np.random.default_rng(SEED)
    folder.mkdir()
    paths = [str(folder / f"{number:05}.jpg") for number in range(count)]
    for path in paths:
        photo(rng, width, height).save(path, quality=QUALITY)
    return paths


class Seconds(NamedTuple):
    wall: float
    processor: float


def timed(work: Callable[[], object]) -> Seconds:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return Seconds(time.perf_counter() - wall, time.process_time() - processor)


def decode_all(paths: list[str], size: int) -> Seconds:
    with ThreadPoolExecutor(cpu_count()) as pool:
        return timed(lambda: [None for _ in pool.map(lambda path: load(path, size, "squash"), paths)])


def full_decode(path: str, size: int) -> None:
    with Image.open(path) as image:
        image.convert("RGB").resize((size, size), Image.Resampling.BICUBIC)


def full_decode_all(paths: list[str], size: int) -> Seconds:
    with ThreadPoolExecutor(cpu_count()) as pool:
        return timed(lambda: list(pool.map(lambda path: full_decode(path, size), paths)))


def network_all(engine: Engine, pictures: np.ndarray, count: int) -> Seconds:
    batches = ((None, pictures[number % len(pictures)][np.newaxis]) for number in range(count))
    return timed(lambda: [None for _ in engine.map(batches)])


def embed_all(paths: list[str], folder: Path) -> Seconds:
    dataset = Dataset(paths, np.full(len(paths), -1), ())
    with tempfile.TemporaryDirectory(dir=folder) as cache:
        return timed(lambda: embed(dataset, BACKBONE, cache=cache))


def known_all(paths: list[str], cache: Path) -> Seconds:
    dataset = Dataset(paths, np.full(len(paths), -1), ())
    return timed(lambda: embed(dataset, BACKBONE, cache=cache))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=1000, help="of 500×375 pixels")
    parser.add_argument("--large", type=int, default=24, help="of 4000×3000 pixels")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    size = BACKBONE.input_size
    precision = best_precision()
    print(f"{platform.node()}: {cpu_count()} cores, {platform.machine()}; {BACKBONE.name}, {precision}, seed {SEED}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = make(folder / "small", given.pictures, 500, 375)
        each = sum(os.path.getsize(path) for path in paths) / len(paths)
        print(f"{len(paths):,} JPEG of 500×375, quality {QUALITY}, {each / 1e3:.0f} kB each, {given.runs} runs:")
        engine = Engine(read(BACKBONE), list(BACKBONE.depths), precision)
        sample = np.stack([load(path, size, "squash") for path in paths[:64]])
        runs: dict[str, list[Seconds]] = {"decode": [], "network": [], "embed": []}
        for _ in range(given.runs):
            runs["decode"].append(decode_all(paths, size))
            runs["network"].append(network_all(engine, sample, len(paths)))
            runs["embed"].append(embed_all(paths, folder))
        rate = {what: len(paths) / statistics.median(one.wall for one in spent) for what, spent in runs.items()}
        used = {what: statistics.median(one.processor for one in spent) for what, spent in runs.items()}
        bound = 1 / (1 / rate["decode"] + 1 / rate["network"])
        for what, value in rate.items():
            spread = ", ".join(f"{len(paths) / one.wall:.0f}" for one in runs[what])
            each = 1000 * used[what] / len(paths)
            print(f"  {what:8} {value:7.0f} images/s   ({spread}), {each:.2f} ms of processor each")
        print(f"  bound    {bound:7.0f} images/s")
        print(f"  embed / bound: {rate['embed'] / bound:.3f}   (wanted: at least 0.92)")
        print(f"  the same of processor time: {(used['decode'] + used['network']) / used['embed']:.3f}")
        known_all(paths, folder / "again")
        again = statistics.median([known_all(paths, folder / "again").wall for _ in range(3)])
        print(f"  all known already: {again:.3f} s")

        large = make(folder / "large", given.large, 4000, 3000)
        ours: list[Seconds] = []
        full: list[Seconds] = []
        for _ in range(given.runs):
            ours.append(decode_all(large, size))
            full.append(full_decode_all(large, size))
        ours_rate, full_rate = (len(large) / statistics.median(one.wall for one in spent) for spent in (ours, full))
        ratios = [theirs.processor / own.processor for own, theirs in zip(ours, full, strict=True)]
        print(f"{len(large)} JPEG of 4000×3000: {ours_rate:.1f} images/s, decoded in full {full_rate:.1f} images/s")
        print(f"  reduced / full: {ours_rate / full_rate:.2f}   (wanted: at least 5, in every run)")
        print(f"  the same of processor time, run by run: {', '.join(f'{ratio:.2f}' for ratio in ratios)}")


if __name__ == "__main__":
    main()
