"""What each kind of head is learned by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from headway.heads import Head, Standardised, SvmPath, fit_centroid, fit_majority, fit_mlp, fit_published
from headway.search.choice import C_GRID, SVM_GRID

if TYPE_CHECKING:
    from typing import Literal

    from headway.search.source import Fit
    from headway.types import FloatArray, IntArray

Hidden: TypeAlias = "Literal[100, 256]"


@dataclass(frozen=True)
class Settings:
    """What is not chosen by the search but given.

    Parameters
    ----------
    C : tuple of float
        Values to try, all of them; empty for the usual ones.
    seed : int
        Of networks and of the bootstrap.
    epochs : int
        Of a published network; 0 takes its own.
    learning_rate : float
        Of a published network; 0 takes its own.
    """

    C: tuple[float, ...] = ()
    seed: int = 0
    epochs: int = 0
    learning_rate: float = 0.0


def grid_of(kind: str, settings: Settings) -> tuple[float, ...]:
    """Return the values of C to try for a kind of head, ascending; none for a kind that has none."""
    usual = {"logistic": C_GRID, "svm": SVM_GRID}.get(kind, ())
    return tuple(sorted(set(settings.C))) if usual and settings.C else usual


def learner(kind: str, n_classes: int, settings: Settings, history: list[dict[str, Any]] | None = None) -> Fit:
    """Return what learns heads of a kind, one for each C of its grid, or one; logistic ones have their own path.

    ``history`` gets the epochs of a published network.
    """

    def fit(data: Standardised, labels: IntArray, weights: FloatArray) -> Sequence[Head]:
        if kind == "majority":
            return [fit_majority(data, labels, weights, n_classes)]
        if kind == "centroid":
            return [fit_centroid(data, labels, weights, n_classes)]
        if kind == "mlp":
            return [fit_mlp(data, labels, weights, n_classes, settings.seed)]
        if kind == "svm":
            path = SvmPath(data, labels, weights, n_classes)
            return [path.fit(C) for C in grid_of(kind, settings)]
        hidden = cast("Hidden", int(kind.removeprefix("dense")))
        epochs, rate = settings.epochs, settings.learning_rate
        rows = data, labels, weights, n_classes, settings.seed
        return [fit_published(*rows, hidden, epochs=epochs, learning_rate=rate, history=history)]

    return fit
