"""A neural network with one hidden layer and early stopping."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.heads.dense import DenseHead, fold_in
from headway.heads.network import Adam, Network, inner_validation
from headway.heads.spectrum import principal_components
from headway.stopping import safe_point

if TYPE_CHECKING:
    from headway.heads.standardising import Standardised
    from headway.types import FloatArray, IntArray

HIDDEN = 128
_COMPONENTS = 128
_ROWS_FOR_COMPONENTS = 1024
_BATCH = 128
_LEARNING_RATE = 1e-3
_WEIGHT_DECAY = 1e-2
_MAX_EPOCHS = 60
_PATIENCE = 4


def fit_mlp(data: Standardised, labels: IntArray, weights: FloatArray, n_classes: int, seed: int) -> DenseHead:
    """One hidden layer of 128 ReLU units, trained by Adam and stopped early.

    The network reads the first 128 principal components, estimated on at most 1,024 of the training rows; they are
    folded into its first layer. A tenth of the training rows, of every class its share, is held back to stop at the
    epoch of least log-loss. Weights decay as in AdamW. The seed is that of the initial weights and the order of rows.
    """
    random = np.random.default_rng(seed)
    (mean,), (scale,) = data.part_moments((weights > 0)[None])
    rows = random.permutation(np.flatnonzero(weights > 0))
    basis = _principal_components(data.values, rows, mean, scale, random)
    offset = mean @ basis
    inputs = (data.values @ basis)[rows] - offset
    spread = np.float32(np.sqrt((inputs**2).mean()) + 1e-12)
    inputs /= spread
    network = _initial(inputs.shape[1], n_classes, random)
    _train(network, inputs, labels[rows], weights[rows] / weights[rows].mean(), random)
    (first, bias), (second, last_bias) = network.layers()
    # The basis already divides by the scale of the part, so only the mean is left to fold in.
    moments = data.in_raw_units(mean, np.ones_like(scale))
    return fold_in("mlp", [(basis @ first / spread, bias), (second, last_bias)], moments)


def _principal_components(
    values: FloatArray, rows: IntArray, mean: FloatArray, scale: FloatArray, random: np.random.Generator
) -> FloatArray:
    """Basis (d, p) that projects centred features on the first principal components of the standardised ones."""
    sample = (values[np.sort(rows[:_ROWS_FOR_COMPONENTS])] - mean) / scale
    basis, _ = principal_components(sample, _COMPONENTS, random, passes=2)
    return np.ascontiguousarray(basis / scale[:, None])


def _initial(n_inputs: int, n_classes: int, random: np.random.Generator) -> Network:
    first = random.standard_normal((n_inputs, HIDDEN), dtype=np.float32) * np.float32(np.sqrt(2 / n_inputs))
    second = random.standard_normal((HIDDEN, n_classes), dtype=np.float32) * np.float32(0.1 / np.sqrt(HIDDEN))
    return Network([first, np.zeros(HIDDEN, np.float32), second, np.zeros(n_classes, np.float32)])


def _train(
    network: Network, inputs: FloatArray, labels: IntArray, weights: FloatArray, random: np.random.Generator
) -> None:
    """Adam with decoupled weight decay, until the inner validation log-loss has not fallen for a while."""
    inner = inner_validation(labels)
    training = np.setdiff1d(np.arange(len(labels)), inner)
    if not len(inner):
        inner = training
    optimiser = Adam(_LEARNING_RATE, _WEIGHT_DECAY)
    least, best, waited = np.inf, network.parameters, 0
    for _ in range(_MAX_EPOCHS):
        safe_point()
        order = random.permutation(training)
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            gradients, _ = network.gradients(inputs[rows], labels[rows], weights[rows])
            optimiser.step(network.parameters, gradients)
        losses = network.scores(inputs[inner], labels[inner]).losses
        loss = float(weights[inner] @ losses / weights[inner].sum())
        if loss < least - 1e-4:
            least, best, waited = loss, [p.copy() for p in network.parameters], 0
        else:
            waited += 1
        if waited == _PATIENCE:
            break
    network.parameters = best
