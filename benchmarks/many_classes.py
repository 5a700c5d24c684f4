"""Seconds and memory of ``headway fit`` with many classes of few pictures, on features that are known.

    python benchmarks/many_classes.py [CLASSESxPICTURES…]      by default 300x3 1000x3 10000x10

Each data set is a file of features as ``headway embed`` writes it, with all that the default recipe reads of the
carried backbone (2,768 numbers a picture). They are made: centres of classes plus noise, both with variances that fall
as those of a network's features do, and never below 0. A fit is a process of its own. The bounds: 60 s for 1,000
classes of 3 pictures, 15 s for 300 of 3, and 4 GB for 10,000 of 10. Beside other work the processor time of two cores
says more than the clock: it is shown halved.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from headway import backbones
from headway.dataset import Dataset
from headway.embedding import FeatureTable, write_parquet

SIZES = ("300x3", "1000x3", "10000x10")
BOUNDS_S = {"300x3": 15, "1000x3": 60}
BOUND_GB = 4
RANK = 300  # directions in which pictures vary together
FALL, CENTRES_FALL = 0.6, 0.3  # powers by which their spreads fall, and those of the classes beside these
CENTRES, OWN = 1.8, 0.3  # how far classes and single features lie apart, beside pictures of a class
CHUNK = 2_000


def write_features(path: Path, classes: int, pictures: int, seed: int = 0) -> None:
    """Write the features of made pictures."""
    info = backbones.find("efficientnet_lite0")
    dims = {name: info.dims[name] for name in info.depths}
    random = np.random.default_rng(seed)
    width, n = sum(dims.values()), classes * pictures
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

    names = tuple(f"class {number:05}" for number in range(classes))
    dataset = Dataset([f"{row}.jpg" for row in range(n)], np.arange(n) % classes, names)
    hashes = [row.to_bytes(32, "big") for row in range(n)]
    about = (info.name, info.sha256, "squash", "fp32", n, 0, None)
    write_parquet(path, dataset, FeatureTable(np.arange(n), hashes, dims, [], *about, fetch))


def measure(classes: int, pictures: int, folder: Path, options: list[str]) -> None:
    """Fit in another process, and print what it took."""
    file, model = folder / f"{classes}x{pictures}.parquet", folder / "model.onnx"
    if not file.exists():
        write_features(file, classes, pictures)
    page = folder / "report.html"
    command = [sys.executable, "-m", "headway", "fit", file, "-o", model, "--report", page, "--json", "-q"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run([*map(str, command), *options], stdout=subprocess.PIPE, text=True, check=True)
    seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    report = json.loads(done.stdout)
    name = f"{classes}x{pictures}"
    bound = f", {busy / 2 / BOUNDS_S[name]:.2f} of the bound of {BOUNDS_S[name]} s" if name in BOUNDS_S else ""
    memory = used.ru_maxrss * 1024 / 1e9  # of the largest child so far: sizes come in ascending order
    print(f"{classes:,} classes of {pictures}: {seconds:.1f} s, {busy / 2:.1f} s of two cores{bound}")
    print(f"    {memory:.2f} GB at most, {memory / BOUND_GB:.2f} of the bound of {BOUND_GB} GB")
    print(f"    {report['head']['kind']} on {report['features']['name']}, C = {report['head']['C']}; accuracy ", end="")
    print(f"{report['cross_validation']['accuracy']:.4f} cross-validated, {report['test']['accuracy']:.4f} in the test")
    print(f"    model {model.stat().st_size / 1e6:.1f} MB, report {page.stat().st_size / 1e6:.1f} MB, ", end="")
    print(f"JSON {len(done.stdout) / 1e6:.1f} MB; seconds: ", end="")
    print(", ".join(f"{stage} {value:.1f}" for stage, value in report["seconds"].items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sizes", nargs="*", default=SIZES, metavar="CLASSESxPICTURES")
    parser.add_argument("--folder", type=Path, help="where files of features are kept, and found again")
    parser.add_argument("--options", default="", help="of headway fit, such as '--head logistic'")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        for size in arguments.sizes:
            classes, pictures = map(int, size.split("x"))
            measure(classes, pictures, arguments.folder or Path(temporary), arguments.options.split())


if __name__ == "__main__":
    main()
