"""How many pictures a second `predict` classifies, against `embed` of the same files, nothing known of either.

    python benchmarks/predict.py [--pictures 1000] [--runs 5]

The pictures are those of `embed.py`. `headway predict MODEL FOLDER`, `--json` and `embed` with the outputs that the head
reads take turns in this process: all open the network anew, and `embed` has an empty store. Medians of the ratios of
neighbouring runs are printed, of wall time and of processor time (which other work on the machine changes less).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from embed import make

import headway
from headway.cli.main import run
from headway.cores import cpu_count
from headway.dataset import Dataset


def taken(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of wall time and of processor time."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def predict(model: Path, folder: Path, *options: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        assert run(["predict", str(model), str(folder), *options]) == 0
    assert printed.getvalue().count("\n") == len(list(folder.iterdir()))


def embed(paths: list[str], outputs: tuple[str, ...], folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as cache:
        headway.embed(Dataset(paths, np.full(len(paths), -1), ()), outputs=outputs, cache=cache)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=1000, help="of 500×375 pixels")
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    print(f"{platform.node()}: {cpu_count()} cores, {platform.machine()}; {given.pictures:,} JPEG of 500×375")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = make(folder / "pictures", given.pictures, 500, 375)
        model = headway.fit(headway.demo.pictures(), cache=folder)
        saved = model.save(folder / "demo.onnx")
        ways: dict[str, Callable[[], None]] = {
            "embed": lambda: embed(paths, model.features, folder),
            "predict": lambda: predict(saved, folder / "pictures"),
            "predict --json": lambda: predict(saved, folder / "pictures", "--json"),
        }
        runs: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
        for _ in range(given.runs):
            for way, work in ways.items():
                runs[way].append(taken(work))
    for way, spans in runs.items():
        rates = [len(paths) / wall for wall, _ in spans]
        processor = 1000 * statistics.median(seconds for _, seconds in spans) / len(paths)
        spread = ", ".join(f"{rate:.0f}" for rate in rates)
        print(f"  {way:14} {statistics.median(rates):5.0f} images/s ({spread}), {processor:.2f} ms of processor each")
    for way in ("predict", "predict --json"):
        ratios = np.divide(runs["embed"], runs[way])
        wall, cpu = (statistics.median(column) for column in np.transpose(ratios).tolist())
        print(f"{way} / embed: {wall:.3f} of wall time, {cpu:.3f} of processor time   (wanted: at least 0.9)")


if __name__ == "__main__":
    main()
