"""What each hand-made descriptor is worth, alone and all together, with a support vector machine, and how fast it is.

    python benchmarks/handmade.py DATA [DATA …] [--folds 5] [--seed 0] [--cache FOLDER] [--timed 200]

DATA are class folders. Accuracy: 5-fold cross-validation of the RBF SVM over all pictures, visual words learnt on each
fold's training part only. C is chosen by the same cross-validation; the score and its interval are corrected for that
(BBC-CV), as in the summary of `headway fit`. Images/s: the descriptor alone, on all cores, of pictures that are decoded.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from headway.backbones import BackboneInfo, handmade, open_engine
from headway.cores import cpu_count
from headway.dataset import Dataset, read
from headway.embedding import embed
from headway.images import load
from headway.preparation import Preparation
from headway.rendering.data import source
from headway.search import search
from headway.splits import folds


def bags(info: BackboneInfo) -> tuple[tuple[int, int, int], ...]:
    starts = np.cumsum([0, *info.dims.values()]).tolist()
    columns = zip(info.dims.items(), starts, strict=False)
    return tuple((start, width, info.local[name]) for (name, width), start in columns if name in info.local)


def images_per_s(info: BackboneInfo, pictures: list[np.ndarray]) -> float:
    engine = open_engine(info, info.depths, "fp32")
    engine.run(np.stack(pictures[:2]))
    start = time.perf_counter()
    for _ in engine.map((None, picture[np.newaxis]) for picture in pictures):
        pass
    return len(pictures) / (time.perf_counter() - start)


def report(dataset: Dataset, cache: Path, arguments: argparse.Namespace) -> None:
    together = handmade.info("handmade")
    table = embed(dataset, together, cache=cache)
    labels = dataset.labels[table.rows]
    pairs = folds(labels, n_folds=arguments.folds, seed=arguments.seed)
    few = table.rows[:: max(1, len(table) // arguments.timed)]
    pictures = [load(dataset.pictures[row], together.input_size, "squash") for row in few]
    print(f"{source(dataset.source)}, {len(labels):,} pictures, {cpu_count()} cores")
    print(f"{'descriptor':<12} {'numbers':>8} {'accuracy':>9}  {'95 % interval':<15} {'C':>5} {'images/s':>9}")
    for name in handmade.NAMES:
        info = handmade.info(name)
        preparation = Preparation(local=bags(info), seed=arguments.seed)
        result = search(
            {name: table.read(names=info.depths)},
            labels,
            pairs,
            n_classes=len(dataset.classes),
            head="svm",
            preparations={name: preparation},
            seed=arguments.seed,
        )
        score = result.score
        print(
            f"{name:<12} {sum(info.dims.values()):>8,} {score.accuracy:>9.3f}  {score.low:.3f} to {score.high:.3f}"
            f" {result.choice.C:>7g} {images_per_s(info, pictures):>9.0f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path, help="where features are kept; default: a folder that is thrown away")
    parser.add_argument("--timed", type=int, default=200, help="pictures that the speed is measured on")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for data in arguments.data:
            report(read(data), arguments.cache or Path(folder), arguments)


if __name__ == "__main__":
    main()
