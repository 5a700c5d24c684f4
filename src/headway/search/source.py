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

Rows: TypeAlias = "tuple[FloatArray, IntArray]"
"""Features and labels."""
FitHeads: TypeAlias = Callable[[Standardised, "IntArray", "FloatArray", "Rows | None"], Sequence[Head]]
"""Fits heads to data, labels and weights; the rows that are held out may say when to stop."""
StopRule: TypeAlias = Callable[[float, "list[FloatArray]"], bool]
"""Says, from a C and the logits of the first folds' held-out rows, whether the path of C stops there."""

SMALL_BYTES = 1 << 28  # of features: up to here several folds may be prepared side by side
GAP = 3e-5  # nats a row: below any standard error
_MAX_COLUMNS = 256  # of logits that are solved for at once


@dataclass(frozen=True, eq=False)
class Folds:
    """The labels (n,) of all rows; of each fold, the rows to train on, and those to predict in the order wanted."""

    labels: IntArray
    n_classes: int
    train: Sequence[IntArray]
    held_out: Sequence[IntArray]


class Source(Protocol):
    """A feature set to which heads can be fitted in every fold."""

    name: str

    def predict(self, fit: FitHeads, folds: Sequence[int], *, raw: bool) -> list[list[FloatArray]]:
        """Logits of the held-out rows, for each of the folds and each of the heads, which read raw features or not."""

    def path(self, grid: Sequence[float], stop: StopRule, gap: float = GAP) -> list[list[FloatArray]]:
        """Logits of the held-out rows by logistic regression, for each C of the grid until it stops and each fold.

        Each is within ``gap`` of the optimum, in nats a row.
        """


@dataclass(eq=False)
class SharedSource:
    """All folds on one matrix (n, d), where nothing is fitted but the weights (f, n) of the rows, 0 outside a fold.

    With ``keeps_units`` logistic regression is penalised in raw units.
    """

    name: str
    features: FloatArray
    folds: Folds
    weights: FloatArray
    keeps_units: bool = False

    @cached_property
    def _standardised(self) -> Standardised:
        return standardise(self.features)

    @cached_property
    def _unscaled(self) -> Standardised:
        return unscaled(self.features)

    def predict(self, fit: FitHeads, folds: Sequence[int], *, raw: bool) -> list[list[FloatArray]]:
        """Logits of the held-out rows."""
        if raw:
            data = self._unscaled
        else:
            whole = self._standardised
            data = Standardised(whole.values, np.zeros_like(whole.mean), np.ones_like(whole.scale))

        def predict_fold(fold: int) -> list[FloatArray]:
            rows = self.folds.held_out[fold]
            held_out = data.values[rows]
            heads = fit(data, self.folds.labels, self.weights[fold], (held_out, self.folds.labels[rows]))
            return [head.logits(held_out) for head in heads]

        return each(predict_fold, folds)

    def path(self, grid: Sequence[float], stop: StopRule, gap: float = GAP) -> list[list[FloatArray]]:
        """Logits of the held-out rows, all folds solved together."""
        data = self._unscaled if self.keeps_units else self._standardised
        at_once = max(1, _MAX_COLUMNS // self.folds.n_classes)
        paths = [
            LogisticPath(data, self.folds.labels, self.weights[start : start + at_once], self.folds.n_classes)
            for start in range(0, len(self.weights), at_once)
        ]
        by_C = []
        for C in grid:
            predictions: list[FloatArray] = []
            for path in paths:
                path.solve(C, gap=gap)
                for part in range(len(path.weights)):
                    rows = self.folds.held_out[len(predictions)]
                    predictions.append(np.ascontiguousarray(path.logits_[:, part, rows].T))
            by_C.append(predictions)
            if stop(C, predictions):
                break
        return by_C


class PerFoldSource:
    """Each fold on a matrix of its own, because something is fitted on its training part.

    The transforms are cached, the matrices are not. With ``keeps_units`` logistic regression is penalised in raw units.
    """

    def __init__(
        self, name: str, features: FloatArray, folds: Folds, preparation: Preparation, *, keeps_units: bool = False
    ) -> None:
        self.name, self.features, self.folds, self.preparation = name, features, folds, preparation
        self.keeps_units = keeps_units
        self._transforms: dict[int, Transform] = {}

    def predict(self, fit: FitHeads, folds: Sequence[int], *, raw: bool) -> list[list[FloatArray]]:
        """Logits of the held-out rows."""

        def predict_fold(fold: int) -> list[FloatArray]:
            data, labels, weights, held_out = self._prepare(fold, raw)
            watched = held_out, self.folds.labels[self.folds.held_out[fold]]
            return [head.logits(held_out) for head in fit(data, labels, weights, watched)]

        if self.features.nbytes <= SMALL_BYTES:
            return each(predict_fold, folds)
        return [predict_fold(fold) for fold in folds]

    def path(self, grid: Sequence[float], stop: StopRule, gap: float = GAP) -> list[list[FloatArray]]:
        """Logits of the held-out rows, fold by fold: one matrix at a time. The first fold says where the path stops."""
        by_C: list[list[FloatArray]] = []
        for C, logits in self._fold_path(0, grid, gap):
            by_C.append([logits])
            if stop(C, by_C[-1]):
                break
        for fold in range(1, len(self.folds.train)):
            for predictions, (_, logits) in zip(by_C, self._fold_path(fold, grid[: len(by_C)], gap), strict=True):
                predictions.append(logits)
        return by_C

    def _fold_path(self, fold: int, grid: Sequence[float], gap: float) -> Iterator[tuple[float, FloatArray]]:
        """Solve one fold for each C in turn."""
        data, labels, weights, held_out = self._prepare(fold, self.keeps_units)
        path = LogisticPath(data, labels, weights[None], self.folds.n_classes)
        for C in grid:
            path.solve(C, gap=gap)
            yield C, path.head().logits(held_out)

    def _prepare(self, fold: int, raw: bool) -> tuple[Standardised, IntArray, FloatArray, FloatArray]:
        """Return data, labels and weights to train on, and the features of the rows to predict."""
        preparation, folds = self.preparation, self.folds
        training = self.features, folds.labels, folds.n_classes, folds.train[fold]
        if fold not in self._transforms:
            self._transforms[fold] = preparation.learn_transform(*training)
        transform = self._transforms[fold]
        held_out = transform.apply(self.features, folds.held_out[fold])
        prepared = preparation.apply(transform, *training)
        data = unscaled(prepared.features) if raw else standardise(prepared.features, copy=False)
        return data, prepared.labels, prepared.weights, held_out
