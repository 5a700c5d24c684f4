"""Where the folds of a feature set get their training rows from: one matrix for all, or one of its own for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

from headway.heads import Head, LogisticPath, Standardised, standardise, unscaled
from headway.heads.parallel import each

if TYPE_CHECKING:
    from headway.preparation import Preparation, Transform
    from headway.types import FloatArray, IntArray

Fit: TypeAlias = Callable[[Standardised, "IntArray", "FloatArray"], Sequence[Head]]
"""Learns heads from data, labels and weights."""
Ended: TypeAlias = Callable[[float, "list[FloatArray]"], bool]
"""Told a C and the logits of the first folds' held-out rows, says whether the path ends here."""

_SEARCH_GAP = 3e-5  # nats a row: below any standard error
_MAX_COLUMNS = 256  # of logits that are solved for at once
_SMALL = 1 << 28  # bytes of features up to which several folds may be prepared side by side


@dataclass(frozen=True, eq=False)
class Folds:
    """The labels of all rows and the folds, which every feature set shares.

    Parameters
    ----------
    labels : int64 array (n,)
    n_classes : int
    train : sequence of int64 array
        Rows to learn from in each fold.
    held_out : sequence of int64 array
        Rows to predict, in the order in which their logits are wanted.
    """

    labels: IntArray
    n_classes: int
    train: Sequence[IntArray]
    held_out: Sequence[IntArray]


class Source(Protocol):
    """A feature set from which heads can be learned in every fold."""

    name: str

    def predict(self, fit: Fit, folds: Sequence[int], *, raw: bool) -> list[list[FloatArray]]:
        """Logits of the held-out rows, for each of the folds and each of the heads, which read raw features or not."""

    def path(self, grid: Sequence[float], ended: Ended) -> list[list[FloatArray]]:
        """Logits of the held-out rows by logistic regression, for each C of the grid until it ends and each fold."""


class Together:
    """All folds on one matrix, where nothing is fitted but the weights of the rows.

    Parameters
    ----------
    name : str
        Of the feature set.
    features : float32 array (n, d)
        Raw.
    folds : Folds
        The folds.
    weights : float32 array (f, n)
        Weight of every row in every training part; 0 for one that does not belong to it.
    keeps_units : bool
        Whether logistic regression is penalised in raw units.
    """

    def __init__(
        self, name: str, features: FloatArray, folds: Folds, weights: FloatArray, *, keeps_units: bool = False
    ) -> None:
        self.name, self.features, self.folds, self.weights, self.keeps_units = (
            name,
            features,
            folds,
            weights,
            keeps_units,
        )

    @cached_property
    def _standardised(self) -> Standardised:
        return standardise(self.features)

    def predict(self, fit: Fit, folds: Sequence[int], *, raw: bool) -> list[list[FloatArray]]:
        """Logits of the held-out rows."""
        if raw:
            data = unscaled(self.features)
        else:
            whole = self._standardised
            data = Standardised(whole.values, np.zeros_like(whole.mean), np.ones_like(whole.scale))

        def one(fold: int) -> list[FloatArray]:
            heads = fit(data, self.folds.labels, self.weights[fold])
            held_out = data.values[self.folds.held_out[fold]]
            return [head.logits(held_out) for head in heads]

        return each(one, folds)

    def path(self, grid: Sequence[float], ended: Ended) -> list[list[FloatArray]]:
        """Logits of the held-out rows, all folds solved together."""
        data = unscaled(self.features) if self.keeps_units else self._standardised
        at_once = max(1, _MAX_COLUMNS // self.folds.n_classes)
        paths = [
            LogisticPath(data, self.folds.labels, self.weights[start : start + at_once], self.folds.n_classes)
            for start in range(0, len(self.weights), at_once)
        ]
        found = []
        for C in grid:
            predictions: list[FloatArray] = []
            for path in paths:
                path.solve(C, gap=_SEARCH_GAP)
                for part in range(len(path.weights)):
                    rows = self.folds.held_out[len(predictions)]
                    predictions.append(np.ascontiguousarray(path.logits_[:, part, rows].T))
            found.append(predictions)
            if ended(C, predictions):
                break
        return found


class Apart:
    """Each fold on a matrix of its own, because something is fitted on its training part.

    Parameters
    ----------
    name : str
        Of the feature set.
    features : float32 array (n, D)
        Raw.
    folds : Folds
        The folds.
    preparation : Preparation
        What is fitted. The transforms are kept, the matrices are not.
    keeps_units : bool
        Whether logistic regression is penalised in raw units.
    """

    def __init__(
        self, name: str, features: FloatArray, folds: Folds, preparation: Preparation, *, keeps_units: bool = False
    ) -> None:
        self.name, self.features, self.folds, self.preparation = name, features, folds, preparation
        self.keeps_units = keeps_units
        self._transforms: dict[int, Transform] = {}

    def predict(self, fit: Fit, folds: Sequence[int], *, raw: bool) -> list[list[FloatArray]]:
        """Logits of the held-out rows."""

        def one(fold: int) -> list[FloatArray]:
            data, labels, weights, held_out = self._prepare(fold, raw)
            return [head.logits(held_out) for head in fit(data, labels, weights)]

        return each(one, folds) if self.features.nbytes <= _SMALL else [one(fold) for fold in folds]

    def path(self, grid: Sequence[float], ended: Ended) -> list[list[FloatArray]]:
        """Logits of the held-out rows, fold by fold: one matrix at a time. The first fold says where the path ends."""
        found: list[list[FloatArray]] = []

        def first(C: float, logits: FloatArray) -> bool:
            found.append([logits])
            return ended(C, found[-1])

        self._along(0, grid, first)
        for fold in range(1, len(self.folds.train)):
            column = iter(found)

            def further(_: float, logits: FloatArray, column: Iterator[list[FloatArray]] = column) -> bool:
                next(column).append(logits)
                return False

            self._along(fold, grid[: len(found)], further)
        return found

    def _along(self, fold: int, grid: Sequence[float], told: Callable[[float, FloatArray], bool]) -> None:
        """Solve one fold for each C in turn, until what is told the logits says that this is enough."""
        data, labels, weights, held_out = self._prepare(fold, self.keeps_units)
        path = LogisticPath(data, labels, weights[None], self.folds.n_classes)
        for C in grid:
            path.solve(C, gap=_SEARCH_GAP)
            if told(C, path.head().logits(held_out)):
                break

    def _prepare(self, fold: int, raw: bool) -> tuple[Standardised, IntArray, FloatArray, FloatArray]:
        """Return data, labels and weights to learn from, and the features of the rows to predict."""
        preparation, folds = self.preparation, self.folds
        train = folds.train[fold]
        given = self.features, folds.labels, folds.n_classes, train
        if fold not in self._transforms:
            self._transforms[fold] = preparation.learn(*given)
        transform = self._transforms[fold]
        held_out = transform.apply(self.features, folds.held_out[fold])
        prepared = preparation.rebalance(transform, *given)
        data = unscaled(prepared.features) if raw else standardise(prepared.features, copy=False)
        return data, prepared.labels, prepared.weights, held_out
