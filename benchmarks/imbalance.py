"""What each balance does where half of the classes have a tenth of the pictures.

    python benchmarks/imbalance.py DATA [--cache FOLDER] [--large 300] [--seeds 3]        # class folders

For every seed half of each class is the test part, which is balanced: as many pictures of every class. Of the other
half, `--large` pictures of one half of the classes and a tenth of that of the others are trained on. Features of the
carried backbone, logistic regression, C and temperature chosen by 5 folds of the training pictures.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from features import of

from headway.errors import DataError
from headway.preparation import Preparation
from headway.search import refit, search
from headway.splits import folds

BALANCES = ("none", "weights", "undersample", "oversample", "smote")
RATIO = 10


def divide(labels: np.ndarray, large: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    n_classes = int(labels.max()) + 1
    half = int(np.bincount(labels).min() // 2)
    small = random.permutation(n_classes)[: n_classes // 2]
    train, test = [], []
    for own in range(n_classes):
        rows = random.permutation(np.flatnonzero(labels == own))
        test.append(rows[:half])
        train.append(rows[half : half + (large // RATIO if own in small else large)])
    return np.concatenate(train), np.concatenate(test)


def main() -> None:
    from sklearn.metrics import accuracy_score, f1_score, log_loss

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--cache")
    parser.add_argument("--large", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    features, labels = of(given.data, given.cache)
    n_classes = int(labels.max()) + 1
    scores: dict[str, list[tuple[float, ...]]] = {balance: [] for balance in BALANCES}
    for seed in range(given.seeds):
        train, test = divide(labels, given.large, seed)
        own, truth = labels[train], labels[test]
        divisions = folds(own, groups=np.arange(len(own)), n_folds=5, seed=seed)
        for balance in BALANCES:
            how = Preparation(balance=balance, seed=seed)
            started = time.perf_counter()
            try:
                result = search(
                    {"a": features[train]},
                    own,
                    divisions,
                    n_classes=n_classes,
                    head="logistic",
                    preparations={"a": how},
                )
            except DataError as error:
                print(f"{balance}: {error}")
                continue
            head, _ = refit(result.choice, features[train], own, n_classes=n_classes, preparation=how)
            seconds = time.perf_counter() - started
            logits = result.calibration.logits(head.logits(features[test]).astype(np.float64))
            probabilities = np.exp(logits - logits.max(axis=1, keepdims=True))
            probabilities /= probabilities.sum(axis=1, keepdims=True)
            top = logits.argmax(axis=1)
            recall = [(top[truth == one] == one).mean() for one in range(n_classes)]
            small = np.bincount(own) < given.large
            # On a balanced test part accuracy and balanced accuracy are the same number.
            scores[balance].append(
                (accuracy_score(truth, top), f1_score(truth, top, average="macro"), log_loss(truth, probabilities),
                 np.mean(np.array(recall)[small]), np.mean(np.array(recall)[~small]), seconds)
            )  # fmt: skip
    print(f"{Path(given.data).name}: {len(train):,} pictures to train on, {len(test):,} to test, "
          f"{given.seeds} seeds, {n_classes} classes")  # fmt: skip
    names = "balanced accuracy", "macro F1", "log-loss", "recall small", "recall large", "seconds"
    print(f"{'balance':12} " + " ".join(f"{name:>18}" for name in names))
    for balance, of_seeds in scores.items():
        if not of_seeds:
            continue
        mean, spread = np.mean(of_seeds, axis=0), np.std(of_seeds, axis=0, ddof=1 if given.seeds > 1 else 0)
        print(f"{balance:12} " + " ".join(f"{m:10.4f} ±{s:6.4f}" for m, s in zip(mean, spread, strict=True)))


if __name__ == "__main__":
    main()
