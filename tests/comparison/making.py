"""Outcomes and rows made up for tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from headway import Recipe, metrics
from headway.comparison.outcome import Folds, Outcome
from headway.comparison.ranking import Row
from headway.recipes import NamedRecipe


def named(name: str, **fields: Any) -> NamedRecipe:
    return NamedRecipe(name, Recipe(**fields))


def outcome(
    labels: np.ndarray, wrong: int, *, folds: Folds | None = None, seed: int = 0, log_loss: float = 0.5, **other: Any
) -> Outcome:
    """An outcome on these test labels (two classes), the given number of them wrong, drawn by chance."""
    predicted = labels.copy()
    rows = np.random.default_rng(seed).permutation(len(labels))[:wrong]
    predicted[rows] = 1 - predicted[rows]
    right = len(labels) - wrong
    interval = metrics.wilson(right, len(labels))
    test = {
        "n": len(labels),
        "right": right,
        "accuracy": right / len(labels),
        "low": interval.low,
        "high": interval.high,
        "balanced_accuracy": 0.5,
        "macro_f1": 0.5,
        "log_loss": log_loss,
        "ece": 0.05,
    }
    cv = None
    if folds is not None:
        cv = {"folds": 5, "n": len(folds.rows), "accuracy": 0.8, "low": 0.7, "high": 0.9, "log_loss": 0.5, "ece": 0.04}
    values: dict[str, Any] = {
        "head": "logistic",
        "features": "last of efficientnet_lite0",
        "dim": 1280,
        "kind": "network",
        "fitting": 10.0,
        "took": 8.0,
        "ms_per_picture": 4.0,
        "megabytes": 6.8,
    }
    return Outcome(test=test, cv=cv, predicted=predicted, folds=folds, **{**values, **other})


def row(name: str, accuracy: float, seconds: float = 10.0, p: float | None = 0.3, **other: Any) -> Row:
    """A row of a table whose best has an accuracy of 0.9."""
    verdict = "best" if p is None else "worse" if p < 0.05 else "not distinguishable"
    values: dict[str, Any] = {
        "name": name,
        "title": f"what {name} is",
        "family": "frozen",
        "n": 500,
        "right": round(500 * accuracy),
        "accuracy": accuracy,
        "low": accuracy - 0.03,
        "high": accuracy + 0.03,
        "cv": None,
        "macro_f1": accuracy,
        "log_loss": 0.3,
        "ece": 0.03,
        "seconds": seconds,
        "ms_per_picture": 5.0,
        "megabytes": 6.8,
        "head": "logistic",
        "features": "last of efficientnet_lite0",
        "dim": 1280,
        "p_test": p,
        "p_folds": None,
        "verdict": verdict,
        "points": 100 * (0.9 - accuracy),
    }
    return Row(**{**values, **other})
