"""A network with one hidden layer in plain NumPy: its loss, its gradients and its optimisers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from headway.heads.losses import CrossEntropy, Loss, RowScores

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

_VALIDATION_EVERY = 10  # rows of a class
_ADAM_DECAY = (0.9, 0.999)  # of the running means of gradients and of their squares


def inner_validation(labels: IntArray) -> IntArray:
    """Return the positions of every tenth row of each class, from its second on, to hold back from training.

    Examples
    --------
    >>> inner_validation(np.array([0] * 12 + [1] * 2 + [2])).tolist()
    [1, 11, 13]
    """
    order = np.argsort(labels, kind="stable")
    position = np.empty(len(labels), dtype=np.int64)
    _, start, count = np.unique(labels[order], return_index=True, return_counts=True)
    position[order] = np.arange(len(labels)) - np.repeat(start, count)
    return np.flatnonzero(position % _VALIDATION_EVERY == 1)


class Network:
    """One hidden layer of ReLU units, and a loss of its outputs.

    The parameters, weights (d, h), biases (h,), weights (h, k) and biases (k,), are changed in place by an optimiser.
    """

    def __init__(self, parameters: list[FloatArray], loss: Loss | None = None) -> None:
        self.parameters = parameters
        self._loss = CrossEntropy() if loss is None else loss

    def layers(self) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
        """Weights and biases of the hidden layer and of the last one."""
        first, bias, second, last_bias = self.parameters
        return (first, bias), (second, last_bias)

    def scores(self, inputs: FloatArray, labels: IntArray) -> RowScores:
        """Score rows (n, d)."""
        _, logits = self._forward(inputs)
        return self._loss.rows(logits, labels)

    def gradients(
        self, inputs: FloatArray, labels: IntArray, weights: FloatArray
    ) -> tuple[list[FloatArray], RowScores]:
        """Gradients of the mean over rows of the weighted loss, and what `scores` gives."""
        hidden, logits = self._forward(inputs)
        error = self._loss.slope(logits, labels)
        error *= (weights / np.float32(len(labels)))[:, None]
        back = (error @ self.parameters[2].T) * (hidden > 0)
        gradients = [inputs.T @ back, back.sum(axis=0), hidden.T @ error, error.sum(axis=0)]
        return gradients, self._loss.rows(logits, labels)

    def _forward(self, inputs: FloatArray) -> tuple[FloatArray, FloatArray]:
        (first, bias), (second, last_bias) = self.layers()
        hidden = np.maximum(inputs @ first + bias, 0)
        return hidden, hidden @ second + last_bias


class Optimiser(Protocol):
    """Changes parameters in place."""

    def step(self, parameters: list[FloatArray], gradients: list[FloatArray]) -> None:
        """Go one step."""


class Sgd:
    """Stochastic gradient descent, with momentum as Keras has it."""

    def __init__(self, rate: float, momentum: float = 0.0) -> None:
        self.rate, self.momentum = np.float32(rate), np.float32(momentum)
        self._velocities: list[FloatArray] = []

    def step(self, parameters: list[FloatArray], gradients: list[FloatArray]) -> None:
        """Go one step against the gradient, and on as before."""
        if self.momentum and not self._velocities:
            self._velocities = [np.zeros_like(parameter) for parameter in parameters]
        for place, (parameter, gradient) in enumerate(zip(parameters, gradients, strict=True)):
            change = self.rate * gradient
            if self.momentum:
                self._velocities[place] = change = self.momentum * self._velocities[place] + change
            parameter -= change


class Adam:
    """Adam (Kingma and Ba 2015), with the weight decay of AdamW (Loshchilov and Hutter 2019), not on biases."""

    def __init__(self, rate: float, decay: float = 0.0, epsilon: float = 1e-8) -> None:
        self.rate, self.decay, self.epsilon = rate, decay, np.float32(epsilon)
        self._steps = 0
        self._means: list[FloatArray] = []
        self._squares: list[FloatArray] = []

    def step(self, parameters: list[FloatArray], gradients: list[FloatArray]) -> None:
        """Go one step against the running mean of the gradient, in units of its size."""
        if not self._steps:
            self._means = [np.zeros_like(parameter) for parameter in parameters]
            self._squares = [np.zeros_like(parameter) for parameter in parameters]
        self._steps += 1
        decay_mean, decay_square = _ADAM_DECAY
        rate = np.float32(self.rate * np.sqrt(1 - decay_square**self._steps) / (1 - decay_mean**self._steps))
        for parameter, gradient, mean, square in zip(parameters, gradients, self._means, self._squares, strict=True):
            mean += np.float32(1 - decay_mean) * (gradient - mean)
            square += np.float32(1 - decay_square) * (gradient * gradient - square)
            if self.decay and parameter.ndim == 2:
                parameter *= np.float32(1 - self.rate * self.decay)
            parameter -= rate * mean / (np.sqrt(square) + self.epsilon)
