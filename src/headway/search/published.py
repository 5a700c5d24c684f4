"""Logistic regression as scikit-learn's solvers leave it, for grid searches that were published with these.

newton-cg gets to the optimum, where Headway's own solver ends, too. lbfgs is stopped on the way there, by its tolerance
or after ``max_iter`` iterations, and is another classifier where features are as large as those of a network.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headway.heads import fit_lbfgs, fit_logistic
from headway.heads.lbfgs import ITERATIONS

if TYPE_CHECKING:
    from headway.heads import Head, Standardised
    from headway.search.kinds import Settings
    from headway.search.source import Rows, Source
    from headway.types import FloatArray, IntArray

_GAP = 1e-6  # nats a row, of newton-cg: rows whose classes are nearly as likely count in an accuracy, too


def predict(
    solver: str, source: Source, grid: Sequence[float], n_classes: int, n_folds: int, settings: Settings
) -> list[list[FloatArray]]:
    """Return the logits of the held-out rows for each C of the grid and each fold."""
    if solver != "lbfgs":
        return source.path([penalty(C, n_classes) for C in grid], lambda C, predictions: False, _GAP)

    def fit_all(data: Standardised, labels: IntArray, weights: FloatArray, _: Rows | None) -> list[Head]:
        iterations = settings.iterations or ITERATIONS
        return [fit_lbfgs(data, labels, weights, n_classes, C, iterations=iterations) for C in grid]

    by_fold = source.predict(fit_all, range(n_folds), raw=True)
    return [list(predictions) for predictions in zip(*by_fold, strict=True)]


def fit(
    solver: str,
    data: Standardised,
    labels: IntArray,
    weights: FloatArray,
    n_classes: int,
    C: float,
    settings: Settings,
    *,
    gap: float,
) -> Head:
    """Fit one head; ``gap`` is that of `headway.heads.fit_logistic`, for a solver that gets to the optimum."""
    if solver == "lbfgs":
        return fit_lbfgs(data, labels, weights, n_classes, C, iterations=settings.iterations or ITERATIONS)
    return fit_logistic(data, labels, weights, n_classes, penalty(C, n_classes), gap=gap)


def penalty(C: float, n_classes: int) -> float:
    """Return the C that means to `headway.heads.LogisticPath` what another means to scikit-learn.

    Of two classes that has two columns of weights, and scikit-learn one.

    Examples
    --------
    >>> penalty(1.0, 2), penalty(1.0, 3)
    (0.5, 1.0)
    """
    return C / 2 if n_classes == 2 else C
