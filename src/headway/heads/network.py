"""A network with one hidden layer in plain NumPy: its loss, its gradients and its optimisers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

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
    """One hidden layer of ReLU units and a softmax.

    The parameters, weights (d, h), biases (h,), weights (h, k) and biases (k,), are changed in place by an optimiser.
    """

    def __init__(self, parameters: list[FloatArray]) -> None:
        self.parameters = parameters

    def layers(self) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
        """Weights and biases of the hidden layer and of the last one."""
        first, bias, second, last_bias = self.parameters
        return (first, bias), (second, last_bias)

    def losses(self, inputs: FloatArray, labels: IntArray) -> tuple[FloatArray, FloatArray]:
        """Cross-entropy (n,) of rows (n, d), and whether each is right (n,), as 0 or 1."""
        _, logits = self._forward(inputs)
        return _losses(logits, labels)

    def gradients(
        self, inputs: FloatArray, labels: IntArray, weights: FloatArray
    ) -> tuple[list[FloatArray], FloatArray, FloatArray]:
        """Gradients of the mean over rows of the weighted cross-entropy, and what `losses` gives."""
        hidden, logits = self._forward(inputs)
        losses, right = _losses(logits, labels)
        error = np.exp(logits)
        error /= error.sum(axis=1, keepdims=True)
        error[np.arange(len(labels)), labels] -= 1
        error *= (weights / np.float32(len(labels)))[:, None]
        back = (error @ self.parameters[2].T) * (hidden > 0)
        return [inputs.T @ back, back.sum(axis=0), hidden.T @ error, error.sum(axis=0)], losses, right

    def _forward(self, inputs: FloatArray) -> tuple[FloatArray, FloatArray]:
        (first, bias), (second, last_bias) = self.layers()
        hidden = np.maximum(inputs @ first + bias, 0)
        logits = hidden @ second + last_bias
        return hidden, logits - logits.max(axis=1, keepdims=True)


def _losses(logits: FloatArray, labels: IntArray) -> tuple[FloatArray, FloatArray]:
    own = logits[np.arange(len(labels)), labels]
    right = (logits.argmax(axis=1) == labels).astype(np.float32)
    return np.log(np.exp(logits).sum(axis=1)) - own, right


class Optimiser(Protocol):
    """Changes parameters in place."""

    def step(self, parameters: list[FloatArray], gradients: list[FloatArray]) -> None:
        """Go one step."""


class Sgd:
    """Stochastic gradient descent."""

    def __init__(self, rate: float) -> None:
        self.rate = np.float32(rate)

    def step(self, parameters: list[FloatArray], gradients: list[FloatArray]) -> None:
        """Go one step against the gradient."""
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter -= self.rate * gradient


class Adam:
    """Adam (Kingma and Ba 2015), with the weight decay of AdamW (Loshchilov and Hutter 2019), not on biases."""

    def __init__(self, rate: float, decay: float = 0.0) -> None:
        self.rate, self.decay = rate, decay
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
            parameter -= rate * mean / (np.sqrt(square) + np.float32(1e-8))
