"""What each selection of features does to cross-validated accuracy, to the size of the head, and to the time.

    python benchmarks/selection.py DATA [DATA …] [--cache FOLDER]        # class folders

2,768 features of the carried backbone, logistic regression, 5 folds, seed 0; everything is selected on the training
part of each fold. With a count where the table says so, otherwise as many as the method leaves.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from features import of

from headway.preparation import Preparation
from headway.search import refit, search
from headway.splits import folds

COUNT = 512
TRIED = [
    ("none", 0),
    *((how, 0) for how in ("std", "correlation", "mutual-info", "anova", "l1")),
    *((how, COUNT) for how in ("std", "correlation", "mutual-info", "anova", "l1")),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+")
    parser.add_argument("--cache")
    given = parser.parse_args()
    for data in given.data:
        features, labels = of(data, given.cache)
        n_classes = int(labels.max()) + 1
        divisions = folds(labels, groups=np.arange(len(labels)), n_folds=5, seed=0)
        print(f"{Path(data).name}: {len(labels):,} pictures, {n_classes} classes")
        print(f"{'selection':18} {'kept':>6} {'accuracy':>9} {'±':>6} {'log-loss':>9} {'head, KB':>9} {'seconds':>8}")
        for how, count in TRIED:
            preparation = Preparation(how, count)
            started = time.perf_counter()
            result = search(
                {"depths": features}, labels, divisions, n_classes=n_classes, head="logistic",
                preparations={"depths": preparation},
            )  # fmt: skip
            head, _ = refit(result.choice, features, labels, n_classes=n_classes, preparation=preparation)
            seconds = time.perf_counter() - started
            score = result.score
            kilobytes = 4 * n_classes * (head.n_features + 1) / 1e3
            name = f"{how} {count}" if count else how
            print(f"{name:18} {head.n_features:6,} {score.accuracy:9.4f} {score.std:6.4f} {score.log_loss:9.4f} "
                  f"{kilobytes:9.1f} {seconds:8.1f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
