"""Seconds of the head search on 10,000 × 1,280 features and 10 classes, and of scikit-learn on the same path of C.

    python benchmarks/search.py

The bound of the whole search is 30 s on two cores. The peer is scikit-learn's ``LogisticRegression`` (lbfgs, warm
start, float32) over the same folds and values of C; both run with their defaults for threads, in turns.
"""

from __future__ import annotations

import statistics
import time

import numpy as np

ROWS, FEATURES, CLASSES, FOLDS = 10_000, 1_280, 10, 5
REPEATS = 3
BOUND_S = 30


def problem() -> tuple[np.ndarray, np.ndarray]:
    """Non-negative features with a fast-falling spectrum, as those of a backbone are."""
    random = np.random.default_rng(0)
    rank = 200
    labels = random.integers(0, CLASSES, ROWS)
    mixing = random.standard_normal((rank, FEATURES)) * np.arange(1, rank + 1)[:, None] ** -0.6
    centres = 0.5 * random.standard_normal((CLASSES, rank)) * (np.arange(rank) < 40)
    hidden = random.standard_normal((ROWS, rank)) + centres[labels]
    features = hidden @ mixing + 0.5 * random.standard_normal((ROWS, FEATURES)) + 0.3
    return np.maximum(features, 0).astype(np.float32), labels


def peer(features: np.ndarray, labels: np.ndarray, folds: list, grid: list[float]) -> float:
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    started = time.perf_counter()
    for train, held_out in folds:
        scaler = StandardScaler().fit(features[train])
        inputs, outputs = scaler.transform(features[train]), scaler.transform(features[held_out])
        model = LogisticRegression(warm_start=True, max_iter=1000)
        for C in grid:
            model.set_params(C=C).fit(inputs, labels[train])
            model.predict_proba(outputs)
    return time.perf_counter() - started


def main() -> None:
    from headway.search import search

    features, labels = problem()
    fold = np.random.default_rng(1).permutation(np.arange(ROWS) % FOLDS)
    folds = [(np.flatnonzero(fold != i), np.flatnonzero(fold == i)) for i in range(FOLDS)]
    whole, logistic, peers = [], [], []
    for _ in range(REPEATS):
        started = time.perf_counter()
        search({"last": features}, labels, folds, n_classes=CLASSES)
        whole.append(time.perf_counter() - started)
        started = time.perf_counter()
        result = search({"last": features}, labels, folds, n_classes=CLASSES, head="logistic")
        logistic.append(time.perf_counter() - started)
        if not peers:  # once: it is slow, and the ratio is far from 1
            peers.append(peer(features, labels, folds, [candidate.C for candidate in result.candidates]))
    seconds = statistics.median(whole)
    print(f"whole search, 10,000 x 1,280 x 10: {seconds:.2f} s; {seconds / BOUND_S:.2f} of the bound of {BOUND_S} s")
    ours, theirs = statistics.median(logistic), statistics.median(peers)
    print(f"path of C alone: {ours:.2f} s; scikit-learn lbfgs {theirs:.2f} s: {theirs / ours:.1f} times as long")


if __name__ == "__main__":
    main()
