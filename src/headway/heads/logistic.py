"""Multinomial logistic regression, for several training parts of the same rows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.heads import parallel
from headway.heads.dense import DenseHead, fold_in

if TYPE_CHECKING:
    from headway.heads.standardise import Standardised
    from headway.types import FloatArray, IntArray

_MAX_ITERATIONS = 500
_MAX_HALVINGS = 12
_NEAR = 4.0  # a factor this far off costs a few iterations, a new one as much as ten of them


class LogisticPath:
    """L2-penalised multinomial logistic regression along a path of C, warm-started.

    For every training part it minimises, as scikit-learn's ``LogisticRegression`` does,
    ``C * sum_i w_i * loss_i + 0.5 * ||W||**2`` over the weights of features standardised on that part; intercepts are
    not penalised. Two classes have two columns of logits, which is scikit-learn's binary model at twice the C.

    All parts are solved together, because one product with ``f * k`` columns is several times as fast as ``f`` products
    with ``k``. The method is preconditioned conjugate gradients with a Newton step in the plane of the new and the last
    direction; the preconditioner is the Cholesky factor of ``I + C h XᵀX``, the Hessian with the curvature ``h`` of the
    loss averaged over rows and classes (in the spirit of Böhning's fixed bound, Ann. Inst. Stat. Math. 44, 1992).

    Parameters
    ----------
    data : Standardised
        Features of all n rows.
    labels : int64 array (n,)
        Classes in ``0 … n_classes - 1``.
    weights : float32 array (f, n)
        Weight of every row in every part; 0 for a row that does not belong to it.
    n_classes : int
        Number of classes, k.

    Attributes
    ----------
    coef_ : float32 array (k, f, d)
        Weights of the standardised features.
    intercept_ : float32 array (k, f)
    logits_ : float32 array (k, f, n)
        Logits of all rows, those outside the part too.

    Examples
    --------
    >>> from headway.heads.standardise import standardise
    >>> features = np.array([[0.0], [1], [2], [3]], "float32")
    >>> path = LogisticPath(standardise(features), np.array([0, 0, 1, 1]), np.ones((1, 4), "float32"), 2)
    >>> path.solve(C=1.0)
    >>> path.logits_[:, 0].argmax(axis=0).tolist()
    [0, 0, 1, 1]
    """

    @parallel.one_blas_thread()
    def __init__(self, data: Standardised, labels: IntArray, weights: FloatArray, n_classes: int) -> None:
        self.data = data
        self.labels = labels
        self.weights = weights
        self.n_classes = n_classes
        self.mean_, self.scale_ = data.part_moments(weights > 0)
        self._target = np.zeros((n_classes, len(labels)), dtype=np.float32)
        self._target[labels, np.arange(len(labels))] = 1
        self._total = weights.sum(axis=1, dtype=np.float64).astype(np.float32)
        share = weights @ self._target.T / self._total[:, None]
        # A class without a row in the part would start at minus infinity.
        self.intercept_: FloatArray = np.log(np.maximum(share.T, 0.1 / len(labels))).astype(np.float32)
        self.coef_: FloatArray = np.zeros((n_classes, len(weights), data.values.shape[1]), dtype=np.float32)
        self.logits_: FloatArray = np.repeat(self.intercept_[:, :, None], len(labels), axis=2)
        self._gram = _Gram(data.values)

    @parallel.one_blas_thread()
    def solve(self, C: float, *, gap: float = 1e-10) -> None:
        """Go on from where the path stands to the optimum for this C.

        Parameters
        ----------
        C : float
            Inverse strength of the penalty, above 0.
        gap : float
            Stop once the objective of every part is at most about ``gap * C * sum(w)`` above its minimum: nats a row.
        """
        probabilities, objective = self._evaluate(self.logits_, self.coef_, C)
        curvature = self._curvature(probabilities)
        factor = self._gram.factor_near(C * float((curvature * self._total).mean()) / len(self.labels))
        last: _Direction | None = None
        for _ in range(_MAX_ITERATIONS):
            residual = self.weights * (probabilities - self._target[:, None, :])
            gradient, slope = self._gradient(residual, C)
            step = _Direction(
                -factor.solve(gradient), -slope / (C * curvature * self._total), np.empty(0, dtype=np.float32)
            )
            decrement = -_dot(gradient, step.coef) - (slope * step.intercept).sum(axis=0)
            if (decrement <= 2 * gap * C * self._total).all():
                return
            step.logits = self._product(step.coef, step.intercept)
            directions = [step] if last is None else [step, last]
            amounts = self._newton(directions, gradient, slope, probabilities, C)
            last = _Direction.combine(directions, amounts)
            for halving in range(_MAX_HALVINGS):
                logits, coef = self.logits_ + last.logits, self.coef_ + last.coef
                probabilities, reached = self._evaluate(logits, coef, C)
                worse = reached > objective + 1e-6 * np.abs(objective)
                if not worse.any():
                    break
                last = _Direction.combine(
                    [last], np.where(worse, np.float32(0.25 if halving else 0.5), np.float32(1))[None]
                )
            else:
                return
            self.logits_, self.coef_, self.intercept_, objective = (
                logits,
                coef,
                self.intercept_ + last.intercept,
                reached,
            )

    def head(self, part: int = 0) -> DenseHead:
        """Return the solution of one part as a head on raw features.

        Parameters
        ----------
        part : int
            Row of ``weights``.

        Returns
        -------
        DenseHead
        """
        moments = self.data.in_raw_units(self.mean_[part], self.scale_[part])
        return fold_in("logistic", [(self.coef_[:, part].T, self.intercept_[:, part])], moments)

    def _product(self, coef: FloatArray, intercept: FloatArray) -> FloatArray:
        """Logits (k, f, n) of weights in the units of each part."""
        scaled = coef / self.scale_
        offset = intercept - np.einsum("kfd,fd->kf", scaled, self.mean_)
        product = parallel.times_transposed(scaled.reshape(-1, coef.shape[2]), self.data.values).reshape(
            *offset.shape, -1
        )
        product += offset[:, :, None]
        return product

    def _gradient(self, residual: FloatArray, C: float) -> tuple[FloatArray, FloatArray]:
        n = residual.shape[2]
        total = residual.sum(axis=2)
        gradient = parallel.times(residual.reshape(-1, n), self.data.values).reshape(self.coef_.shape)
        gradient -= total[:, :, None] * self.mean_
        gradient *= np.float32(C) / self.scale_
        gradient += self.coef_
        return gradient, np.float32(C) * total

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
        """Mean eigenvalue of the loss's Hessian in the logits, over rows and the k - 1 directions that matter: (f,)."""
        trace = self.weights * (1 - (probabilities**2).sum(axis=0))
        mean: FloatArray = trace.sum(axis=1) / (self._total * (self.n_classes - 1))
        return np.maximum(mean, np.float32(1e-6))

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
        """Add up ``amounts[i] * directions[i]``, amounts of shape (directions, f)."""
        parts = list(zip(amounts, directions, strict=True))
        return _Direction(
            np.add.reduce([amount[:, None] * direction.coef for amount, direction in parts]),
            np.add.reduce([amount * direction.intercept for amount, direction in parts]),
            np.add.reduce([amount[:, None] * direction.logits for amount, direction in parts]),
        )


class _Gram:
    """XᵀX, or XXᵀ where there are far fewer rows than columns, and factors of I + s XᵀX."""

    def __init__(self, values: FloatArray) -> None:
        self.values = values
        n, d = values.shape
        # Working on the rows costs two more products with X an iteration, and spares a factor of d × d.
        self.by_rows = 2 * n < d
        self.matrix = parallel.gram(values if self.by_rows else values.T)
        self._last: _Factor | None = None

    def factor_near(self, strength: float) -> _Factor:
        """Cholesky factor of about ``I + strength * XᵀX``: the last one again where it is near enough."""
        from scipy.linalg import lapack

        if self._last is not None and 1 / _NEAR < strength / self._last.strength < _NEAR:
            return self._last
        matrix = self.matrix * np.float32(strength)
        matrix.flat[:: len(matrix) + 1] += 1
        lower, _ = lapack.spotrf(matrix, lower=1, overwrite_a=1)
        self._last = _Factor(lower, self.values if self.by_rows else None, np.float32(strength))
        return self._last


class _Factor:
    def __init__(self, lower: FloatArray, rows: FloatArray | None, strength: np.float32) -> None:
        self.lower, self.rows, self.strength = lower, rows, strength

    def solve(self, right: FloatArray) -> FloatArray:
        """``(I + strength * XᵀX)⁻¹`` times every last-axis vector of ``right`` (…, d)."""
        columns = right.reshape(-1, right.shape[-1])
        if self.rows is None:
            return self._triangular(columns).reshape(right.shape)
        # Woodbury: (I + sXᵀX)⁻¹ = I - s Xᵀ (I + sXXᵀ)⁻¹ X
        inner = self._triangular(parallel.times_transposed(columns, self.rows))
        return (columns - self.strength * parallel.times(inner, self.rows)).reshape(right.shape)

    def _triangular(self, columns: FloatArray) -> FloatArray:
        from scipy.linalg import lapack

        def solve(some: FloatArray) -> FloatArray:
            return np.asarray(lapack.spotrs(self.lower, some.T, lower=1)[0].T)

        # The same parts on every machine, so the same bytes.
        return np.concatenate(parallel.each(solve, np.array_split(columns, 2)))


def _dot(left: FloatArray, right: FloatArray) -> FloatArray:
    """Inner products of every part: (k, f, d) twice to (f,)."""
    products: FloatArray = np.einsum("kfd,kfd->f", left, right)
    return products


def fit_logistic(
    data: Standardised, labels: IntArray, weights: FloatArray, n_classes: int, C: float, *, gap: float = 1e-10
) -> DenseHead:
    """Multinomial logistic regression at one C, to a tight tolerance.

    Parameters
    ----------
    data : Standardised
        Features of the n training rows.
    labels : int64 array (n,)
        Classes in ``0 … n_classes - 1``.
    weights : float32 array (n,)
        Weight of every row, 0 or more.
    n_classes : int
        Number of classes, k.
    C : float
        Inverse strength of the penalty, above 0.
    gap : float
        How near to the minimum, as in `LogisticPath.solve`.

    Returns
    -------
    DenseHead
    """
    path = LogisticPath(data, labels, weights[None], n_classes)
    path.solve(C, gap=gap)
    return path.head()
