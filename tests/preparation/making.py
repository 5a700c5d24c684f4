"""Features made up for tests."""

from __future__ import annotations

import numpy as np


def matrix(n: int = 200, d: int = 30, classes: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    labels[:classes] = np.arange(classes)
    told = rng.normal(0, 1, (classes, d))[labels] * rng.uniform(0, 1, d)
    features = told + rng.normal(0, 1, (n, d)) @ rng.normal(0, 0.5, (d, d)) + rng.normal(0, 10, d)
    return features.astype(np.float32), labels
