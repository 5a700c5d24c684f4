"""How each kind of head is fitted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from headway.heads import (
    Course,
    DenseSettings,
    Head,
    Standardised,
    SvmPath,
    fit_centroid,
    fit_majority,
    fit_mlp,
    fit_published,
    fit_ridge,
)
from headway.search.choice import C_GRID, SCIKIT_LEARN, SVM_GRID
from headway.search.source import GAP

if TYPE_CHECKING:
    from headway.search.source import FitHeads, Rows
    from headway.types import FloatArray, IntArray, Progress


@dataclass(frozen=True)
class Settings:
    """What the search does not choose."""

    C: tuple[float, ...] = ()  # values to try, all of them; empty for the usual ones
    seed: int = 0  # of networks and of the bootstrap
    dense: DenseSettings = field(default_factory=DenseSettings)  # of published networks
    solver: tuple[str, ...] = ()  # of scikit-learn, for a published grid search; empty for the search of Headway's own
    iterations: int = 0  # of lbfgs; 0 takes scikit-learn's
    usual: tuple[float, ...] = C_GRID  # of logistic regression, where no values are given
    recalibrates: bool = True  # whether another calibration than a temperature may be taken
    gap: float = GAP  # nats a row, by which logistic regression may miss its optimum


def penalty_grid(kind: str, settings: Settings) -> tuple[float, ...]:
    """Return the values of C to try for a kind of head, ascending; none for a kind that has none."""
    usual = {"logistic": SCIKIT_LEARN if settings.solver else settings.usual, "svm": SVM_GRID}.get(kind, ())
    return tuple(sorted(set(settings.C))) if usual and settings.C else usual


def head_fitter(
    kind: str,
    n_classes: int,
    settings: Settings,
    *,
    watches: bool = False,
    tell: Callable[[Course], None] | None = None,
    progress: Progress | None = None,
) -> FitHeads:
    """Return a function that fits one head, or one for each C; logistic heads have a path of their own instead.

    With ``watches``, the rows that are held out choose the epoch of a published network, of whose course ``tell`` is
    told and of whose epochs ``progress`` is.
    """

    def fit(data: Standardised, labels: IntArray, weights: FloatArray, held_out: Rows | None) -> Sequence[Head]:
        rows = data, labels, weights, n_classes
        if kind == "majority":
            return [fit_majority(*rows)]
        if kind == "centroid":
            return [fit_centroid(*rows)]
        if kind == "ridge":
            return [fit_ridge(*rows)]
        if kind == "mlp":
            return [fit_mlp(*rows, settings.seed)]
        if kind == "svm":
            path = SvmPath(*rows)
            return [path.fit(C) for C in penalty_grid(kind, settings)]
        hidden = int(kind.removeprefix("dense"))
        watched = held_out if watches else None
        head, course = fit_published(*rows, settings.seed, hidden, settings.dense, watched=watched, progress=progress)
        if tell is not None:
            tell(course)
        return [head]

    return fit
