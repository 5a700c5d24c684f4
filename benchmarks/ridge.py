"""Ridge regression beside the nearest class mean on made features of many classes, by its shrinkage.

    python benchmarks/ridge.py [CLASSESxPICTURES…]      by default 1000x3 3000x3 10000x10

Features as in many_classes.py, of the last layer; four fifths are learned from, and up to 5,000 of the others predicted.
Log-loss is at the temperature that these have. Seconds are processor time.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from many_classes import SIZES, write_features

from headway.embedding.parquet import read_parquet
from headway.heads import fit_centroid, fit_ridge, ridge, standardise
from headway.search.choice import row_losses

SHRINKAGES = (0.01, 0.03, 0.1, 0.2, 0.3, 0.9)
MOST = 5_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sizes", nargs="*", default=("1000x3", "3000x3", SIZES[-1]), metavar="CLASSESxPICTURES")
    parser.add_argument("--folder", type=Path, help="where files of features are kept, and found again")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        for size in arguments.sizes:
            file = (arguments.folder or Path(temporary)) / f"{size}.parquet"
            if not file.exists():
                write_features(file, *map(int, size.split("x")))
            compare(size, file)


def compare(size: str, file: Path) -> None:
    dataset, table = read_parquet(file)
    labels, k = np.asarray(dataset.labels), len(dataset.classes)
    order = np.random.default_rng(0).permutation(len(labels))
    train, held_out = np.split(order, [4 * len(order) // 5])
    held_out = held_out[:MOST]
    features = table.read(names=["head.mean"])
    data, rows = standardise(features[train]), (labels[train], np.ones(len(train), np.float32), k)
    for shrinkage in (None, *SHRINKAGES):
        ridge._SHRINKAGE = shrinkage or 0.0
        begin = time.process_time()
        head = fit_centroid(data, *rows) if shrinkage is None else fit_ridge(data, *rows)
        seconds = time.process_time() - begin
        losses = row_losses(head.logits(features[held_out]), labels[held_out], np.ones(len(held_out), np.float32))
        name = "nearest class mean" if shrinkage is None else f"ridge, {shrinkage:.2f}"
        print(
            f"{size:9} {name:18} accuracy {losses.correct.mean():.4f}, log-loss {losses.calibrated.mean():.4f}", end=""
        )
        print(f", {seconds:.1f} s", flush=True)


if __name__ == "__main__":
    main()
