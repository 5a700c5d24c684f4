"""Multinomial logistic regression, for several training parts of the same rows at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from headway.heads import parallel
from headway.heads.coordinates import coordinates
from headway.heads.dense import DenseHead, fold_in

if TYPE_CHECKING:
    from headway.heads.standardising import Standardised
    from headway.types import FloatArray, IntArray

_MAX_ITERATIONS = 500
_MAX_HALVINGS = 12


class LogisticPath:
    """L2-penalised multinomial logistic regression along a path of C, warm-started.

    For every training part it minimises, as scikit-learn's ``LogisticRegression`` does,
    ``C * sum_i w_i * loss_i + 0.5 * ||W||**2`` over the weights of features standardised on that part; intercepts are
    not penalised. Two classes have two columns of logits, which is scikit-learn's binary model at twice the C.

    All parts are solved together, because one product with ``f * k`` columns is several times as fast as ``f`` products
    with ``k``, and in the coordinates that suit the shape of the features (`headway.heads.coordinates`). The method is
    preconditioned conjugate gradients with a Newton step in the plane of the new and the last direction; the
    preconditioner is about ``I + C h XᵀX`` for every class, its block of the Hessian with the curvature ``h`` of the
    loss averaged over rows (in the spirit of Böhning's fixed bound, Ann. Inst. Stat. Math. 44, 1992).

    Parameters
    ----------
    data, labels, n_classes
        As in `headway.heads`, of all n rows.
    weights : float32 array (f, n)
        Weight of every row in every part; 0 for a row that does not belong to it.
    once : bool
        Whether there will be a single, loose solution: finding coordinates for it would take longer than they spare.

    Attributes
    ----------
    coef_ : float32 array (k, f, m)
        Weights in the coordinates of the parts; `head` turns them into those of the features.
    intercept_ : float32 array (k, f)
    logits_ : float32 array (k, f, n)
        Logits of all rows, those outside the part too.

    Examples
    --------
    >>> from headway.heads.standardising import standardise
    >>> features = np.array([[0.0], [1], [2], [3]], "float32")
    >>> path = LogisticPath(standardise(features), np.array([0, 0, 1, 1]), np.ones((1, 4), "float32"), 2)
    >>> path.solve(C=1.0)
    >>> path.logits_[:, 0].argmax(axis=0).tolist()
    [0, 0, 1, 1]
    """

    @parallel.one_blas_thread()
    def __init__(
        self, data: Standardised, labels: IntArray, weights: FloatArray, n_classes: int, *, once: bool = False
    ) -> None:
        self.data = data
        self.labels = labels
        self.weights = weights
        self.n_classes = n_classes
        self.moments_ = data.part_moments(weights > 0)
        self._coordinates = coordinates(data, weights > 0, self.moments_, n_classes, once=once)
        self._target = np.zeros((n_classes, len(labels)), dtype=np.float32)
        self._target[labels, np.arange(len(labels))] = 1
        self._total = weights.sum(axis=1, dtype=np.float64).astype(np.float32)
        share = weights @ self._target.T / self._total[:, None]
        # A class without a row in the part would start at minus infinity.
        self.intercept_: FloatArray = np.log(np.maximum(share.T, 0.1 / len(labels))).astype(np.float32)
        self.coef_: FloatArray = np.zeros((n_classes, len(weights), self._coordinates.size), dtype=np.float32)
        self.logits_: FloatArray = np.repeat(self.intercept_[:, :, None], len(labels), axis=2)
        self._last_move: _Direction | None = None

    @parallel.one_blas_thread()
    def solve(self, C: float, *, gap: float = 1e-10) -> None:
        """Move to the optimum for this C, the inverse strength of the penalty, above 0.

        ``gap`` is in nats a row: the objective of every part ends at most about ``gap * C * sum(w)`` above its minimum.
        """
        probabilities, objective = self._evaluate(self.logits_, self.coef_, C)
        start = _Direction(self.coef_, self.intercept_, self.logits_)
        last = self._last_move  # from one C to the next the solution moves on much as before
        for _ in range(_MAX_ITERATIONS):
            residual = self.weights * (probabilities - self._target[:, None, :])
            gradient, slope = self._gradient(residual, C)
            strength = C * self._total * self._curvature(probabilities)
            step = _Direction(
                -_centred(self._coordinates.precondition(gradient, strength)),
                -_centred(slope / strength),
                np.empty(0, dtype=np.float32),
            )
            decrement = -_dot(gradient, step.coef) - (slope * step.intercept).sum(axis=0)
            if (decrement <= 2 * gap * C * self._total).all():
                break
            step.logits = _all_classes(self._coordinates.logits, step.coef) + step.intercept[:, :, None]
            directions = [step] if last is None else [step, last]
            amounts = self._newton(directions, gradient, slope, probabilities, C)
            last = _Direction.combine(directions, amounts)
            for halving in range(_MAX_HALVINGS):
                logits, coef = self.logits_ + last.logits, self.coef_ + last.coef
                probabilities, reached = self._evaluate(logits, coef, C)
                worse = reached > objective + 1e-6 * np.abs(objective)
                if not worse.any():
                    break
                factor = np.where(worse, np.float32(0.25 if halving else 0.5), np.float32(1))
                last = _Direction.combine([last], factor[None])
            else:
                break
            self.logits_, self.coef_, objective = logits, coef, reached
            self.intercept_ = self.intercept_ + last.intercept
        end = _Direction(self.coef_, self.intercept_, self.logits_)
        self._last_move = _Direction.combine([end, start], np.array([[1], [-1]], dtype=np.float32))

    def head(self, part: int = 0) -> DenseHead:
        """Return the solution of one part, a row of ``weights``, as a head on raw features."""
        mean, scale = self.moments_
        weights = self._coordinates.on_columns(self.coef_[:, part], part)
        moments = self.data.in_raw_units(mean[part], scale[part])
        return fold_in("logistic", [(weights.T, self.intercept_[:, part])], moments)

    def _gradient(self, residual: FloatArray, C: float) -> tuple[FloatArray, FloatArray]:
        gradient = np.float32(C) * _all_classes(self._coordinates.gradient, residual) + self.coef_
        return gradient, np.float32(C) * residual.sum(axis=2)

    def _evaluate(self, logits: FloatArray, coef: FloatArray, C: float) -> tuple[FloatArray, FloatArray]:
        """Probabilities (k, f, n) and the objective of every part (f,)."""
        top = logits.max(axis=0)
        own = np.take_along_axis(logits, np.broadcast_to(self.labels, (1, *top.shape)), axis=0)[0]
        probabilities = np.exp(logits - top)
        total = probabilities.sum(axis=0)
        probabilities /= total
        loss = (self.weights * (np.log(total) + top - own)).sum(axis=1)
        return probabilities, C * loss + 0.5 * _dot(coef, coef)

    def _curvature(self, probabilities: FloatArray) -> FloatArray:
        """Diagonal of the loss's Hessian in the logits, averaged over rows: (k, f)."""
        spread = probabilities * (1 - probabilities)
        mean: FloatArray = np.einsum("kfn,fn->kf", spread, self.weights) / self._total
        # As large as on the k - 1 directions that matter: logits that all classes share change nothing.
        curvature: FloatArray = np.maximum(mean * np.float32(self.n_classes / (self.n_classes - 1)), np.float32(1e-6))
        return curvature

    def _newton(
        self, directions: list[_Direction], gradient: FloatArray, slope: FloatArray, probabilities: FloatArray, C: float
    ) -> FloatArray:
        """How far to go along each direction, by one Newton step in their span: (directions, f)."""
        weighted = [probabilities * direction.logits for direction in directions]
        means = [product.sum(axis=0) for product in weighted]
        size = len(directions)
        hessian = np.empty((len(self.weights), size, size))
        downhill = np.empty((len(self.weights), size, 1))
        for i, one in enumerate(directions):
            downhill[:, i, 0] = -_dot(gradient, one.coef) - (slope * one.intercept).sum(axis=0)
            for j, other in enumerate(directions[: i + 1]):
                spread = (weighted[i] * other.logits).sum(axis=0) - means[i] * means[j]
                hessian[:, i, j] = C * (self.weights * spread).sum(axis=1) + _dot(one.coef, other.coef)
                hessian[:, j, i] = hessian[:, i, j]
        diagonal = np.sqrt(np.maximum(np.einsum("fii->fi", hessian), np.finfo(np.float32).tiny))
        scaled = hessian / diagonal[:, :, None] / diagonal[:, None, :] + 1e-6 * np.eye(size)
        amounts = np.linalg.solve(scaled, downhill / diagonal[:, :, None])[:, :, 0] / diagonal
        return np.ascontiguousarray(amounts.T, dtype=np.float32)


class _Direction:
    """A step of every part: in the weights (k, f, d), the intercepts (k, f) and the logits (k, f, n)."""

    def __init__(self, coef: FloatArray, intercept: FloatArray, logits: FloatArray) -> None:
        self.coef, self.intercept, self.logits = coef, intercept, logits

    @staticmethod
    def combine(directions: list[_Direction], amounts: FloatArray) -> _Direction:
        """Add up ``amounts[i] * directions[i]``, amounts of shape (directions, f or 1)."""
        parts = list(zip(amounts, directions, strict=True))
        return _Direction(
            np.add.reduce([amount[:, None] * direction.coef for amount, direction in parts]),
            np.add.reduce([amount * direction.intercept for amount, direction in parts]),
            np.add.reduce([amount[:, None] * direction.logits for amount, direction in parts]),
        )


def _all_classes(product: Callable[[FloatArray], FloatArray], values: FloatArray) -> FloatArray:
    """Multiply every class, the first axis: weights and residuals add up to zero, so the last one comes free."""
    most = product(values[:-1])
    return np.concatenate([most, -most.sum(axis=0, keepdims=True)])


def _centred(values: FloatArray) -> FloatArray:
    """Subtract the mean over the classes, the first axis."""
    centred: FloatArray = values - values.mean(axis=0)
    return centred


def _dot(left: FloatArray, right: FloatArray) -> FloatArray:
    """Inner products of every part: (k, f, d) twice to (f,)."""
    products: FloatArray = np.einsum("kfd,kfd->f", left, right)
    return products


def fit_logistic(
    data: Standardised, labels: IntArray, weights: FloatArray, n_classes: int, C: float, *, gap: float = 1e-10
) -> DenseHead:
    """Multinomial logistic regression at one C, to the tolerance ``gap`` of `LogisticPath.solve`."""
    path = LogisticPath(data, labels, weights[None], n_classes)
    path.solve(C, gap=gap)
    return path.head()
