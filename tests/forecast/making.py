"""Features with a known learning curve, and curves that were measured without a classifier."""

from __future__ import annotations

import numpy as np

from headway.forecast import Measured


def gaussian(n: int, n_classes: int = 3, d: int = 40, apart: float = 0.55, seed: int = 0):
    """Overlapping classes: more images find the means better, until the Bayes limit."""
    random = np.random.default_rng(seed)
    means = apart * np.random.default_rng(99).standard_normal((n_classes, d))
    labels = np.arange(n) % n_classes
    features = random.standard_normal((n, d)) + means[labels]
    return features.astype(np.float32), labels


def contents(n: int) -> list[bytes]:
    return [row.to_bytes(4, "big") for row in range(n)]


def measured(sizes, accuracies, n: int = 2_000, seed: int = 0) -> Measured:
    """Held-out images that are right with these probabilities; who is right with few mostly is with many, too."""
    hardness = np.random.default_rng(seed).random(n)
    right = np.stack([hardness < accuracy for accuracy in accuracies])
    return Measured(np.array(sizes, float), right, np.arange(n), np.arange(n) % 5)
