"""Out-of-fold predictions of one configuration after the other, and which of them is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from headway.calibration import Calibration, log_softmax
from headway.facts.fit import Candidate
from headway.preparation import class_weights
from headway.recalibration import Checked, Predictions, check, other_for
from headway.search import published
from headway.search.bootstrap import BootstrapScore, bootstrap_score
from headway.search.choice import HEADS, Choice, RowLosses, choose, row_losses
from headway.search.kinds import head_fitter, penalty_grid
from headway.search.source import Folds, PerFoldSource, SharedSource, Source

if TYPE_CHECKING:
    from headway.preparation import Preparation
    from headway.search.kinds import Settings
    from headway.types import FloatArray, IntArray

_PATH_ERRORS = 2.0  # standard errors behind the best C at which the path stops
_PATH_STEPS = 3  # or values of C past the best: solutions differ little from there on
_PATH_STEADY = 2  # or values of C that did not change which of the path would be chosen
_RACE_FOLDS = 2  # in which the neural network runs against the best logistic head


@dataclass(frozen=True, eq=False)
class SearchResult:
    """What the search chose, and from what."""

    choice: Choice  # the configuration to be refitted on all training rows
    candidates: tuple[Candidate, ...]  # all that were tried, from simple to complex
    rows: IntArray  # (m,): rows that were held out in some fold, ascending
    fold: IntArray  # (m,): in which one
    logits: FloatArray  # (m, k): out-of-fold logits of the choice for `rows`, before calibration
    checked: Checked  # the calibration, and how far its probabilities can be believed
    shares: FloatArray  # (m,): what each of `rows` counts in the scores
    accuracy: float  # out-of-fold, of the choice; `score` has the one to report
    ece: float  # expected calibration error of the out-of-fold predictions, after calibration
    score: BootstrapScore  # cross-validated, with every choice made inside

    @property
    def calibration(self) -> Calibration:
        """What makes probabilities of the choice's logits."""
        return self.checked.calibration

    @property
    def calibrated(self) -> FloatArray:
        """Calibrated logits of `rows`, (m, k); where a calibration has numbers for each class, by other rows' ones."""
        return self.calibration.logits(self.logits) if self.checked.logits is None else self.checked.logits

    @property
    def predicted(self) -> IntArray:
        """The most probable classes of `rows`, (m,)."""
        logits = self.logits if self.checked.logits is None else self.checked.logits
        predicted: IntArray = logits.argmax(axis=1)
        return predicted


