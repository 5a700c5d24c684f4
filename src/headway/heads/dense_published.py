"""The small neural networks of the published experiments, exactly as published."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from headway.errors import RunError
from headway.heads import parallel
from headway.heads.dense import DenseHead
from headway.heads.network import Adam, Network, Optimiser, Sgd, inner_validation
from headway.types import Silent

if TYPE_CHECKING:
    from headway.heads.standardise import Standardised
    from headway.types import FloatArray, IntArray, Progress

_BATCH = 32
_EPOCHS = 10
_BLOCK = 1024  # rows of the validation part at a time


@dataclass(frozen=True)
class _Published:
    dropout: float
    optimiser: type[Adam] | type[Sgd]
    learning_rate: float


_PUBLISHED: dict[int, _Published] = {
    100: _Published(0.2, Adam, 1e-3),  # Food-11: global average pool, dropout, dense 100
    256: _Published(0.0, Sgd, 1e-2),  # Flowers: bottleneck features, dense 256; the rate is Keras' own
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
    history: list[dict[str, Any]] | None = None,
    progress: Progress | None = None,
) -> DenseHead:
    """One hidden layer on raw features, trained as the published Keras programs do.

    With 100 units: dropout of a fifth of the features, Adam at 0.001. With 256: plain gradient descent at 0.01. Both
    start from Glorot's uniform weights, take batches of 32 for 10 epochs, and keep the epoch of least validation loss.

    Parameters
    ----------
    data : Standardised
        Features of n rows. The network reads them as they were before.
    labels : int64 array (n,)
        Classes in ``0 … n_classes - 1``.
    weights : float32 array (n,)
        Weight of every row in the loss; 0 for a row that is not to be learned from.
    n_classes : int
        Number of classes, k.
    seed : int
        Of the initial weights, the order of the rows and the dropout. The same seed gives the same bytes.
    hidden : {100, 256}
        Which of the two.
    epochs : int
        How many; 0 takes the published number.
    learning_rate : float
        Size of the steps; 0 takes the published one.
    validation : int64 array (v,), optional
        Rows to watch, which are not learned from; by default a tenth of every class.
    history : list, optional
        Gets a plain dict for every epoch: ``number``, ``train_loss``, ``train_accuracy``, ``validation_loss``,
        ``validation_accuracy`` and ``seconds``.
    progress : Progress, optional
        Told when the training ends before its time.

    Returns
    -------
    DenseHead
        Of kind ``"dense100"`` or ``"dense256"``.

    Raises
    ------
    RunError
        When the loss is no number from the first epoch on. Later, the best epoch until then is kept.

    Examples
    --------
    >>> from headway.heads.standardise import standardise
    >>> features = np.repeat(np.eye(2, dtype="float32") * 9, 50, axis=0)
    >>> labels, curve = np.repeat([0, 1], 50), []
    >>> head = fit_published(standardise(features), labels, np.ones(100, "float32"), 2, seed=0, history=curve)
    >>> head.kind, len(curve), head.logits(features[[0, -1]]).argmax(axis=1).tolist()
    ('dense100', 10, [0, 1])
    """
    published = _PUBLISHED[hidden]
    rate = learning_rate or published.learning_rate
    random = np.random.default_rng(seed)
    rows = random.permutation(np.flatnonzero(weights > 0))
    watched = rows[inner_validation(labels[rows])] if validation is None else validation
    learnt = np.setdiff1d(rows, watched)
    if not len(watched):
        watched = learnt
    run = _Run(data, labels, weights / weights[learnt].mean(), published.dropout, random)
    network = _initial(data.values.shape[1], hidden, n_classes, random)
    optimiser = published.optimiser(rate)
    best, kept = np.inf, None
    for epoch in range(1, (epochs or _EPOCHS) + 1):
        began = time.perf_counter()
        with np.errstate(all="ignore"):  # what overflows is said below
            train_loss, train_accuracy = run.epoch(network, optimiser, learnt)
            loss, accuracy = run.scores(network, watched)
        if not (np.isfinite(train_loss) and np.isfinite(loss)):
            _stop(epoch, rate, kept is not None, progress or Silent())
            break
        if history is not None:
            names = "number", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "seconds"
            seconds = round(time.perf_counter() - began, 3)
            numbers = epoch, train_loss, train_accuracy, loss, accuracy, seconds
            history.append(dict(zip(names, numbers, strict=True)))
        if loss < best:
            best, kept = loss, [parameter.copy() for parameter in network.parameters]
    network.parameters = kept or network.parameters
    layers = network.layers()
    return DenseHead(f"dense{hidden}", tuple(weight for weight, _ in layers), tuple(bias for _, bias in layers))


def _initial(n_inputs: int, hidden: int, n_classes: int, random: np.random.Generator) -> Network:
    def glorot(fan_in: int, fan_out: int) -> FloatArray:
        limit = np.sqrt(6 / (fan_in + fan_out))
        return random.uniform(-limit, limit, (fan_in, fan_out)).astype(np.float32)

    zeros = np.zeros(hidden, np.float32), np.zeros(n_classes, np.float32)
    return Network([glorot(n_inputs, hidden), zeros[0], glorot(hidden, n_classes), zeros[1]])


def _stop(epoch: int, rate: float, kept: bool, progress: Progress) -> None:
    why = f"the loss is no longer a number in epoch {epoch} with a learning rate of {rate:g}"
    if not kept:
        raise RunError(f"{why}: try a rate of {rate / 10:g} (--learning-rate)")
    progress.note(f"{why}: training stopped, the best epoch before it is kept; try a rate of {rate / 10:g}")


class _Run:
    """The rows, and one pass over some of them."""

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
        """Learn from every row once; return mean loss and accuracy on the way, as Keras does."""
        order = self._random.permutation(rows)
        total = right = 0.0
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            inputs, weights = self._raw(batch), self._weights[batch]
            if self._dropout:
                kept = self._random.random(inputs.shape, dtype=np.float32) >= self._dropout
                inputs *= kept / (1 - self._dropout)
            gradients, losses, hits = network.gradients(inputs, self._labels[batch], weights)
            optimiser.step(network.parameters, gradients)
            total += float(weights @ losses)
            right += float(hits.sum())
        return total / len(order), right / len(order)

    def scores(self, network: Network, rows: IntArray) -> tuple[float, float]:
        """Mean loss and accuracy, every row counting the same."""
        sums = np.zeros(2)
        for start in range(0, len(rows), _BLOCK):
            block = rows[start : start + _BLOCK]
            losses, hits = network.losses(self._raw(block), self._labels[block])
            sums += losses.sum(), hits.sum()
        loss, accuracy = sums / len(rows)
        return float(loss), float(accuracy)
