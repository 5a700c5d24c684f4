"""A neural network with one hidden layer and early stopping."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.heads.dense import DenseHead, fold_in
from headway.heads.spectrum import principal_components

if TYPE_CHECKING:
    from headway.heads.standardise import Standardised
    from headway.types import FloatArray, IntArray

HIDDEN = 128
_COMPONENTS = 128
_ROWS_FOR_COMPONENTS = 1024
_BATCH = 128
_LEARNING_RATE = 1e-3
_WEIGHT_DECAY = 1e-2
_MAX_EPOCHS = 60
_PATIENCE = 4
_INNER_SHARE = 0.1
_MOMENTS = (0.9, 0.999)


def fit_mlp(data: Standardised, labels: IntArray, weights: FloatArray, n_classes: int, seed: int) -> DenseHead:
    """One hidden layer of 128 ReLU units, trained by Adam and stopped early.

    The network reads the first 128 principal components, estimated on at most 1,024 of the training rows; they are
    folded into its first layer. A tenth of the training rows, of every class its share, is held back to stop at the
    epoch of least log-loss. Weights decay as in AdamW.

    Parameters
    ----------
    data : Standardised
        Features of n rows.
    labels : int64 array (n,)
        Classes in ``0 … n_classes - 1``.
    weights : float32 array (n,)
        Weight of every row in the loss; 0 for a row that is not to be learned from.
    n_classes : int
        Number of classes, k.
    seed : int
        Of the initial weights, the inner split and the order of the rows. The same seed gives the same bytes.

    Returns
    -------
    DenseHead
    """
    random = np.random.default_rng(seed)
    (mean,), (scale,) = data.part_moments((weights > 0)[None])
    rows = random.permutation(np.flatnonzero(weights > 0))
    basis = _principal_components(data.values, rows, mean, scale, random)
    offset = mean @ basis
    inputs = (data.values @ basis)[rows] - offset
    spread = np.float32(np.sqrt((inputs**2).mean()) + 1e-12)
    inputs /= spread
    inner = _inner_validation(labels[rows])
    network = _Network(inputs.shape[1], n_classes, random)
    network.train(inputs, labels[rows], weights[rows] / weights[rows].mean(), inner, random)
    (first, bias), (second, last_bias) = network.layers()
    # The basis already divides by the scale of the part, so only the mean is left to fold in.
    moments = data.in_raw_units(mean, np.ones_like(scale))
    return fold_in("mlp", [(basis @ first / spread, bias), (second, last_bias)], moments)


def _principal_components(
    values: FloatArray, rows: IntArray, mean: FloatArray, scale: FloatArray, random: np.random.Generator
) -> FloatArray:
    """Basis (d, p) that takes centred features to their first principal components once divided by the scale."""
    sample = (values[np.sort(rows[:_ROWS_FOR_COMPONENTS])] - mean) / scale
    basis, _ = principal_components(sample, _COMPONENTS, random, passes=2)
    return np.ascontiguousarray(basis / scale[:, None])


def _inner_validation(labels: IntArray) -> IntArray:
    """Every tenth row of each class, from its second on."""
    order = np.argsort(labels, kind="stable")
    position = np.empty(len(labels), dtype=np.int64)
    _, start, count = np.unique(labels[order], return_index=True, return_counts=True)
    position[order] = np.arange(len(labels)) - np.repeat(start, count)
    every = round(1 / _INNER_SHARE)
    return np.flatnonzero(position % every == 1)


class _Network:
    def __init__(self, n_inputs: int, n_classes: int, random: np.random.Generator) -> None:
        first = random.standard_normal((n_inputs, HIDDEN), dtype=np.float32) * np.float32(np.sqrt(2 / n_inputs))
        second = random.standard_normal((HIDDEN, n_classes), dtype=np.float32) * np.float32(0.1 / np.sqrt(HIDDEN))
        self.parameters = [first, np.zeros(HIDDEN, np.float32), second, np.zeros(n_classes, np.float32)]

    def layers(self) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
        first, bias, second, last_bias = self.parameters
        return (first, bias), (second, last_bias)

    def train(
        self, inputs: FloatArray, labels: IntArray, weights: FloatArray, inner: IntArray, random: np.random.Generator
    ) -> None:
        """Adam with decoupled weight decay, until the inner validation log-loss has not fallen for a while."""
        training = np.setdiff1d(np.arange(len(labels)), inner)
        if not len(inner):
            inner = training
        means = [np.zeros_like(p) for p in self.parameters]
        squares = [np.zeros_like(p) for p in self.parameters]
        best, kept, waited, step = np.inf, self.parameters, 0, 0
        for _ in range(_MAX_EPOCHS):
            order = random.permutation(training)
            for start in range(0, len(order), _BATCH):
                rows = order[start : start + _BATCH]
                step += 1
                gradients = self._gradients(inputs[rows], labels[rows], weights[rows])
                self._adam(gradients, means, squares, step)
            loss = self._loss(inputs[inner], labels[inner], weights[inner])
            if loss < best - 1e-4:
                best, kept, waited = loss, [p.copy() for p in self.parameters], 0
            else:
                waited += 1
            if waited == _PATIENCE:
                break
        self.parameters = kept

    def _forward(self, inputs: FloatArray) -> tuple[FloatArray, FloatArray]:
        first, bias, second, last_bias = self.parameters
        hidden = np.maximum(inputs @ first + bias, 0)
        logits = hidden @ second + last_bias
        return hidden, logits - logits.max(axis=1, keepdims=True)

    def _loss(self, inputs: FloatArray, labels: IntArray, weights: FloatArray) -> float:
        _, logits = self._forward(inputs)
        losses = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(labels)), labels]
        return float(weights @ losses / weights.sum())

    def _gradients(self, inputs: FloatArray, labels: IntArray, weights: FloatArray) -> list[FloatArray]:
        hidden, logits = self._forward(inputs)
        error = np.exp(logits)
        error /= error.sum(axis=1, keepdims=True)
        error[np.arange(len(labels)), labels] -= 1
        error *= (weights / np.float32(len(labels)))[:, None]
        back = (error @ self.parameters[2].T) * (hidden > 0)
        return [inputs.T @ back, back.sum(axis=0), hidden.T @ error, error.sum(axis=0)]

    def _adam(self, gradients: list[FloatArray], means: list[FloatArray], squares: list[FloatArray], step: int) -> None:
        decay_mean, decay_square = _MOMENTS
        correction = np.sqrt(1 - decay_square**step) / (1 - decay_mean**step)
        rate = np.float32(_LEARNING_RATE * correction)
        for parameter, gradient, mean, square in zip(self.parameters, gradients, means, squares, strict=True):
            mean += np.float32(1 - decay_mean) * (gradient - mean)
            square += np.float32(1 - decay_square) * (gradient * gradient - square)
            if parameter.ndim == 2:
                parameter *= np.float32(1 - _LEARNING_RATE * _WEIGHT_DECAY)
            parameter -= rate * mean / (np.sqrt(square) + np.float32(1e-8))
