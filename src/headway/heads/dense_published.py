"""The small neural networks of published experiments, exactly as published."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from headway.errors import RunError
from headway.facts.training import Epoch
from headway.heads import parallel
from headway.heads.dense import DenseHead
from headway.heads.network import Adam, Network, Optimiser, Sgd, inner_validation
from headway.rendering import training as rendering
from headway.stopping import safe_point
from headway.types import Silent

if TYPE_CHECKING:
    from headway.heads.standardise import Standardised
    from headway.types import FloatArray, IntArray, Progress

_BATCH = 32
_EPOCHS = 10
_BLOCK = 1024  # rows of the validation part at a time


@dataclass(frozen=True)
class _Design:
    dropout: float
    optimiser: type[Adam] | type[Sgd]
    learning_rate: float


_DESIGNS: dict[int, _Design] = {
    100: _Design(0.2, Adam, 1e-3),  # Food-11: global average pool, dropout, dense 100
    256: _Design(0.0, Sgd, 1e-2),  # Flowers: bottleneck features, dense 256; the rate is Keras' own
}


@parallel.one_blas_thread()
def fit_published(
    data: Standardised,
    labels: IntArray,
    weights: FloatArray,
    n_classes: int,
    seed: int,
    hidden: Literal[100, 256] = 100,
    *,
    epochs: int = 0,
    learning_rate: float = 0.0,
    validation: IntArray | None = None,
    history: list[Epoch] | None = None,
    progress: Progress | None = None,
) -> DenseHead:
    """One hidden layer on raw features, trained as the published Keras programs do.

    With 100 units: dropout of a fifth of the features, Adam at 0.001. With 256: plain gradient descent at 0.01. Both
    start from Glorot's uniform weights, take batches of 32 for 10 epochs, and return the epoch of least validation
    loss. They read the features as they were before standardisation. ``epochs`` and ``learning_rate`` replace the
    published numbers where they are not 0.

    The rows of ``validation`` (v,) choose the epoch and are not trained on; by default a tenth of every class. The seed
    is that of the initial weights, the order of the rows and the dropout. ``history`` gets every epoch,
    of which ``progress`` is told.

    A loss that is not finite is a `RunError` in the first epoch; later, training ends with the best epoch before, and a
    note.

    Examples
    --------
    >>> from headway.heads.standardise import standardise
    >>> features = np.repeat(np.eye(2, dtype="float32") * 9, 50, axis=0)
    >>> labels, curve = np.repeat([0, 1], 50), []
    >>> head = fit_published(standardise(features), labels, np.ones(100, "float32"), 2, seed=0, history=curve)
    >>> head.kind, len(curve), head.logits(features[[0, -1]]).argmax(axis=1).tolist()
    ('dense100', 10, [0, 1])
    """
    design = _DESIGNS[hidden]
    rate = learning_rate or design.learning_rate
    random = np.random.default_rng(seed)
    rows = random.permutation(np.flatnonzero(weights > 0))
    if validation is None:
        validation = rows[inner_validation(labels[rows])]
    training = np.setdiff1d(rows, validation)
    if not len(validation):
        validation = training
    trainer = _Trainer(data, labels, weights / weights[training].mean(), design.dropout, random)
    network = _initial(data.values.shape[1], hidden, n_classes, random)
    optimiser = design.optimiser(rate)
    least, best, best_epoch = np.inf, None, 0
    n_epochs, progress = epochs or _EPOCHS, progress or Silent()
    for epoch in range(1, n_epochs + 1):
        safe_point()
        began = time.perf_counter()
        with np.errstate(all="ignore"):  # overflow is reported below
            train_loss, train_accuracy = trainer.epoch(network, optimiser, training)
            loss, accuracy = trainer.scores(network, validation)
        if not (np.isfinite(train_loss) and np.isfinite(loss)):
            _report_divergence(epoch, rate, best is None, progress)
            break
        if history is not None:
            losses = float(train_loss), float(train_accuracy), float(loss), float(accuracy)
            history.append(Epoch(epoch, *losses, rate, round(time.perf_counter() - began, 3)))
        if loss < least:
            least, best, best_epoch = loss, [parameter.copy() for parameter in network.parameters], epoch
        if history is not None and (line := rendering.epoch(history, n_epochs, best_epoch)) is not None:
            progress.note(line)
    network.parameters = best or network.parameters
    layers = network.layers()
    return DenseHead(f"dense{hidden}", tuple(weight for weight, _ in layers), tuple(bias for _, bias in layers))


def _initial(n_inputs: int, hidden: int, n_classes: int, random: np.random.Generator) -> Network:
    def glorot(fan_in: int, fan_out: int) -> FloatArray:
        limit = np.sqrt(6 / (fan_in + fan_out))
        return random.uniform(-limit, limit, (fan_in, fan_out)).astype(np.float32)

    first, bias = glorot(n_inputs, hidden), np.zeros(hidden, np.float32)
    return Network([first, bias, glorot(hidden, n_classes), np.zeros(n_classes, np.float32)])


def _report_divergence(epoch: int, rate: float, is_fatal: bool, progress: Progress) -> None:
    message = f"the loss is no longer a number in epoch {epoch} with a learning rate of {rate:g}"
    if is_fatal:
        raise RunError(f"{message}: try a rate of {rate / 10:g} (--learning-rate)")
    progress.note(f"{message}: training stopped, the best epoch before is used; try a rate of {rate / 10:g}")


class _Trainer:
    """One pass over some of the rows, to train or to score."""

    def __init__(
        self,
        data: Standardised,
        labels: IntArray,
        weights: FloatArray,
        dropout: float,
        random: np.random.Generator,
    ) -> None:
        self._data, self._labels, self._weights = data, labels, weights
        self._unit = data.scale.astype(np.float32), data.mean.astype(np.float32)
        self._dropout, self._random = np.float32(dropout), random

    def _raw(self, rows: IntArray) -> FloatArray:
        scale, mean = self._unit
        raw: FloatArray = self._data.values[rows] * scale + mean
        return raw

    def epoch(self, network: Network, optimiser: Optimiser, rows: IntArray) -> tuple[float, float]:
        """Train on every row once; return mean loss and accuracy on the way, as Keras does."""
        order = self._random.permutation(rows)
        total = right = 0.0
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            inputs, weights = self._raw(batch), self._weights[batch]
            if self._dropout:
                mask = self._random.random(inputs.shape, dtype=np.float32) >= self._dropout
                inputs *= mask / (1 - self._dropout)
            gradients, losses, hits = network.gradients(inputs, self._labels[batch], weights)
            optimiser.step(network.parameters, gradients)
            total += float(weights @ losses)
            right += float(hits.sum())
        return total / len(order), right / len(order)

    def scores(self, network: Network, rows: IntArray) -> tuple[float, float]:
        """Mean loss and accuracy; rows are not weighted."""
        sums = np.zeros(2)
        for start in range(0, len(rows), _BLOCK):
            block = rows[start : start + _BLOCK]
            losses, hits = network.losses(self._raw(block), self._labels[block])
            sums += losses.sum(), hits.sum()
        loss, accuracy = sums / len(rows)
        return float(loss), float(accuracy)
