"""Which features a sparse logistic regression uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.heads import parallel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import FloatArray, IntArray

TOLERANCE = 0.02  # of the penalty: how far gradients may still be from where they belong
_STEP_DOWN = 10**-0.125
_STEPS = 8  # down to a tenth of the penalty that uses no feature, where no count is asked for
_MAX_STEPS = 24  # down to a thousandth
_MAX_ROUNDS = 10
_LEAST_ENTERING = 32
_ITERATIONS = 300


def score_sparse(
    features: FloatArray, labels: IntArray, n_classes: int, count: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Follow the path of an l1 penalty downwards, until as many features are used as are wanted.

    Multinomial logistic regression on standardised features, ``mean(loss) + penalty * sum(|W|)``. Only features whose
    gradient exceeds the penalty are solved for, more of them until none is left (as glmnet does: Friedman, Hastie,
    Tibshirani, J. Stat. Softw. 33, 2010), by accelerated proximal gradients. scikit-learn's saga solves for all, and
    takes tens of times as long on the features of a network, all of which are dense.

    ``features`` (n, d) are written over. ``count`` features are wanted; 0 stops at a tenth of the least penalty that
    uses none. The score of a feature (d,) is its largest weight, or below 0 its distance to being used; beside it is
    whether it is used (d,).

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> labels = np.arange(60) % 2
    >>> features = (random.standard_normal((60, 4)) + np.outer(labels, [0, 3, 0, 0])).astype("float32")
    >>> score_sparse(features, labels, 2, 1)[0].argmax()
    np.int64(1)
    """
    features -= features.mean(axis=0, dtype=np.float64)  # which is exact where all are the same
    deviation = features.std(axis=0)
    features /= np.where(deviation > 0, deviation, 1)
    target = np.zeros((n_classes, len(labels)), dtype=np.float32)
    target[labels, np.arange(len(labels))] = 1
    # Where no feature is used, the intercepts are the logarithms of the shares.
    intercept: FloatArray = np.log(np.maximum(target.mean(axis=1, keepdims=True), 0.1 / len(labels)))
    coef = np.zeros((n_classes, features.shape[1]), dtype=np.float32)
    gradient = _steepest(features, target, coef, intercept)
    penalty = float(gradient.max())
    for _ in range(_MAX_STEPS if count else _STEPS):
        penalty *= _STEP_DOWN
        active = (coef != 0).any(axis=0)
        for _ in range(_MAX_ROUNDS):
            entering = np.flatnonzero(~active & (gradient > penalty * (1 + TOLERANCE)))
            strongest = entering[np.argsort(-gradient[entering], kind="stable")]
            active[strongest[: max(_LEAST_ENTERING, active.sum())]] = True
            coef[:, active], intercept = solve(features[:, active], target, coef[:, active], intercept, penalty)
            gradient = _steepest(features, target, coef, intercept)
            if not (~active & (gradient > penalty * (1 + TOLERANCE))).any():
                break
        if count and (coef != 0).any(axis=0).sum() >= count:
            break
    weight = np.abs(coef).max(axis=0).astype(np.float64)
    # No unused feature may come before a used one.
    distance = np.minimum(gradient - penalty, 0).astype(np.float64) - np.finfo(np.float32).tiny
    return np.where(weight > 0, weight, distance), weight > 0


def solve(
    features: FloatArray, target: FloatArray, coef: FloatArray, intercept: FloatArray, penalty: float
) -> tuple[FloatArray, FloatArray]:
    """Minimise by accelerated proximal gradients with restarts, from given weights (k, d) and intercepts.

    FISTA: Beck and Teboulle, SIAM J. Imaging Sci. 2, 2009; restarts: O'Donoghue and Candès, Found. Comput. Math. 15,
    2015. Features (n, d) have mean 0; targets (k, n) are 1 for the class of the row; intercepts (k, 1) are not
    penalised.
    """
    step = np.float32(1 / max(0.5 * _largest_variance(features), 0.5))
    ahead, momentum = coef, 1.0
    for _ in range(_ITERATIONS):
        residual = _residual(features, target, ahead, intercept)
        # Features are centred, so the intercepts go their own way; the curvature in them is at most a half.
        intercept = intercept - 2 * residual.sum(axis=1, keepdims=True)
        moved = ahead - step * parallel.times(residual, features)
        following: FloatArray = np.sign(moved) * np.maximum(np.abs(moved) - step * np.float32(penalty), 0)
        missed = float(np.abs(ahead - following).max(initial=0))
        change = following - coef
        if float(((ahead - following) * change).sum()) > 0:
            momentum = 1.0
        after = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = following + np.float32((momentum - 1) / after) * change
        coef, momentum = following, after
        if missed <= TOLERANCE * penalty * step:
            break
    return coef, intercept


def _residual(features: FloatArray, target: FloatArray, coef: FloatArray, intercept: FloatArray) -> FloatArray:
    """Probabilities less the target, a share of each row: (k, n)."""
    logits = parallel.times_transposed(coef, features) + intercept
    logits -= logits.max(axis=0)
    probabilities = np.exp(logits)
    probabilities /= probabilities.sum(axis=0)
    residual: FloatArray = (probabilities - target) / np.float32(len(features))
    return residual


def _steepest(features: FloatArray, target: FloatArray, coef: FloatArray, intercept: FloatArray) -> FloatArray:
    """Largest gradient of each feature's weights (d,): above the penalty, the feature is used."""
    gradients = parallel.times(_residual(features, target, coef, intercept), features)
    steepest: FloatArray = np.abs(gradients).max(axis=0)
    return steepest


def _largest_variance(features: FloatArray) -> float:
    """Bound the variance of the features along any direction: a little more than twenty power iterations find."""
    direction = np.ones((1, features.shape[1]), dtype=np.float32)
    largest = 1.0
    for _ in range(20):
        direction /= max(float(np.linalg.norm(direction)), 1e-30)
        direction = parallel.times(parallel.times_transposed(direction, features), features) / np.float32(len(features))
        largest = float(np.linalg.norm(direction))
    return 1.1 * largest
