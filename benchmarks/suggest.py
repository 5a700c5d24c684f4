"""How many labels `headway suggest` saves: labels needed for 90 % of the accuracy that all labels give.

    python benchmarks/suggest.py ROOT [--cache FOLDER] [--seeds 10] [--goal 0.9] [--data NAME …] [--only WAY …] [--first]

ROOT is the folder of elpv, clip12 and fmnist10k.

For every seed half of the pictures are the test part; of the others, up to 3,000 are a pool whose labels are asked for
round by round. After each round a logistic head is fitted to the labels so far, with the penalty and the temperature
that cross-validate best, and predicts the test part; a round that passes the goal counts in part. Nothing is labelled
at first: whoever has no other way to begin takes centroids. ADR 28 has what each way is.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from features import of

from headway.calibration import Calibration
from headway.errors import DataError
from headway.search import Choice, refit, search
from headway.splits import folds
from headway.suggesting import choose, margins

WIDTH = 1280  # of the last layer
DATA = {"elpv": 10, "clip12": 20, "fmnist10k": 20}  # labels a round
POOL = 3000
C = (0.001, 0.01, 0.1)
FIRST = (20, 50, 100)

Way = Callable[[np.ndarray, np.ndarray | None, int, int], np.ndarray]
"""From features and predictions of a pool, a number and a seed to positions."""


def headway_suggest(features: np.ndarray, predicted: np.ndarray | None, n: int, seed: int) -> np.ndarray:
    return choose(features, n, predicted, seed=seed).rows


def at_random(features: np.ndarray, predicted: np.ndarray | None, n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(len(features))[:n]


def random_first(features: np.ndarray, predicted: np.ndarray | None, n: int, seed: int) -> np.ndarray:
    return (at_random if predicted is None else headway_suggest)(features, predicted, n, seed)


def centroids(features: np.ndarray, predicted: np.ndarray | None, n: int, seed: int) -> np.ndarray:
    return headway_suggest(features, None, n, seed)


def least_margins(features: np.ndarray, predicted: np.ndarray | None, n: int, seed: int) -> np.ndarray:
    return centroids(features, None, n, seed) if predicted is None else margins(predicted).argsort(kind="stable")[:n]


def clustered(times: int, *, middle: bool = False) -> Way:
    """Of ``times`` as many uncertain images, in clusters, the most uncertain of each, or the one in the middle."""

    def way(features: np.ndarray, predicted: np.ndarray | None, n: int, seed: int) -> np.ndarray:
        if predicted is None:
            return centroids(features, None, n, seed)
        margin = margins(predicted)
        pool = margin.argsort(kind="stable")[: times * n]
        clusters, distances = _clusters(features[pool], n, seed)
        return pool[_first(clusters, distances if middle else margin[pool])]

    return way


def weighted(features: np.ndarray, predicted: np.ndarray | None, n: int, seed: int) -> np.ndarray:
    weights = None if predicted is None else 1 - margins(predicted) + 1e-3
    return _first(*_clusters(features, n, seed, weights))


def _clusters(
    features: np.ndarray, n: int, seed: int, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.cluster import KMeans

    if len(features) <= n:
        return np.arange(len(features)), np.zeros(len(features))
    directions = features / np.linalg.norm(features, axis=1, keepdims=True)
    means = KMeans(n, n_init=1, max_iter=50, random_state=seed).fit(directions, sample_weight=weights)
    return means.labels_, np.linalg.norm(directions - means.cluster_centers_[means.labels_], axis=1)


def _first(clusters: np.ndarray, by: np.ndarray) -> np.ndarray:
    order = np.lexsort((by, clusters))
    return order[np.diff(clusters[order], prepend=-1) > 0]


WAYS: dict[str, Way] = {
    "random": at_random,
    "headway suggest": headway_suggest,
    "random first, then the same": random_first,
    "centroids always": centroids,
    "least margins": least_margins,
    "clusters of 3 times as many": clustered(3),
    "clusters of 5 times as many": clustered(5),
    "clusters of 20 times as many": clustered(20),
    "middles of 10 times as many": clustered(10, middle=True),
    "k-means weighted by margins": weighted,
}


def learn(features: np.ndarray, labels: np.ndarray, n_classes: int) -> tuple[Any, Calibration]:
    """Return head and calibration; where there is too little to cross-validate, by a usual penalty."""
    rows = np.arange(len(labels))
    try:
        divisions = folds(labels, groups=rows, n_folds=5, seed=0)
        result = search({"a": features}, labels, divisions, n_classes=n_classes, head="logistic", C=C)
        choice, calibration = result.choice, result.calibration
    except DataError:
        choice, calibration = Choice("logistic", "a", C[1]), Calibration(1.0)
    return refit(choice, features, labels, n_classes=n_classes)[0], calibration


def labels_needed(way: Way, features: np.ndarray, labels: np.ndarray, parts: Any, n: int, goal: float) -> float:
    """Return after how many labels the accuracy on the test part is the goal, between rounds by interpolation."""
    pool, test = parts
    n_classes = int(labels.max()) + 1
    mine, before = pool[:0], 0.0
    predicted: np.ndarray | None = None
    for turn in range(len(pool)):
        rest = np.setdiff1d(pool, mine)
        new = rest[way(features[rest], predicted, min(n, len(rest)), turn)]
        mine = np.concatenate([mine, new])
        if len(np.unique(labels[mine])) < 2:
            predicted, accuracy = None, float((labels[test] == labels[mine[0]]).mean())
        else:
            head, calibration = learn(features[mine], labels[mine], n_classes)
            accuracy = float((head.logits(features[test]).argmax(axis=1) == labels[test]).mean())
            left = np.setdiff1d(rest, new)
            predicted = calibration.probabilities(head.logits(features[left]))
        if accuracy >= goal or len(mine) == len(pool):
            return len(mine) - len(new) * (1 - (goal - before) / (accuracy - before))
        before = accuracy
    raise AssertionError("the whole pool reaches the goal")


def print_first(name: str, features: np.ndarray, labels: np.ndarray, seeds: int) -> None:
    """Print the accuracy of the first labels, when there is no model: by chance, and by centroids."""
    n_classes = int(labels.max()) + 1
    print(f"{name}: {'labels':>6} {'chance':>7} {'centroids':>10} {'better':>8}")
    for n in FIRST:
        accuracies = []
        for seed in range(seeds):
            rows = np.random.default_rng(seed).permutation(len(labels))
            test, pool = rows[: len(rows) // 2], rows[len(rows) // 2 :][:POOL]
            for way in (at_random, centroids):
                mine = pool[way(features[pool], None, n, seed)]
                head, _ = learn(features[mine], labels[mine], n_classes)
                accuracies.append(float((head.logits(features[test]).argmax(axis=1) == labels[test]).mean()))
        chance, ours = np.array(accuracies[::2]), np.array(accuracies[1::2])
        better = int((ours > chance).sum())
        print(f"{n:{len(name) + 8}} {np.mean(chance):7.3f} {np.mean(ours):10.3f} {better:5}/{seeds}", flush=True)


def main() -> None:
    from scipy.stats import wilcoxon

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--cache")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--goal", type=float, default=0.9, help="of the accuracy with all labels")
    parser.add_argument("--data", nargs="+", default=list(DATA))
    parser.add_argument("--only", nargs="+", default=list(WAYS), metavar="WAY", help="beside random")
    parser.add_argument("--first", action="store_true", help="show what the first labels give, and nothing else")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # of classes with too few labels yet to be in every fold
    for name in given.data:
        features, labels = of(str(given.root / name), given.cache)
        features, n_classes = features[:, -WIDTH:], int(labels.max()) + 1
        ways = {title: way for title, way in WAYS.items() if title in ("random", *given.only)}
        if given.first:
            print_first(name, features, labels, given.seeds)
            continue
        needed: dict[str, list[float]] = {title: [] for title in ways}
        accuracies, started = [], time.process_time()
        for seed in range(given.seeds):
            rows = np.random.default_rng(seed).permutation(len(labels))
            test, pool = rows[: len(rows) // 2], rows[len(rows) // 2 :][:POOL]
            head, _ = learn(features[pool], labels[pool], n_classes)
            accuracies.append(float((head.logits(features[test]).argmax(axis=1) == labels[test]).mean()))
            for title, way in ways.items():
                goal = given.goal * accuracies[-1]
                needed[title].append(labels_needed(way, features, labels, (pool, test), DATA[name], goal))
            print(f"# {name} {seed}: " + " ".join(f"{found[-1]:.0f}" for found in needed.values()), flush=True)
        print(f"{name}: pool of {len(pool):,}, {DATA[name]} labels a round, {given.seeds} seeds, accuracy with all "
              f"labels {np.mean(accuracies):.3f}, {time.process_time() - started:.0f} s of CPU")  # fmt: skip
        print(f"{'':28} {'labels, median':>15} {'of random':>10} {'better':>8} {'p':>7}")
        random = np.array(needed["random"])
        for title, found in needed.items():
            ratio, better = np.median(np.array(found) / random), int((np.array(found) < random).sum())
            p = f"{wilcoxon(found, random).pvalue:7.3f}" if title != "random" else ""
            print(f"{title:28} {np.median(found):15.0f} {ratio:10.2f} {better:5}/{given.seeds} {p}", flush=True)


if __name__ == "__main__":
    main()
