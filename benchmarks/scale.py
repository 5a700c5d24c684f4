"""What a data set of many files costs beside `headway embed` as it was, how long a restart takes, and what Ray adds.

    python benchmarks/scale.py local --from fmnist10k --pictures 100000 [--backbone efficientnet_lite0] [--runs 1]
    python benchmarks/scale.py ray   --from fmnist10k --pictures 5000
    python benchmarks/scale.py restart --from fmnist10k --pictures 100000 --backbone tiny
    python benchmarks/scale.py memory --from fmnist10k --pictures 100000
    python benchmarks/scale.py model --per-picture 0.0065 --bytes 2700 --listing 0.000024 --name-bytes 460

`--from` is a folder of classes; its pictures are saved again as often as needed, each with a little noise of its own,
as PNG, in --work, where they stay for the next call. `local` lets plain `headway embed -o FILE.parquet` and
`headway embed -o DEST/` take turns, each a process of its own with an empty cache, and compares their rates by the
processor time and by the clock. `ray` does so with `--engine local` and `--engine ray` on one node, by the clock, with
the start of Ray and without. `restart` computes a data set and runs again: with nothing to do, with the manifest gone,
with one picture changed, and with a hundredth of the shards gone. `memory` compares the peak memory of the driver's list
of all pictures with that of a hundredth of them. `model` multiplies what the others measured, from 10^4 to 10^8.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image


def make(source: Path, target: Path, count: int) -> Path:
    """Save the pictures of a folder of classes again, with noise, until there are so many."""
    folder = target / f"{source.name}-{count}"
    if folder.is_dir():
        return folder
    draft = folder.with_name(folder.name + ".part")
    shutil.rmtree(draft, ignore_errors=True)
    originals = sorted(path for path in source.rglob("*") if path.is_file())
    for number in range(count):
        path = originals[number % len(originals)]
        rng = np.random.default_rng(number)
        with Image.open(path) as image:
            pixels = np.asarray(image)
        changed = np.clip(pixels + rng.normal(0, 3, pixels.shape), 0, 255).astype(np.uint8)
        place = draft / path.parent.name / f"{number:07}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(changed).save(place, compress_level=1)
    draft.rename(folder)
    return folder


class Family(threading.Thread):
    """Counts the processor seconds of all processes with a mark in their environment: Ray's are nobody's children."""

    def __init__(self, mark: str) -> None:
        super().__init__(daemon=True)
        self._mark = mark.encode()
        self._ended = threading.Event()
        self._ticks: dict[str, int] = {}

    def run(self) -> None:
        while not self._ended.wait(0.2):
            for process in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError, IndexError):
                    if self._mark in (process / "environ").read_bytes():
                        fields = (process / "stat").read_text().rpartition(")")[2].split()
                        self._ticks[process.name] = int(fields[11]) + int(fields[12])

    def seconds(self) -> float:
        self._ended.set()
        self.join()
        return sum(self._ticks.values()) / os.sysconf("SC_CLK_TCK")


class Run:
    """One `headway` as a process of its own: seconds by the clock, processor seconds, and the rate that it printed."""

    def __init__(self, words: Sequence[object], cache: Path) -> None:
        mark = f"HEADWAY_BENCHMARK={time.time_ns()}"
        family = Family(mark)
        family.start()
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "headway", *map(str, words)],
            # Ray has its workers give way to others (nice 15), which on a busy machine hides what it costs itself.
            env={"RAY_worker_niceness": "0", **os.environ, "HEADWAY_CACHE": str(cache), **dict([mark.split("=")])},
            capture_output=True,
            text=True,
        )
        self.seconds = time.perf_counter() - start
        self.processor = family.seconds()
        if done.returncode:
            sys.exit(done.stderr)
        found = re.search(r"\(([\d,]+) a second\)", done.stdout)
        self.rate = float(found[1].replace(",", "")) if found else 0.0


def embed(pictures: Path, target: str, work: Path, options: argparse.Namespace, *words: str) -> Run:
    cache = work / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    return Run(["embed", pictures, "-o", target, "--backbone", options.backbone, "--features", "last", *words], cache)


def local(pictures: Path, work: Path, options: argparse.Namespace) -> None:
    plain, many = [], []
    for _ in range(options.runs):
        shutil.rmtree(work / "out", ignore_errors=True)
        plain.append(embed(pictures, str(work / "features.parquet"), work, options))
        many.append(embed(pictures, f"{work / 'out'}/", work, options))
    for name, runs in (("one file, with the store", plain), ("many files", many)):
        print(
            f"{name:26} {statistics.median(each.seconds for each in runs):8.1f} s, processor "
            f"{statistics.median(each.processor for each in runs):8.1f} s"
        )
    clock, processor = (
        statistics.median(getattr(a, which) / getattr(b, which) for a, b in zip(plain, many, strict=True))
        for which in ("seconds", "processor")
    )
    size = sum(file.stat().st_size for file in (work / "out").glob("*.parquet"))
    print(f"{size / options.pictures:,.0f} bytes a picture")
    print(f"rate of many files to that of one: {clock:.3f} by the clock, {processor:.3f} by processor time")


def ray(pictures: Path, work: Path, options: argparse.Namespace) -> None:
    single, cluster = [], []
    words = ("--shard-rows", str(max(1, options.pictures // 8)))
    for _ in range(options.runs):
        for runs, engine in ((single, "local"), (cluster, "ray")):
            shutil.rmtree(work / "out", ignore_errors=True)
            runs.append(embed(pictures, f"{work / 'out'}/", work, options, *words, "--engine", engine))
    for name, runs in (("one process", single), ("Ray on one node", cluster)):
        seconds = statistics.median(each.seconds for each in runs)
        processor = statistics.median(each.processor for each in runs)
        print(f"{name:26} {seconds:8.1f} s, processor {processor:8.1f} s, with the start of it")
    small = make(Path(options.source), work, 100)
    shutil.rmtree(work / "out", ignore_errors=True)
    starts = [embed(small, f"{work / 'out'}/", work, options, "--engine", "local")]
    shutil.rmtree(work / "out", ignore_errors=True)
    starts.append(embed(small, f"{work / 'out'}/", work, options, "--engine", "ray"))
    print(f"of 100 pictures            {starts[0].seconds:8.1f} s alone, {starts[1].seconds:8.1f} s with Ray")
    pairs = list(zip(single, cluster, strict=True))
    for which, how in (("seconds", "by the clock"), ("processor", "by processor time")):
        first, second = (getattr(each, which) for each in starts)
        whole = statistics.median(getattr(a, which) / getattr(b, which) for a, b in pairs)
        more = statistics.median((getattr(a, which) - first) / (getattr(b, which) - second) for a, b in pairs)
        print(f"rate with Ray to that of one process {how}: {whole:.3f} with the start, {more:.3f} without")


def restart(pictures: Path, work: Path, options: argparse.Namespace) -> None:
    dest = work / "out"
    shutil.rmtree(dest, ignore_errors=True)
    words = ("--shard-rows", str(options.shard_rows))
    first = embed(pictures, f"{dest}/", work, options, *words)
    files = sorted(dest.glob("features-*"))
    print(f"{len(files):,} shards, {sum(file.stat().st_size for file in files) / 1e6:,.0f} MB")
    print(f"{'computed':34} {first.seconds:8.1f} s")

    def again(name: str) -> None:
        print(f"{name:34} {embed(pictures, f'{dest}/', work, options, *words).seconds:8.1f} s")

    again("nothing to do")
    (dest / "manifest.json").unlink()
    again("killed before the manifest")
    (dest / "manifest.json").unlink()
    for file in files[: max(1, len(files) // 100)]:
        file.unlink()
    again(f"killed at 99 %: {max(1, len(files) // 100)} of the shards gone")
    changed = next(pictures.rglob("*.png"))
    with Image.open(changed) as image:
        pixels = np.asarray(image)
    Image.fromarray(255 - pixels).save(changed)
    again("one picture changed")


LISTING = """
import resource, sys
from headway.dataset import read
from headway.shards.filelists import cut_files
cut = cut_files(read(sys.argv[1]), 10_000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def memory(pictures: Path, work: Path, options: argparse.Namespace) -> None:
    few = make(Path(options.source), work, options.pictures // 100)
    peaks = [
        int(subprocess.run([sys.executable, "-c", LISTING, folder], capture_output=True, check=True, text=True).stdout)
        for folder in (few, pictures)
    ]
    each = (peaks[1] - peaks[0]) / (options.pictures - options.pictures // 100)
    print(f"peak memory of the list: {peaks[1] / 1e6:,.0f} MB, {each:,.0f} bytes a picture")


def model(options: argparse.Namespace) -> None:
    """Print a row for each power of ten; what is given was measured."""
    print("| pictures | features | list in the driver | a restart | two cores | 100 such machines |")
    print("|---|---|---|---|---|---|")
    for power in range(4, 9):
        count = 10**power
        cells = [
            f"10^{power}",
            _bytes(count * options.bytes),
            _bytes(count * options.name_bytes),
            _time(1 + count * options.listing),
            _time(count * options.per_picture / 2),
            _time(count * options.per_picture / 200),
        ]
        print(f"| {' | '.join(cells)} |")


def _bytes(count: float) -> str:
    return f"{count / 1e9:,.{int(count < 1e10)}f} GB" if count >= 1e9 else f"{count / 1e6:,.0f} MB"


def _time(seconds: float) -> str:
    for unit, name in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:,.0f} {name}"
    return f"{seconds:,.0f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["local", "ray", "restart", "memory", "model"])
    parser.add_argument("--from", dest="source")
    parser.add_argument("--per-picture", type=float, help="processor seconds of a picture")
    parser.add_argument("--bytes", type=float, help="of its features in Parquet")
    parser.add_argument("--listing", type=float, help="seconds of a picture in a restart")
    parser.add_argument("--name-bytes", type=float, help="memory of a picture in the driver's list")
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--backbone", default="efficientnet_lite0")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--shard-rows", type=int, default=10_000)
    parser.add_argument("--work", type=Path, default=Path("/tmp/headway-scale"))
    options = parser.parse_args()
    if options.what == "model":
        model(options)
        return
    options.work.mkdir(parents=True, exist_ok=True)
    pictures = make(Path(options.source), options.work, options.pictures)
    print(f"{options.pictures:,} pictures of {options.source}, {options.backbone}, {os.cpu_count()} cores")
    {"local": local, "ray": ray, "restart": restart, "memory": memory}[options.what](pictures, options.work, options)


if __name__ == "__main__":
    main()
