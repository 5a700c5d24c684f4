"""Seconds and memory of commands with many classes of few pictures, on features that are known.

    python benchmarks/many_classes.py [CLASSESxPICTURES…] [--commands fit audit compare suggest]

By default all commands, with 300x3 1000x3 10000x10. Features are made: centres of classes plus noise, both with
variances that fall as those of a network's features do, and never below 0. For ``fit`` they are a file as ``headway
embed`` writes it, with all that the default recipe reads of the carried backbone (2,768 numbers a picture). The others
read pictures: small ones of random colours, whose made features are in a store of their own. ``compare`` runs all
recipes but those that train a network, and all hand-made descriptors; ``suggest`` has the model of the fit. Each
command is a process of its own. The bounds: 60 s for 1,000 classes of 3 pictures, 15 s for 300 of 3, and 4 GB for
10,000 of 10. Beside other work the processor time of two cores says more than the clock: it is shown halved.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from PIL import Image

from headway import backbones
from headway.dataset import Dataset, read
from headway.embedding import FeatureTable, embed_images, write_parquet
from headway.session import Session

SIZES = ("300x3", "1000x3", "10000x10")
COMMANDS = ("fit", "audit", "compare", "suggest")
SKIPPED = "finetune-last-block,scratch,finetune-all,handmade"  # whose time is that of networks and of descriptors
BOUNDS_S = {"300x3": 15, "1000x3": 60}
BOUND_GB = 4
RANK = 300  # directions in which pictures vary together
FALL, CENTRES_FALL = 0.6, 0.3  # powers by which their spreads fall, and those of the classes beside these
CENTRES, OWN = 1.8, 0.3  # how far classes and single features lie apart, beside pictures of a class
CHUNK = 2_000
COARSE, SIDE = 6, 32  # pixels of the random colours, and of the pictures that are made of them

Fetch = Callable[[np.ndarray, "slice | np.ndarray"], np.ndarray]


def made_features(classes: int, width: int, seed: int = 0) -> Fetch:
    """Return what gives features of made pictures, those of a class as many rows apart as there are classes."""
    random = np.random.default_rng(seed)
    place = np.arange(1, RANK + 1, dtype=np.float32)
    mixing = random.standard_normal((RANK, width), np.float32) * place[:, None] ** -FALL
    centres = CENTRES * random.standard_normal((classes, RANK), np.float32) * place**-CENTRES_FALL

    def fetch(positions: np.ndarray, columns: slice | np.ndarray) -> np.ndarray:
        rows = []
        for start in range(0, len(positions), CHUNK):
            part = positions[start : start + CHUNK]
            drawn = np.random.default_rng([seed, int(part[0])])
            hidden = centres[part % classes] + drawn.standard_normal((len(part), RANK), np.float32)
            values = hidden @ mixing + OWN * drawn.standard_normal((len(part), width), np.float32) + np.float32(0.3)
            rows.append(np.maximum(values, 0)[:, columns])
        return np.concatenate(rows)

    return fetch


def write_features(path: Path, classes: int, pictures: int, seed: int = 0) -> None:
    """Write the features of made pictures as a file."""
    info = backbones.find("efficientnet_lite0")
    dims = {name: info.dims[name] for name in info.depths}
    n = classes * pictures
    dataset = Dataset([f"{row}.jpg" for row in range(n)], np.arange(n) % classes, class_names(classes))
    hashes = [row.to_bytes(32, "big") for row in range(n)]
    about = (info.name, info.sha256, "squash", "fp32", n, 0, None)
    fetch = made_features(classes, sum(dims.values()), seed)
    write_parquet(path, dataset, FeatureTable(np.arange(n), hashes, dims, [], *about, fetch))


def class_names(classes: int) -> tuple[str, ...]:
    return tuple(f"class {number:05}" for number in range(classes))


class MadeEngine:
    """Stands in for the network: pictures get made features, by their rows in the data set."""

    def __init__(self, classes: int, width: int) -> None:
        self._fetch, self._start, self._rows = made_features(classes, width), 0, np.empty((0, width), np.float32)

    def map(self, batches: Iterable[tuple[Any, np.ndarray]]) -> Iterator[tuple[Any, np.ndarray]]:
        for outcome, pixels in batches:
            yield outcome, self._row(outcome.row)[None] if len(pixels) else self._rows[:0]

    def _row(self, row: int) -> np.ndarray:
        if not self._start <= row < self._start + len(self._rows):
            self._start = row - row % CHUNK
            self._rows = self._fetch(np.arange(self._start, self._start + CHUNK), slice(None))
        return self._rows[row - self._start]


def write_pictures(folder: Path, classes: int, pictures: int, cache: Path) -> None:
    """Make pictures, a folder for each class, and put made features of them into a store."""
    random = np.random.default_rng(0)
    for name in class_names(classes):
        (folder / name).mkdir(parents=True)
        for number in range(pictures):
            coarse = Image.fromarray(random.integers(0, 256, (COARSE, COARSE, 3), np.uint8))
            content = io.BytesIO()
            coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(content, "JPEG", quality=90)
            (folder / name / f"{number}.jpg").write_bytes(content.getvalue())
    time.sleep(3)  # a file that was just written is read again, as it may still change
    info = backbones.find("efficientnet_lite0")
    outputs = info.outputs_to_store(info.depths)
    by_class = np.arange(classes * pictures).reshape(classes, pictures)
    dataset = read(folder).subset(by_class.T.ravel())  # in the order of the made features
    engine = MadeEngine(classes, sum(info.dims[name] for name in outputs))
    opened = mock.patch("headway.backbones.open_engine", return_value=engine)
    with opened, Session.open(cache) as session:
        embed_images(session, dataset, info, resize="squash", outputs=outputs, with_squares=True)


def run_command(size: str, what: str, arguments: list[object]) -> dict[str, Any]:
    """Run a command in another process, and print what it took; return its JSON."""
    command = [sys.executable, "-m", "headway", what, *arguments, "--json", "-q"]
    started = time.perf_counter()
    with subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, text=True) as process:
        printed = process.stdout.read() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode:
        raise SystemExit(f"headway {what} of {size} ended with {process.returncode}")
    busy, memory = (used.ru_utime + used.ru_stime) / 2, used.ru_maxrss * 1024 / 1e9
    bound = f", {busy / BOUNDS_S[size]:.2f} of the bound of {BOUNDS_S[size]} s" if size in BOUNDS_S else ""
    print(f"{size} {what}: {seconds:.1f} s, {busy:.1f} s of two cores{bound}; ", end="")
    print(f"{memory:.2f} GB at most, {memory / BOUND_GB:.2f} of the bound of {BOUND_GB} GB", flush=True)
    return json.loads(printed)


def size_of(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.1f} MB"


def measure_fit(size: str, folder: Path, options: list[str]) -> Path:
    """Fit to a file of features; return the model."""
    classes, pictures = map(int, size.split("x"))
    file, model, page = folder / f"{size}.parquet", folder / f"{size}.onnx", folder / f"{size}.fit.html"
    if not file.exists():
        write_features(file, classes, pictures)
    report = run_command(size, "fit", [file, "-o", model, "--report", page, *options])
    print(f"    {report['head']['kind']} on {report['features']['name']}, C = {report['head']['C']}; accuracy ", end="")
    print(f"{report['cross_validation']['accuracy']:.4f} cross-validated, {report['test']['accuracy']:.4f} in the test")
    print(f"    model {size_of(model)}, report {size_of(page)}; seconds: ", end="")
    print(", ".join(f"{stage} {value:.1f}" for stage, value in report["seconds"].items()))
    return model


def measure_audit(size: str, folder: Path, pictures: list[object]) -> None:
    page = folder / f"{size}.audit.html"
    report = run_command(size, "audit", [*pictures, "--report", page])
    print(f"    accuracy {report['accuracy']}, left out {report['left_out']}; report {size_of(page)}")


def measure_compare(size: str, folder: Path, pictures: list[object]) -> None:
    page = folder / f"{size}.compare.html"
    report = run_command(size, "compare", [*pictures, "--skip", SKIPPED, "--report", page])
    for row in report["rows"]:
        print(f"    {row['name']}: accuracy {row['accuracy']:.4f}, {row['seconds']:.1f} s")
    print(f"    left out: {[one['name'] for one in report['left_out']]}; report {size_of(page)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sizes", nargs="*", default=SIZES, metavar="CLASSESxPICTURES")
    parser.add_argument("--commands", nargs="+", default=COMMANDS, choices=COMMANDS)
    parser.add_argument("--folder", type=Path, help="where pictures and files of features are kept, and found again")
    parser.add_argument("--options", default="", help="of headway fit, such as '--head logistic'")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        for size in arguments.sizes:
            model = folder / f"{size}.onnx"
            if "fit" in arguments.commands or ("suggest" in arguments.commands and not model.exists()):
                measure_fit(size, folder, arguments.options.split())
            if not {"audit", "compare", "suggest"} & set(arguments.commands):
                continue
            pictures, cache = folder / size, folder / f"{size}.cache"
            if not pictures.exists():
                write_pictures(pictures, *map(int, size.split("x")), cache)
            given = [pictures, "--cache", cache]
            if "audit" in arguments.commands:
                measure_audit(size, folder, given)
            if "compare" in arguments.commands:
                measure_compare(size, folder, given)
            if "suggest" in arguments.commands:
                run_command(size, "suggest", [model, *given])


if __name__ == "__main__":
    main()
