"""Out-of-fold predictions of one configuration after the other, and what they add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from headway.calibration import softmax
from headway.heads import LogisticPath, Standardised, fit_centroid, fit_mlp
from headway.heads.parallel import each
from headway.metrics import calibration_error
from headway.search.bootstrap import Corrected, corrected
from headway.search.choice import C_GRID, HEADS, Choice, Losses, choose, losses

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

_SEARCH_GAP = 3e-5  # nats a row: below any standard error
_MAX_COLUMNS = 256  # of logits that are solved for at once
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
        class_weight: str,
        seed: int,
    ) -> None:
        self.labels, self.n_classes, self.seed = labels, n_classes, seed
        self.weights = np.stack([class_weights(labels, train, n_classes, class_weight) for train, _ in folds])
        self.fold_of = np.full(len(labels), -1, dtype=np.int64)
        for fold, (_, held_out) in enumerate(folds):
            self.fold_of[held_out] = fold
        self.rows = np.flatnonzero(self.fold_of >= 0)
        self.held_out = [np.flatnonzero(self.fold_of[self.rows] == fold) for fold in range(len(folds))]
        self.row_labels = labels[self.rows]
        self.row_weights = class_weights(self.row_labels, np.arange(len(self.rows)), n_classes, class_weight)
        self.tried: dict[Choice, tuple[FloatArray, Losses]] = {}

    def centroid(self, name: str, data: Standardised) -> float:
        """Try the nearest class mean; return its loss."""
        return self._linear(Choice("centroid", name), data)

    def network(self, name: str, data: Standardised, race: bool = False) -> float:
        """Try the neural network; return its loss, or infinity where it lost the race."""
        choice = Choice("mlp", name)
        folds = list(range(len(self.weights)))
        heat = folds[:_HEAT] if race else []
        first = self._predict(choice, data, heat)
        if len(heat) < len(folds) and self._behind(first):
            return np.inf
        return self._keep(choice, first + self._predict(choice, data, folds[len(heat) :]))

    def logistic(self, name: str, data: Standardised) -> float:
        """Try the path of C; return the least loss."""
        at_once = max(1, _MAX_COLUMNS // self.n_classes)
        paths = [
            LogisticPath(data, self.labels, self.weights[start : start + at_once], self.n_classes)
            for start in range(0, len(self.weights), at_once)
        ]
        path: list[Losses] = []
        for C in C_GRID:
            predictions = []
            for number, one in enumerate(paths):
                one.solve(C, gap=_SEARCH_GAP)
                for part in range(len(one.weights)):
                    rows = self.rows[self.held_out[number * at_once + part]]
                    predictions.append(np.ascontiguousarray(one.logits_[:, part, rows].T))
            choice = Choice("logistic", name, C)
            self._keep(choice, predictions)
            path.append(self.tried[choice][1])
            if self._ended(path):
                break
        return min(self._mean(costs.fitted) for costs in path)

    def _ended(self, path: list[Losses]) -> bool:
        """Whether a larger C than those of the path can no longer matter for the choice."""
        means = [self._mean(costs.fitted) for costs in path]
        best = int(np.argmin(means))
        if len(path) - 1 - best >= _PATH_STEPS:
            return True
        if self._worse(path[-1].fitted, path[best].fitted, self.row_weights, _PATH_ERRORS):
            return True
        # Where the first C would still be chosen, or logits are too timid, the penalty is all there is: that is a
        # plateau at the start of the path, not at its end.
        if len(path) <= _PATH_STEADY or path[-1].temperature < 1:
            return False
        chosen = [choose(path[:end], self.row_weights[None]).candidate[0] for end in (-_PATH_STEADY, len(path))]
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
                Candidate(one, self._mean(cost.fitted), float(cost.right.mean()), cost.temperature)
                for one, cost in zip(order, costs, strict=True)
            ),
            rows=self.rows,
            logits=logits,
            accuracy=float(chosen.right.mean()),
            ece_before=calibration_error(self.row_labels, softmax(logits)),
            ece_after=calibration_error(self.row_labels, softmax(logits, chosen.temperature)),
            corrected=corrected(costs, self.row_weights, self.seed),
        )

    def _linear(self, choice: Choice, data: Standardised) -> float:
        return self._keep(choice, self._predict(choice, data, list(range(len(self.weights)))))

    def _predict(self, choice: Choice, data: Standardised, folds: list[int]) -> list[FloatArray]:
        """Logits of the held-out rows of some folds, by heads fitted on their training parts."""
        unit = Standardised(data.values, np.zeros_like(data.mean), np.ones_like(data.scale))

        def one(fold: int) -> FloatArray:
            if choice.head == "mlp":
                head = fit_mlp(unit, self.labels, self.weights[fold], self.n_classes, self.seed)
            else:
                head = fit_centroid(unit, self.labels, self.weights[fold], self.n_classes)
            return head.logits(data.values[self.rows[self.held_out[fold]]])

        return each(one, folds)

    def _keep(self, choice: Choice, predictions: list[FloatArray]) -> float:
        logits = np.empty((len(self.rows), self.n_classes), dtype=np.float32)
        for rows, values in zip(self.held_out, predictions, strict=True):
            logits[rows] = values
        costs = losses(logits, self.row_labels, self.row_weights)
        self.tried[choice] = logits, costs
        return self._mean(costs.fitted)

    def _mean(self, costs: FloatArray) -> float:
        return float(self.row_weights @ costs / self.row_weights.sum())

    def _behind(self, first: list[FloatArray]) -> bool:
        """Whether predictions of the first folds are worse than the best logistic head's."""
        if not first:
            return False
        rows = np.concatenate(self.held_out[: len(first)])
        rivals = [cost for choice, (_, cost) in self.tried.items() if choice.head == "logistic"]
        rival = min(rivals, key=lambda cost: self._mean(cost.fitted))
        costs = losses(np.concatenate(first), self.row_labels[rows], self.row_weights[rows])
        return self._worse(costs.fitted, rival.fitted[rows], self.row_weights[rows], errors=0)

    @staticmethod
    def _worse(costs: FloatArray, than: FloatArray, weights: FloatArray, errors: float) -> bool:
        """Whether losses are higher than others by so many standard errors of the difference."""
        share = weights / weights.sum()
        difference = costs - than
        mean = float(share @ difference)
        error = np.sqrt(float((share**2) @ (difference - mean) ** 2))
        return bool(mean > max(errors * error, 0))


def class_weights(labels: IntArray, rows: IntArray, n_classes: int, class_weight: str) -> FloatArray:
    """Weights (n,) of the rows: 0 outside of ``rows``; with mean 1 inside."""
    weights = np.zeros(len(labels), dtype=np.float32)
    weights[rows] = 1
    if class_weight == "balanced":
        count = np.bincount(labels[rows], minlength=n_classes)
        weights[rows] = (len(rows) / (np.count_nonzero(count) * np.maximum(count, 1)))[labels[rows]]
    return weights