class CandidatePool:
    """Collects the out-of-fold predictions of one configuration after the other, and chooses among them."""

    def __init__(
        self,
        labels: IntArray,
        folds: Sequence[tuple[IntArray, IntArray]],
        n_classes: int,
        settings: Settings,
        *,
        balanced: bool,
        watches: bool = False,
        contents: IntArray | None = None,
        groups: IntArray | None = None,
    ) -> None:
        self.settings, self.n_classes, self.watches = settings, n_classes, watches
        fold_of = np.full(len(labels), -1, dtype=np.int64)
        for fold, (_, held_out) in enumerate(folds):
            fold_of[held_out] = fold
        self.rows = np.flatnonzero(fold_of >= 0)
        self.fold = fold_of[self.rows]
        self.held_out = [np.flatnonzero(self.fold == fold) for fold in range(len(folds))]
        self.row_labels = labels[self.rows]
        self.row_weights = np.ones(len(self.rows), dtype=np.float32)
        if balanced and not settings.solver:  # published accuracies count every image once
            self.row_weights = class_weights(self.row_labels, n_classes)
        self.shares = np.ones(len(self.rows), dtype=np.float32)
        self.contents = None if contents is None else contents[self.rows]
        if self.contents is not None:
            own = np.unique(self.contents, return_inverse=True, return_counts=True)
            self.shares /= own[2][own[1]]
            self.row_weights = self.row_weights * self.shares
        self.groups = None if groups is None else groups[self.rows]
        held_out_rows = [self.rows[part] for part in self.held_out]
        self.folds = Folds(labels, n_classes, [train for train, _ in folds], held_out_rows)
        self.logits: dict[Choice, FloatArray] = {}
        self.losses: dict[Choice, RowLosses] = {}

    def source(self, name: str, features: FloatArray, preparation: Preparation, *, keeps_units: bool) -> Source:
        """Return a feature set as heads are to be fitted to it."""
        if not preparation.is_trivial:
            return PerFoldSource(name, features, self.folds, preparation, keeps_units=keeps_units)
        weights = np.zeros((len(self.folds.train), len(features)), dtype=np.float32)
        for part, train in zip(weights, self.folds.train, strict=True):
            balanced = preparation.balance == "weights"
            part[train] = class_weights(self.folds.labels[train], self.n_classes) if balanced else 1
        return SharedSource(name, features, self.folds, weights, keeps_units)

    def run(self, kind: str, source: Source, *, race: bool = False) -> float:
        """Try a kind of head with every C; return its least loss, or infinity where it lost the race."""
        grid = penalty_grid(kind, self.settings)
        if kind == "logistic" and self.settings.solver:
            return self._run_published(source, grid)
        if kind == "logistic":
            return self._run_logistic(source, grid, whole=bool(self.settings.C))
        choices = [Choice(kind, source.name, C) for C in grid or (None,)]
        # Several folds are to be predicted as pictures are that nobody watched.
        fit = head_fitter(kind, self.n_classes, self.settings, watches=self.watches)
        raw = kind.startswith("dense")
        folds = list(range(len(self.held_out)))
        race_folds = folds[:_RACE_FOLDS] if race else []
        predictions = source.predict(fit, race_folds, raw=raw)
        if len(race_folds) < len(folds) and self._loses_race([logits for (logits,) in predictions]):
            return np.inf
        predictions += source.predict(fit, folds[len(race_folds) :], raw=raw)
        for choice in reversed(choices):  # what was taken over is let go: of thousands of classes it takes gigabytes
            self._record(choice, [by_choice.pop() for by_choice in predictions])
        return min(self.losses[choice].mean(self.row_weights) for choice in choices)

    def _run_logistic(self, source: Source, grid: Sequence[float], *, whole: bool) -> float:
        """Try the path of C, to its end where the whole of it is wanted."""
        path: list[RowLosses] = []

        def stop(C: float, predictions: list[FloatArray]) -> bool:
            if len(predictions) == len(self.held_out):
                choice = Choice("logistic", source.name, C)
                self._record(choice, predictions)
                path.append(self.losses[choice])
                return not whole and self._path_stops(path, self.row_weights, steady=True)
            rows = np.concatenate(self.held_out[: len(predictions)])
            labels, weights = self.row_labels[rows], self.row_weights[rows]
            path.append(row_losses(np.concatenate(predictions), labels, weights))
            return not whole and self._path_stops(path, weights, steady=False)

        by_C = source.path(grid, stop, self.settings.gap)
        choices = [Choice("logistic", source.name, C) for C in grid[: len(by_C)]]
        for choice, predictions in zip(choices, by_C, strict=True):
            if choice not in self.losses:
                self._record(choice, predictions)
        return min(self.losses[choice].mean(self.row_weights) for choice in choices)

    def _run_published(self, source: Source, grid: Sequence[float]) -> float:
        """Try every C with every solver; those that predict the same classes are one configuration."""
        by_solver = {
            solver: published.predict(solver, source, grid, self.n_classes, len(self.held_out), self.settings)
            for solver in self.settings.solver
        }
        for place, C in enumerate(grid):
            tried: list[tuple[list[str], list[FloatArray]]] = []
            for solver, by_C in by_solver.items():
                same = next((names for names, others in tried if _same_classes(by_C[place], others)), None)
                if same is None:
                    tried.append(([solver], by_C[place]))
                else:
                    same.append(solver)
            for names, predictions in tried:
                self._record(Choice("logistic", source.name, C, tuple(names)), predictions)
        return min(losses.mean(self.row_weights) for losses in self.losses.values())

    def _path_stops(self, path: list[RowLosses], weights: FloatArray, *, steady: bool) -> bool:
        """Whether a larger C than those of the path can no longer matter for the choice."""
        means = [losses.mean(weights) for losses in path]
        best = int(np.argmin(means))
        if len(path) - 1 - best >= _PATH_STEPS:
            return True
        if _is_worse(path[-1].calibrated, path[best].calibrated, weights, _PATH_ERRORS):
            return True
        # One fold of several is too few rows to say what would be chosen. Where the first C would still be chosen, or
        # logits are too timid, the penalty is all there is: that is a plateau at the start of the path, not at its end.
        if not steady or len(path) <= _PATH_STEADY or path[-1].calibration.temperature < 1:
            return False
        earlier, now = (int(choose(path[:end], weights[None]).candidate[0]) for end in (-_PATH_STEADY, len(path)))
        return earlier == now > 0

    def result(self, names: list[str]) -> SearchResult:
        """Choose among all that was tried."""
        # Sorting keeps the order of the solvers, in which they were tried.
        order = sorted(
            self.losses, key=lambda choice: (HEADS.index(choice.head), names.index(choice.features), choice.C or 0)
        )
        losses, by_accuracy = [self.losses[choice] for choice in order], bool(self.settings.solver)
        choice = order[int(choose(losses, self.row_weights[None], by_accuracy=by_accuracy).candidate[0])]
        logits, chosen = self.logits[choice], self.losses[choice]
        score = bootstrap_score(
            losses,
            self.row_weights,
            self.settings.seed,
            shares=self.shares,
            groups=self.groups,
            by_accuracy=by_accuracy,
        )
        checked, score = self._checked(choice, score)
        right = chosen.correct if checked.logits is None else checked.logits.argmax(axis=1) == self.row_labels
        return SearchResult(
            choice=choice,
            checked=checked,
            candidates=tuple(
                Candidate(
                    tried.head,
                    tried.features,
                    tried.C,
                    float(np.average(own.correct, weights=self.shares)),
                    own.mean(self.row_weights),
                    tried.solver,
                )
                for tried, own in zip(order, losses, strict=True)
            ),
            rows=self.rows,
            fold=self.fold,
            logits=logits,
            shares=self.shares,
            accuracy=float(np.average(right, weights=self.shares)),
            ece=checked.fact.error,
            score=score,
        )

    def _checked(self, choice: Choice, score: BootstrapScore) -> tuple[Checked, BootstrapScore]:
        """Check the calibration of the choice; return the score with another one, too, if that was taken."""
        chosen = self.losses[choice]
        rows = Predictions.of(
            self.logits[choice],
            self.row_labels,
            weights=self.row_weights,
            shares=self.shares,
            contents=self.contents,
            groups=self.groups,
        )
        other = other_for(choice.head) if self.settings.recalibrates else None
        checked = check(rows, chosen.calibration, other, seed=self.settings.seed)
        if checked.logits is None:
            return checked, score
        gained = (checked.logits.argmax(axis=1) == self.row_labels).astype(np.float64) - chosen.correct
        lost = rows.losses(log_softmax(checked.logits)) - chosen.calibrated
        return checked, score.moved(np.average(gained, weights=self.shares), np.average(lost, weights=self.shares))

    def _record(self, choice: Choice, predictions: list[FloatArray]) -> float:
        """Take in the logits of every fold; return their mean loss."""
        logits = np.empty((len(self.rows), self.n_classes), dtype=np.float32)
        for rows in reversed(self.held_out):
            logits[rows] = predictions.pop()
        self.logits[choice] = logits
        self.losses[choice] = row_losses(logits, self.row_labels, self.row_weights)
        return self.losses[choice].mean(self.row_weights)

    def _loses_race(self, predictions: list[FloatArray]) -> bool:
        """Whether predictions of the first folds are worse than the best logistic head's."""
        if not predictions:
            return False
        rows = np.concatenate(self.held_out[: len(predictions)])
        rivals = [losses for choice, losses in self.losses.items() if choice.head == "logistic"]
        rival = min(rivals, key=lambda losses: losses.mean(self.row_weights))
        own = row_losses(np.concatenate(predictions), self.row_labels[rows], self.row_weights[rows])
        return _is_worse(own.calibrated, rival.calibrated[rows], self.row_weights[rows], errors=0)


def _same_classes(predictions: list[FloatArray], others: list[FloatArray]) -> bool:
    """Whether the logits of every fold have the same largest ones."""
    pairs = zip(predictions, others, strict=True)
    return all(np.array_equal(own.argmax(axis=1), other.argmax(axis=1)) for own, other in pairs)


def _is_worse(losses: FloatArray, others: FloatArray, weights: FloatArray, errors: float) -> bool:
    """Whether losses exceed others by a number of standard errors of the difference."""
    share = weights / weights.sum()
    difference = losses - others
    mean = float(share @ difference)
    error = np.sqrt(float((share**2) @ (difference - mean) ** 2))
    return bool(mean > max(errors * error, 0))
