"""How each kind of head is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from headway.heads import Head, Standardised, SvmPath, fit_centroid, fit_majority, fit_mlp, fit_published
from headway.search.choice import C_GRID, SCIKIT_LEARN, SVM_GRID

if TYPE_CHECKING:
    from headway.facts.training import Epoch
    from headway.search.source import FitHeads
    from headway.types import FloatArray, IntArray, Progress


@dataclass(frozen=True)
class Settings:
    """What the search does not choose."""

    C: tuple[float, ...] = ()  # values to try, all of them; empty for the usual ones
    seed: int = 0  # of networks and of the bootstrap
    epochs: int = 0  # of a published network, and iterations of lbfgs; 0 takes its own
    learning_rate: float = 0.0  # of a published network; 0 takes its own
    solver: tuple[str, ...] = ()  # of scikit-learn, for a published grid search; empty for the search of Headway's own


def penalty_grid(kind: str, settings: Settings) -> tuple[float, ...]:
    """Return the values of C to try for a kind of head, ascending; none for a kind that has none."""
    usual = {"logistic": SCIKIT_LEARN if settings.solver else C_GRID, "svm": SVM_GRID}.get(kind, ())
    return tuple(sorted(set(settings.C))) if usual and settings.C else usual


def head_fitter(
    kind: str,
    n_classes: int,
    settings: Settings,
    history: list[Epoch] | None = None,
    progress: Progress | None = None,
) -> FitHeads:
    """Return a function that fits one head, or one for each C; logistic heads have a path of their own instead.

    ``history`` gets the epochs of a published network, of which ``progress`` is told.
    """

    def fit(data: Standardised, labels: IntArray, weights: FloatArray) -> Sequence[Head]:
        rows = data, labels, weights, n_classes
        if kind == "majority":
            return [fit_majority(*rows)]
        if kind == "centroid":
            return [fit_centroid(*rows)]
        if kind == "mlp":
            return [fit_mlp(*rows, settings.seed)]
        if kind == "svm":
            path = SvmPath(*rows)
            return [path.fit(C) for C in penalty_grid(kind, settings)]
        hidden = cast("Literal[100, 256]", int(kind.removeprefix("dense")))
        return [
            fit_published(
                *rows,
                settings.seed,
                hidden,
                epochs=settings.epochs,
                learning_rate=settings.learning_rate,
                history=history,
                progress=progress,
            )
        ]

    return fit
