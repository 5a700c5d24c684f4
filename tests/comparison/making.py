"""Outcomes and rows made up for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from headway import Recipe, metrics
from headway.comparison.advice import advise, pick
from headway.comparison.outcome import FoldPredictions, Outcome
from headway.facts.comparison import ComparedData, ComparisonReport, LeftOut, Row
from headway.facts.data import Division, Source
from headway.facts.scores import ConfusionCell, CrossValidation, PartScores
from headway.facts.transfer import Case
from headway.recipes import NamedRecipe
from headway.types import Quarantined

CV = CrossValidation(folds=5, n=500, accuracy=0.8, low=0.7, high=0.9, std=0.01, log_loss=0.5, ece=0.04)


def named(name: str, **fields: Any) -> NamedRecipe:
    return NamedRecipe(name, Recipe(**fields))


def outcome(
    labels: np.ndarray,
    wrong: int,
    *,
    folds: FoldPredictions | None = None,
    seed: int = 0,
    log_loss: float = 0.5,
    **other: Any,
) -> Outcome:
    """An outcome on these test labels (two classes), the given number of them wrong, drawn by chance."""
    predicted = labels.copy()
    rows = np.random.default_rng(seed).permutation(len(labels))[:wrong]
    predicted[rows] = 1 - predicted[rows]
    right = len(labels) - wrong
    interval = metrics.wilson(right, len(labels))
    test = PartScores(
        n=len(labels),
        right=right,
        accuracy=right / len(labels),
        low=interval.low,
        high=interval.high,
        macro_f1=0.5,
        log_loss=log_loss,
        ece=0.05,
    )
    values: dict[str, Any] = {
        "family": "frozen",
        "head": "logistic",
        "features": "last",
        "backbone": "efficientnet_lite0",
        "parameters": 3_400_000,
        "dim": 1280,
        "fit_s": 10.0,
        "elapsed_s": 8.0,
        "left_out": None,
        "ms_per_picture": 4.0,
        "megabytes": 6.8,
    }
    return Outcome(
        test=test,
        cross_validation=None if folds is None else CV,
        predicted=tuple(predicted.tolist()),
        folds=folds,
        **{**values, **other},
    )


def row(name: str, accuracy: float, seconds: float = 10.0, p: float | None = 0.3, **other: Any) -> Row:
    """A row of a table whose best has an accuracy of 0.9; ``p`` is of the test pictures."""
    verdict = "best" if p is None else "worse" if p < 0.05 else "level"
    values: dict[str, Any] = {
        "name": name,
        "title": f"what {name} is",
        "family": "frozen",
        "recipe": Recipe(head="logistic").to_dict(),
        "n": 500,
        "right": round(500 * accuracy),
        "accuracy": accuracy,
        "low": accuracy - 0.03,
        "high": accuracy + 0.03,
        "cross_validation": None,
        "macro_f1": accuracy,
        "log_loss": 0.3,
        "ece": 0.03,
        "seconds": seconds,
        "ms_per_picture": 5.0,
        "megabytes": 6.8,
        "head": "logistic",
        "features": "last",
        "backbone": "efficientnet_lite0",
        "dim": 1280,
        "p_test": p,
        "p_folds": None,
        "p": other.get("p_folds", p),
        "verdict": verdict,
        "points": 100 * (0.9 - accuracy),
    }
    return Row(**{**values, **other})


def report(
    rows: Sequence[Row],
    case: Case | None = None,
    left_out: Sequence[LeftOut] = (),
    quarantined: Sequence[Quarantined] = (),
) -> ComparisonReport:
    """The report of a comparison with these rows, the best first, and the advice that they give."""
    taken = pick(rows)
    return ComparisonReport(
        headway="1",
        data=ComparedData(
            source=Source("class-folders", "elpv", 2624, 2),
            n=2623,
            classes=("defective", "functional"),
            quarantined=tuple(quarantined),
            division=Division("stratified", 2099, 0, 524, 0.2, 0),
        ),
        rows=tuple(rows),
        confusion=(ConfusionCell(0, 0, 90), ConfusionCell(0, 1, 4)),
        left_out=tuple(left_out),
        take=None if taken is None else taken.name,
        command=None if taken is None else "headway fit DATA --head logistic",
        advice=advise(rows),
        case=case,
        interrupted=False,
    )
