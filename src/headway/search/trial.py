"""Out-of-fold predictions of one configuration after the other, and what they add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from headway.calibration import softmax
from headway.metrics import calibration_error
from headway.preparation import class_weights
from headway.search.bootstrap import Corrected, corrected
from headway.search.choice import HEADS, Choice, Losses, choose, losses
from headway.search.kinds import grid_of, learner
from headway.search.source import Apart, Folds, Source, Together

if TYPE_CHECKING:
    from headway.preparation import Preparation
    from headway.search.kinds import Settings
    from headway.types import FloatArray, IntArray

_PATH_ERRORS = 2.0  # standard errors behind the best C at which the path ends
_PATH_STEPS = 3  # or so many values of C past the best: the solutions hardly differ any more
_PATH_STEADY = 2  # or so many values that did not change which C of the path would be chosen
_HEAT = 2  # folds in which the neural network runs against the best logistic head


@dataclass(frozen=True)
class Candidate:
    """A configuration that was tried.

    Parameters
    ----------
    choice : Choice
        What it was.
    log_loss : float
        Out-of-fold, after temperature scaling; what is chosen by. Nats.
    accuracy : float
        Out-of-fold top-1 accuracy; the best of several is optimistic.
    temperature : float
        Fitted on the out-of-fold logits.
    """

    choice: Choice
    log_loss: float
    accuracy: float
    temperature: float


@dataclass(frozen=True, eq=False)
class SearchResult:
    """What the search found.

    Parameters
    ----------
    choice : Choice
        The configuration to be refitted on all training rows.
    temperature : float
        What its logits are to be divided by.
    candidates : tuple of Candidate
        All that were tried, from simple to complex.
    rows : int64 array (m,)
        Rows that were held out in some fold, ascending.
    fold : int64 array (m,)
        In which one.
    logits : float32 array (m, k)
        Out-of-fold logits of the chosen one for ``rows``, not divided by the temperature.
    accuracy : float
        Out-of-fold accuracy of the chosen one; see ``corrected`` for the one to report.
    ece_before, ece_after : float
        Expected calibration error of the out-of-fold predictions before and after temperature scaling.
    corrected : Corrected
        The cross-validated score with every choice made inside.
    """

    choice: Choice
    temperature: float
    candidates: tuple[Candidate, ...]
    rows: IntArray
    fold: IntArray
    logits: FloatArray
    accuracy: float
    ece_before: float
    ece_after: float
    corrected: Corrected


class Trial:
    """Collects the out-of-fold predictions of one configuration after the other."""

    def __init__(
        self,
        labels: IntArray,
        folds: Sequence[tuple[IntArray, IntArray]],
        n_classes: int,
        settings: Settings,
        *,
        balanced: bool,
    ) -> None:
        self.settings, self.n_classes = settings, n_classes
        fold_of = np.full(len(labels), -1, dtype=np.int64)
        for fold, (_, held_out) in enumerate(folds):
            fold_of[held_out] = fold
        self.rows = np.flatnonzero(fold_of >= 0)
        self.fold = fold_of[self.rows]
        self.held_out = [np.flatnonzero(self.fold == fold) for fold in range(len(folds))]
        self.row_labels = labels[self.rows]
        self.row_weights = np.ones(len(self.rows), dtype=np.float32)
        if balanced:
            self.row_weights = class_weights(self.row_labels, n_classes)
        held_out_rows = [self.rows[part] for part in self.held_out]
        self.folds = Folds(labels, n_classes, [train for train, _ in folds], held_out_rows)
        self.tried: dict[Choice, tuple[FloatArray, Losses]] = {}

    def source(self, name: str, features: FloatArray, preparation: Preparation, *, keeps_units: bool) -> Source:
        """Return a feature set as the heads are to learn from it."""
        if not preparation.is_trivial:
            return Apart(name, features, self.folds, preparation, keeps_units=keeps_units)
        weights = np.zeros((len(self.folds.train), len(features)), dtype=np.float32)
        for part, train in zip(weights, self.folds.train, strict=True):
            balanced = preparation.balance == "weights"
            part[train] = class_weights(self.folds.labels[train], self.n_classes) if balanced else 1
        return Together(name, features, self.folds, weights, keeps_units=keeps_units)

    def run(self, kind: str, source: Source, *, race: bool = False) -> float:
        """Try a kind of head with every C; return its least loss, or infinity where it lost the race."""
        grid = grid_of(kind, self.settings)
        if kind == "logistic":
            return self._logistic(source, grid, whole=bool(self.settings.C))
        choices = [Choice(kind, source.name, C) for C in grid or (None,)]
        fit, raw = learner(kind, self.n_classes, self.settings), kind.startswith("dense")
        folds = list(range(len(self.held_out)))
        heat = folds[:_HEAT] if race else []
        first = source.predict(fit, heat, raw=raw)
        if len(heat) < len(folds) and self._behind([one for (one,) in first]):
            return np.inf
        predictions = first + source.predict(fit, folds[len(heat) :], raw=raw)
        own = zip(*predictions, strict=True)
        return min(self._keep(choice, list(of_folds)) for choice, of_folds in zip(choices, own, strict=True))

    def _logistic(self, source: Source, grid: Sequence[float], *, whole: bool) -> float:
        """Try the path of C, to its end where the whole of it is wanted."""
        path: list[Losses] = []

        def ended(C: float, predictions: list[FloatArray]) -> bool:
            if len(predictions) == len(self.held_out):
                choice = Choice("logistic", source.name, C)
                self._keep(choice, predictions)
                path.append(self.tried[choice][1])
                return not whole and self._ended(path, self.row_weights, steady=True)
            rows = np.concatenate(self.held_out[: len(predictions)])
            labels, weights = self.row_labels[rows], self.row_weights[rows]
            path.append(losses(np.concatenate(predictions), labels, weights))
            return not whole and self._ended(path, weights, steady=False)

        found = source.path(grid, ended)
        choices = [Choice("logistic", source.name, C) for C in grid[: len(found)]]
        for choice, predictions in zip(choices, found, strict=True):
            if choice not in self.tried:
                self._keep(choice, predictions)
        return min(_mean(self.tried[choice][1].fitted, self.row_weights) for choice in choices)

    def _ended(self, path: list[Losses], weights: FloatArray, *, steady: bool) -> bool:
        """Whether a larger C than those of the path can no longer matter for the choice."""
        means = [_mean(costs.fitted, weights) for costs in path]
        best = int(np.argmin(means))
        if len(path) - 1 - best >= _PATH_STEPS:
            return True
        if _worse(path[-1].fitted, path[best].fitted, weights, _PATH_ERRORS):
            return True
        # One fold of several is too few rows to say what would be chosen. Where the first C would still be chosen, or
        # logits are too timid, the penalty is all there is: that is a plateau at the start of the path, not at its end.
        if not steady or len(path) <= _PATH_STEADY or path[-1].temperature < 1:
            return False
        chosen = [choose(path[:end], weights[None]).candidate[0] for end in (-_PATH_STEADY, len(path))]
        return bool(chosen[0] == chosen[1] > 0)

    def result(self, names: list[str]) -> SearchResult:
        """Choose among all that was tried."""
        order = sorted(
            self.tried, key=lambda choice: (HEADS.index(choice.head), names.index(choice.features), choice.C or 0)
        )
        costs = [self.tried[choice][1] for choice in order]
        choice = order[int(choose(costs, self.row_weights[None]).candidate[0])]
        logits, chosen = self.tried[choice]
        return SearchResult(
            choice=choice,
            temperature=chosen.temperature,
            candidates=tuple(
                Candidate(one, _mean(cost.fitted, self.row_weights), float(cost.right.mean()), cost.temperature)
                for one, cost in zip(order, costs, strict=True)
            ),
            rows=self.rows,
            fold=self.fold,
            logits=logits,
            accuracy=float(chosen.right.mean()),
            ece_before=calibration_error(self.row_labels, softmax(logits)),
            ece_after=calibration_error(self.row_labels, softmax(logits, chosen.temperature)),
            corrected=corrected(costs, self.row_weights, self.settings.seed),
        )

    def _keep(self, choice: Choice, predictions: list[FloatArray]) -> float:
        logits = np.empty((len(self.rows), self.n_classes), dtype=np.float32)
        for rows, values in zip(self.held_out, predictions, strict=True):
            logits[rows] = values
        costs = losses(logits, self.row_labels, self.row_weights)
        self.tried[choice] = logits, costs
        return _mean(costs.fitted, self.row_weights)

    def _behind(self, first: list[FloatArray]) -> bool:
        """Whether predictions of the first folds are worse than the best logistic head's."""
        if not first:
            return False
        rows = np.concatenate(self.held_out[: len(first)])
        rivals = [cost for choice, (_, cost) in self.tried.items() if choice.head == "logistic"]
        rival = min(rivals, key=lambda cost: _mean(cost.fitted, self.row_weights))
        costs = losses(np.concatenate(first), self.row_labels[rows], self.row_weights[rows])
        return _worse(costs.fitted, rival.fitted[rows], self.row_weights[rows], errors=0)


def _mean(costs: FloatArray, weights: FloatArray) -> float:
    return float(weights @ costs / weights.sum())


def _worse(costs: FloatArray, than: FloatArray, weights: FloatArray, errors: float) -> bool:
    """Whether losses are higher than others by so many standard errors of the difference."""
    share = weights / weights.sum()
    difference = costs - than
    mean = float(share @ difference)
    error = np.sqrt(float((share**2) @ (difference - mean) ** 2))
    return bool(mean > max(errors * error, 0))
