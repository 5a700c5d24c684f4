"""The small neural networks of published experiments, trained exactly as published."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import numpy as np

from headway.errors import RunError
from headway.facts.training import Epoch, has_learnt
from headway.heads import parallel
from headway.heads.dense import DenseHead
from headway.heads.losses import BinaryCrossEntropy, CrossEntropy, Loss, RowScores
from headway.heads.network import Adam, Network, Optimiser, Sgd, inner_validation
from headway.rendering import training as rendering
from headway.stopping import safe_point
from headway.types import Silent

if TYPE_CHECKING:
    from headway.heads.standardising import Standardised
    from headway.types import FloatArray, IntArray, LossChoice, OptimizerChoice, Progress

    Rows: TypeAlias = tuple[FloatArray, IntArray]
    """Raw features (v, d) and labels (v,)."""

_BATCH = 32
_EPOCHS = 10
_BLOCK = 1024  # rows of the validation part at a time
_DESIGNS = {100: (0.2, "adam"), 256: (0.0, "sgd")}  # part of the features that is dropped, and the optimiser
_OPTIMISERS: dict[str, tuple[float, Callable[[float], Optimiser]]] = {  # with the rates and constants of Keras
    "adam": (1e-3, lambda rate: Adam(rate, epsilon=1e-7)),
    "adamw": (1e-3, lambda rate: Adam(rate, decay=4e-3, epsilon=1e-7)),
    "sgd": (1e-2, Sgd),
    "sgd-momentum": (1e-2, lambda rate: Sgd(rate, momentum=0.9)),
}
_LOSSES: dict[str, type[Loss]] = {"cross-entropy": CrossEntropy, "binary-cross-entropy": BinaryCrossEntropy}
_LOWER = (1.0, 0.1, 0.01)  # parts of the usual rate, tried in turn until something is learnt


@dataclass(frozen=True)
class DenseSettings:
    """What a recipe says of a published network; 0 and ``"auto"`` stand for what was published."""

    epochs: int = 0
    learning_rate: float = 0.0
    optimizer: OptimizerChoice = "auto"
    loss: LossChoice = "cross-entropy"
    keep: Literal["best", "last"] = "best"  # which epoch; with "last" no row is held back to watch by

    def rates(self, usual: float) -> list[float]:
        """Return what rates to try: one, where it was said how steps are taken."""
        if self.learning_rate or self.optimizer != "auto":
            return [self.learning_rate or usual]
        return [usual * part for part in _LOWER]


@dataclass(frozen=True)
class Course:
    """How the training of a published network went."""

    history: tuple[Epoch, ...]  # none where the first epoch diverged
    best: int  # the epoch whose weights were kept
    frequencies_loss: float | None  # of always giving the frequencies of the classes, on what was watched
    abandoned_rates: tuple[float, ...] = ()  # others, at which nothing was learnt, either

    @property
    def least(self) -> float:
        """The least validation loss."""
        return min((epoch.validation_loss or 0.0 for epoch in self.history), default=np.inf)


@parallel.one_blas_thread()
def fit_published(
    data: Standardised,
    labels: IntArray,
    weights: FloatArray,
    n_classes: int,
    seed: int,
    hidden: int = 100,
    settings: DenseSettings | None = None,
    *,
    watched: Rows | None = None,
    progress: Progress | None = None,
) -> tuple[DenseHead, Course]:
    """One hidden layer on raw features, trained as the published Keras programs do.

    With 100 units: dropout of a fifth of the features, Adam at 0.001. With 256: plain gradient descent at 0.01. Both
    start from Glorot's uniform weights, take batches of 32 for 10 epochs, and return the epoch of least validation
    loss. They read the features as they were before standardisation. ``settings`` replace what was published.

    The rows of ``watched`` choose the epoch; by default a tenth of every class is held back for it. The seed is that of
    the initial weights, the order of the rows and the dropout. ``progress`` is told of every epoch.

    Where nothing is learnt, it starts again at a tenth and a hundredth of the rate, unless the settings say how steps
    are taken. A loss that is not finite from the first epoch on is a `RunError`; later, training ends with the best
    epoch before, and a note.

    Examples
    --------
    >>> from headway.heads.standardising import standardise
    >>> features = np.repeat(np.eye(2, dtype="float32") * 9, 50, axis=0)
    >>> labels = np.repeat([0, 1], 50)
    >>> head, course = fit_published(standardise(features), labels, np.ones(100, "float32"), 2, seed=0)
    >>> head.kind, len(course.history), head.logits(features[[0, -1]]).argmax(axis=1).tolist()
    ('dense100', 10, [0, 1])
    """
    settings, progress = settings or DenseSettings(), progress or Silent()
    dropout, usual = _DESIGNS[hidden]
    usual_rate, optimiser = _OPTIMISERS[usual if settings.optimizer == "auto" else settings.optimizer]
    rates = settings.rates(usual_rate)
    tried: dict[float, tuple[Network, Course]] = {}
    for rate, lower in zip(rates, [*rates[1:], None], strict=True):
        random = np.random.default_rng(seed)
        rows = _Rows(data, labels, weights, n_classes, settings, watched, dropout, random)
        network = Network(_glorot((data.values.shape[1], hidden, n_classes), random), rows.loss)
        course = _train(network, rows, optimiser(rate), rate, settings.epochs or _EPOCHS, progress)
        tried[rate] = network, course
        if course.history and has_learnt(course.history, course.frequencies_loss):
            break
        if lower is not None:
            progress.note(rendering.starts_again(rate, lower, diverged=not course.history))
    rate, (network, course) = min(tried.items(), key=lambda one: one[1][1].least)
    if not course.history:
        raise RunError(rendering.diverged(1, rates[-1]))
    layers = network.layers()
    head = DenseHead(f"dense{hidden}", tuple(weight for weight, _ in layers), tuple(bias for _, bias in layers))
    return head, replace(course, abandoned_rates=tuple(other for other in tried if other != rate))


def _glorot(sizes: tuple[int, int, int], random: np.random.Generator) -> list[FloatArray]:
    """Return initial weights and biases, as Keras has them."""
    parameters = []
    for inputs, outputs in pairwise(sizes):
        limit = np.sqrt(6 / (inputs + outputs))
        parameters += [random.uniform(-limit, limit, (inputs, outputs)).astype(np.float32)]
        parameters += [np.zeros(outputs, np.float32)]
    return parameters


def _train(network: Network, rows: _Rows, optimiser: Optimiser, rate: float, epochs: int, progress: Progress) -> Course:
    """Train a network, and leave it as it was after the best epoch."""
    history: list[Epoch] = []
    least, best, parameters = np.inf, 0, network.parameters
    for epoch in range(1, epochs + 1):
        safe_point()
        began = time.perf_counter()
        with np.errstate(all="ignore"):  # overflow is reported below
            learned = rows.learn(network, optimiser)
            watched = rows.watch(network)
        loss = learned.loss if watched is None else watched.loss
        if not (np.isfinite(learned.loss) and np.isfinite(loss)):
            if history:
                progress.note(f"{rendering.diverged(epoch, rate)}; training stopped, the best epoch before is used")
            break
        seconds = round(time.perf_counter() - began, 3)
        history.append(_epoch(epoch, learned, watched, rate, seconds))
        if watched is None or loss < least:
            least, best, parameters = loss, epoch, [parameter.copy() for parameter in network.parameters]
        if (line := rendering.epoch(history, epochs, best)) is not None:
            progress.note(line)
    network.parameters = parameters
    return Course(tuple(history), best, rows.frequencies_loss())


class _Means(NamedTuple):
    """Means over rows."""

    loss: float
    accuracy: float
    binary_accuracy: float | None

    @classmethod
    def of(cls, parts: list[RowScores], weights: FloatArray | None = None) -> _Means:
        losses = np.concatenate([part.losses for part in parts]).astype(np.float64)
        binary = [part.binary for part in parts if part.binary is not None]
        return cls(
            float(losses.mean() if weights is None else (weights * losses).mean()),
            float(np.concatenate([part.right for part in parts]).mean(dtype=np.float64)),
            float(np.concatenate(binary).mean(dtype=np.float64)) if binary else None,
        )


def _epoch(number: int, learned: _Means, watched: _Means | None, rate: float, seconds: float) -> Epoch:
    loss, accuracy, binary = (None, None, None) if watched is None else watched
    return Epoch(number, learned.loss, learned.accuracy, loss, accuracy, rate, seconds, learned.binary_accuracy, binary)


class _Rows:
    """The rows that a network learns from, and those that it is watched by."""

    def __init__(
        self,
        data: Standardised,
        labels: IntArray,
        weights: FloatArray,
        n_classes: int,
        settings: DenseSettings,
        watched: Rows | None,
        dropout: float,
        random: np.random.Generator,
    ) -> None:
        self.loss = _LOSSES[settings.loss]()
        self._data, self._labels, self._n_classes = data, labels, n_classes
        self._unit = data.scale.astype(np.float32), data.mean.astype(np.float32)
        self._dropout, self._random = np.float32(dropout), random
        rows = random.permutation(np.flatnonzero(weights > 0))
        held_back = rows[inner_validation(labels[rows])]
        if watched is not None or settings.keep == "last":
            held_back = rows[:0]
        self._rows = np.setdiff1d(rows, held_back)
        self._weights = weights / weights[self._rows].mean()
        self._watched = watched
        if watched is None and settings.keep == "best":
            # Too few to hold any back: they are watched themselves.
            shown = held_back if len(held_back) else self._rows
            self._watched = self._raw(shown), labels[shown]

    def _raw(self, rows: IntArray) -> FloatArray:
        scale, mean = self._unit
        raw: FloatArray = self._data.values[rows] * scale + mean
        return raw

    def learn(self, network: Network, optimiser: Optimiser) -> _Means:
        """Train on every row once; return the means on the way, as Keras does."""
        order, parts = self._random.permutation(self._rows), []
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            inputs = self._raw(batch)
            if self._dropout:
                mask = self._random.random(inputs.shape, dtype=np.float32) >= self._dropout
                inputs *= mask / (1 - self._dropout)
            gradients, scores = network.gradients(inputs, self._labels[batch], self._weights[batch])
            optimiser.step(network.parameters, gradients)
            parts.append(scores)
        return _Means.of(parts, self._weights[order])

    def watch(self, network: Network) -> _Means | None:
        """Score the rows that are watched, which are not weighted."""
        if self._watched is None:
            return None
        features, labels = self._watched
        starts = range(0, len(labels), _BLOCK)
        return _Means.of([network.scores(features[at : at + _BLOCK], labels[at : at + _BLOCK]) for at in starts])

    def frequencies_loss(self) -> float | None:
        """Return the loss, on what is watched, of giving every row the frequencies of the classes learned from."""
        if self._watched is None:
            return None
        labels = self._watched[1]
        counts = np.bincount(self._labels[self._rows], self._weights[self._rows], self._n_classes)
        logits = self.loss.constant((counts / counts.sum()).astype(np.float32))
        return float(self.loss.rows(np.tile(logits, (len(labels), 1)), labels).losses.mean(dtype=np.float64))
