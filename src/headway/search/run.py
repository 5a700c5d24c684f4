"""The search itself: out-of-fold predictions of every configuration, the choice, and its corrected score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from headway.calibration import softmax
from headway.errors import DataError, UnknownNameError
from headway.heads import DenseHead, LogisticPath, Standardised, fit_centroid, fit_logistic, fit_mlp, standardise
from headway.heads.parallel import each, one_blas_thread
from headway.metrics import calibration_error
from headway.search.bootstrap import Corrected, corrected
from headway.search.choice import C_GRID, HEADS, Choice, Losses, choose, losses
from headway.types import Progress, Silent

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

HeadKind: TypeAlias = Literal["auto", "centroid", "logistic", "mlp"]
ClassWeight: TypeAlias = Literal["none", "balanced"]

_SEARCH_GAP = 1e-4  # nats a row: below any standard error
_REFIT_GAP = 1e-7  # far below what one picture more would change
_MAX_COLUMNS = 256  # of logits that are solved for at once
_PATH_ERRORS = 2.0  # standard errors behind the best C at which the path ends
_PATH_STEPS = 3  # or so many values of C past the best: the solutions hardly differ any more
_HEAT = 2  # folds in which the neural network runs against the best logistic head
_HEAT_ERRORS = 1.0  # to be chosen it would have to be ahead by one


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


@one_blas_thread()
def search(
    features: Mapping[str, FloatArray],
    labels: IntArray,
    folds: Sequence[tuple[IntArray, IntArray]],
    *,
    n_classes: int,
    head: HeadKind = "auto",
    class_weight: ClassWeight = "none",
    seed: int = 0,
    progress: Progress | None = None,
) -> SearchResult:
    """Choose head, feature set and penalty by cross-validated log-loss.

    Every configuration predicts the held-out rows of every fold; its criterion is the log-loss of these predictions
    after temperature scaling; the simplest within one standard error of the best is chosen. With ``"auto"``, the neural
    network is tried only on the feature set that suits the logistic head best, and given up after two folds where it is
    a standard error behind. The path of C ends where the loss has clearly risen or no longer falls.

    Parameters
    ----------
    features : mapping of str to float32 array (n, d)
        Feature sets by name, the simplest first.
    labels : int64 array (n,)
        Classes in ``0 … n_classes - 1``.
    folds : sequence of (train (a,), held_out (b,)) int64 arrays
        Rows to learn from and rows to predict. One pair for a given validation split.
    n_classes : int
        Number of classes, at least 2.
    head : {"auto", "centroid", "logistic", "mlp"}
        Which kinds to try.
    class_weight : {"none", "balanced"}
        Balanced: every class weighs the same, in learning, temperature and choice. The scores are never weighted.
    seed : int
        Of the neural network and the bootstrap.
    progress : Progress, optional
        Told of every configuration.

    Returns
    -------
    SearchResult

    Raises
    ------
    DataError
        When a search is impossible: fewer than two classes, no folds, features that are missing or not finite.
    UnknownNameError
        When there is no such kind of head.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> labels = np.arange(40) % 2
    >>> features = (random.standard_normal((40, 5)) + 3 * labels[:, None]).astype("float32")
    >>> rows = np.arange(40)
    >>> folds = [(rows[rows // 8 != fold], rows[rows // 8 == fold]) for fold in range(5)]
    >>> result = search({"last": features}, labels, folds, n_classes=2)
    >>> result.choice.features, result.corrected.accuracy > 0.9
    ('last', True)
    """
    kinds = _kinds(head)
    _check(features, labels, folds, n_classes, class_weight)
    trial = _Trial(labels, folds, n_classes, class_weight, seed, Silent() if progress is None else progress)
    trial.progress.start("choosing a head", len(features) * len(kinds))
    best: tuple[str, Standardised] | None = None
    least = np.inf
    for name, matrix in features.items():
        data = standardise(matrix)
        for kind in kinds:
            if kind == "logistic":
                loss = trial.logistic(name, data)
            elif kind == "centroid":
                loss = trial.centroid(name, data)
            elif head == "mlp":
                loss = trial.network(name, data)
            else:
                continue
            trial.progress.advance()
            if kind == "logistic" and loss < least:
                best, least = (name, data), loss
    if head == "auto" and best is not None:
        trial.network(*best, race=True)
        trial.progress.advance(len(features))
    return trial.result(list(features))


@one_blas_thread()
def refit(
    choice: Choice,
    features: FloatArray,
    labels: IntArray,
    *,
    n_classes: int,
    class_weight: ClassWeight = "none",
    seed: int = 0,
) -> DenseHead:
    """Fit the chosen configuration on all training rows.

    Parameters
    ----------
    choice : Choice
        From `search`.
    features : float32 array (n, d)
        The feature set that the choice names.
    labels : int64 array (n,)
        Classes in ``0 … n_classes - 1``.
    n_classes : int
        Number of classes.
    class_weight : {"none", "balanced"}
        As in the search.
    seed : int
        As in the search.

    Returns
    -------
    DenseHead
        On raw features; its logits are to be divided by the temperature of the search.

    Examples
    --------
    >>> features = np.array([[0.0], [1], [10], [11]], "float32")
    >>> head = refit(Choice("logistic", "last", 1.0), features, np.array([0, 0, 1, 1]), n_classes=2)
    >>> head.kind, head.logits(features).argmax(axis=1).tolist()
    ('logistic', [0, 0, 1, 1])
    """
    data = standardise(features)
    weights = _class_weights(labels, np.arange(len(labels)), n_classes, class_weight)
    if choice.head == "centroid":
        return fit_centroid(data, labels, weights, n_classes)
    if choice.head == "mlp":
        return fit_mlp(data, labels, weights, n_classes, seed)
    if choice.head != "logistic" or choice.C is None:
        raise DataError(f"a logistic head needs a C and other heads are centroid or mlp, got {choice}")
    return fit_logistic(data, labels, weights, n_classes, choice.C, gap=_REFIT_GAP)


class _Trial:
    """Collects the out-of-fold predictions of one configuration after the other."""

    def __init__(
        self,
        labels: IntArray,
        folds: Sequence[tuple[IntArray, IntArray]],
        n_classes: int,
        class_weight: ClassWeight,
        seed: int,
        progress: Progress,
    ) -> None:
        self.labels, self.n_classes, self.seed, self.progress = labels, n_classes, seed, progress
        self.weights = np.stack([_class_weights(labels, train, n_classes, class_weight) for train, _ in folds])
        self.fold_of = np.full(len(labels), -1, dtype=np.int64)
        for fold, (_, held_out) in enumerate(folds):
            self.fold_of[held_out] = fold
        self.rows = np.flatnonzero(self.fold_of >= 0)
        self.held_out = [np.flatnonzero(self.fold_of[self.rows] == fold) for fold in range(len(folds))]
        self.row_labels = labels[self.rows]
        self.row_weights = _class_weights(self.row_labels, np.arange(len(self.rows)), n_classes, class_weight)
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
            self.progress.note(f"{choice}: behind after {_HEAT} folds, given up")
            return np.inf
        return self._keep(choice, first + self._predict(choice, data, folds[len(heat) :]))

    def logistic(self, name: str, data: Standardised) -> float:
        """Try the path of C; return the least loss."""
        at_once = max(1, _MAX_COLUMNS // self.n_classes)
        paths = [
            LogisticPath(data, self.labels, self.weights[start : start + at_once], self.n_classes)
            for start in range(0, len(self.weights), at_once)
        ]
        best: Losses | None = None
        past = 0
        for C in C_GRID:
            predictions = []
            for number, path in enumerate(paths):
                path.solve(C, gap=_SEARCH_GAP)
                for part in range(len(path.weights)):
                    rows = self.rows[self.held_out[number * at_once + part]]
                    predictions.append(np.ascontiguousarray(path.logits_[:, part, rows].T))
            choice = Choice("logistic", name, C)
            self._keep(choice, predictions)
            costs = self.tried[choice][1]
            if best is None or self._mean(costs.fitted) < self._mean(best.fitted):
                best, past = costs, 0
                continue
            past += 1
            if past == _PATH_STEPS or self._worse(costs.fitted, best.fitted, self.row_weights, _PATH_ERRORS):
                break
        return np.inf if best is None else self._mean(best.fitted)

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
        """Whether predictions of the first folds are worse than the best logistic head's by a standard error."""
        if not first:
            return False
        rows = np.concatenate(self.held_out[: len(first)])
        rivals = [cost for choice, (_, cost) in self.tried.items() if choice.head == "logistic"]
        rival = min(rivals, key=lambda cost: self._mean(cost.fitted))
        costs = losses(np.concatenate(first), self.row_labels[rows], self.row_weights[rows])
        return self._worse(costs.fitted, rival.fitted[rows], self.row_weights[rows], _HEAT_ERRORS)

    @staticmethod
    def _worse(costs: FloatArray, than: FloatArray, weights: FloatArray, errors: float) -> bool:
        """Whether losses are higher than others by so many standard errors of the difference."""
        share = weights / weights.sum()
        difference = costs - than
        mean = float(share @ difference)
        error = np.sqrt(float((share**2) @ (difference - mean) ** 2))
        return bool(mean > max(errors * error, 0))


def _kinds(head: str) -> tuple[str, ...]:
    if head == "auto":
        return HEADS
    if head not in HEADS:
        raise UnknownNameError("head", head, ("auto", *HEADS))
    return (head,)


def _class_weights(labels: IntArray, rows: IntArray, n_classes: int, class_weight: str) -> FloatArray:
    """Weights (n,) of the rows: 0 outside of ``rows``; with mean 1 inside."""
    weights = np.zeros(len(labels), dtype=np.float32)
    weights[rows] = 1
    if class_weight == "balanced":
        count = np.bincount(labels[rows], minlength=n_classes)
        weights[rows] = (len(rows) / (np.count_nonzero(count) * np.maximum(count, 1)))[labels[rows]]
    return weights


def _check(
    features: Mapping[str, FloatArray],
    labels: IntArray,
    folds: Sequence[tuple[IntArray, IntArray]],
    n_classes: int,
    class_weight: str,
) -> None:
    if class_weight not in ("none", "balanced"):
        raise UnknownNameError("class weight", class_weight, ("none", "balanced"))
    if n_classes < 2:
        raise DataError(f"there must be at least 2 classes to tell apart, got {n_classes}")
    if not len(labels) or labels.min() < 0 or labels.max() >= n_classes:
        raise DataError(f"every row needs a label from 0 to {n_classes - 1}, got {len(labels)} rows")
    if not features:
        raise DataError("there must be at least one feature set to choose from, got none")
    for name, matrix in features.items():
        if matrix.ndim != 2 or len(matrix) != len(labels):
            raise DataError(f"feature set {name!r} must have shape ({len(labels)}, d), got {matrix.shape}")
    if not folds or any(not len(held_out) for _, held_out in folds):
        raise DataError("every fold must hold out at least one row, and there must be at least one fold")
    for train, _ in folds:
        if len(np.unique(labels[train])) < 2:
            raise DataError("every fold must have two classes to learn from: more pictures per class are needed")
