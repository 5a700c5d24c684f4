"""Logistic regression by L-BFGS, stopped where scikit-learn stops it, for published grid searches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from headway.heads import parallel
from headway.heads.dense import DenseHead, fold_in
from headway.stopping import safe_point

if TYPE_CHECKING:
    from headway.heads.standardise import Standardised
    from headway.types import FloatArray, IntArray

_Doubles: TypeAlias = NDArray[np.float64]

ITERATIONS = 100
"""Of scikit-learn, where ``max_iter`` says nothing else."""
# scikit-learn's, in version 1.9.
_STOPPING = {"maxls": 50, "gtol": 1e-4, "ftol": 64 * np.finfo(np.float64).eps}
_EXACT_BYTES = 1 << 26  # of features: up to here products are computed in float64, as scikit-learn does
_JITTER = 1e-6  # of the mean square of rows: what float32 leaves of a kernel may not be positive definite


@parallel.one_blas_thread()
def fit_lbfgs(
    data: Standardised,
    labels: IntArray,
    weights: FloatArray,
    n_classes: int,
    grid: Sequence[float],
    *,
    iterations: int = ITERATIONS,
) -> list[DenseHead]:
    """Do what scikit-learn's ``LogisticRegression(solver="lbfgs", C=C, max_iter=iterations)`` does, for each C.

    It minimises the same as `headway.heads.LogisticPath`, from weights of zero, and for two classes with one column of
    weights, as scikit-learn does, so that ``C`` means the same. On features in units as large as a network's it is
    stopped long before the optimum, and so is another classifier than that.

    Examples
    --------
    >>> from headway.heads import unscaled
    >>> data = unscaled(np.array([[0.0], [1], [2], [3]], "float32"))
    >>> [head] = fit_lbfgs(data, np.array([0, 0, 1, 1]), np.ones(4, "float32"), 2, [1.0])
    >>> head.logits(data.values).argmax(axis=1).tolist()
    [0, 0, 1, 1]
    """
    trained = np.flatnonzero(weights)
    rows = slice(int(trained[0]), int(trained[-1]) + 1)  # a view: those between that are not trained on weigh nothing
    share = weights[rows].astype(np.float64)
    matrix, target = _Matrix.of(data.values[rows]), np.eye(n_classes)[:, labels[rows]]
    heads = []
    for C in grid:
        solution = _minimise(matrix, target, share / share.sum(), 1 / (C * share.sum()), iterations)
        coef = matrix.on_columns(solution[:, :-1]).astype(np.float32)
        intercept = solution[:, -1].astype(np.float32)
        heads.append(fold_in("logistic", [(coef.T, intercept)], (data.mean, data.scale)))
    return heads


def _minimise(matrix: _Matrix, target: _Doubles, share: _Doubles, strength: float, iterations: int) -> _Doubles:
    """Return weights, and behind them the intercept, of each class (k, m + 1), after at most so many iterations."""
    from scipy.optimize import minimize

    k, m = len(target), matrix.values.shape[1]
    columns = 1 if k == 2 else k

    def objective(parameters: _Doubles) -> tuple[float, _Doubles]:
        safe_point()
        coef, intercept = np.split(parameters.reshape(columns, m + 1), [m], axis=1)
        logits = np.zeros(target.shape)
        logits[-columns:] = matrix.times_rows(coef) + intercept
        logits -= logits.max(axis=0)
        total = np.log(np.exp(logits).sum(axis=0))
        loss = share @ (total - (logits * target).sum(axis=0))
        residual = (share * (np.exp(logits - total) - target))[-columns:]
        gradient = np.hstack([matrix.times_columns(residual) + strength * coef, residual.sum(axis=1, keepdims=True)])
        return float(loss + 0.5 * strength * (coef**2).sum()), gradient.ravel()

    start = np.zeros(columns * (m + 1))
    found = minimize(objective, start, jac=True, method="L-BFGS-B", options={**_STOPPING, "maxiter": iterations})
    solution: _Doubles = found.x.reshape(columns, m + 1)
    return np.concatenate([-solution, solution]) / 2 if k == 2 else solution


@dataclass(frozen=True, eq=False)
class _Matrix:
    """Rows (n, m) that weights are multiplied with: the features themselves, or their coordinates in their own span.

    L-BFGS takes the same steps in any orthonormal coordinates of the span, as weights of zero lie in it, and so do
    gradients. Where there are many more columns than rows, those of the Cholesky factor of the kernel spare most of
    the work: the rows are ``values @ basis``, and the basis need not be known.
    """

    values: NDArray[Any]
    features: FloatArray | None = None  # (n, d), where the values are a factor of their kernel

    @classmethod
    def of(cls, features: FloatArray) -> _Matrix:
        """Take float64 where there are few features; otherwise float32, and the kernel where that is smaller."""
        n, d = features.shape
        if features.nbytes <= _EXACT_BYTES:
            return cls(features.astype(np.float64))
        if 2 * n > d:
            return cls(features)
        from scipy.linalg import cholesky

        kernel = parallel.times_transposed(features, features).astype(np.float64)
        kernel[np.diag_indices(n)] += _JITTER * np.trace(kernel) / n
        return cls(cholesky(kernel, lower=True, overwrite_a=True).astype(np.float32), features)

    @property
    def is_exact(self) -> bool:
        """Whether products are computed in float64."""
        return self.values.dtype == np.float64

    def times_rows(self, left: _Doubles) -> NDArray[Any]:
        """``left @ values.T``."""
        if self.is_exact:
            exact: _Doubles = left @ self.values.T
            return exact
        return parallel.times_transposed(left.astype(np.float32), self.values)

    def times_columns(self, left: _Doubles) -> NDArray[Any]:
        """``left @ values``."""
        if self.is_exact:
            exact: _Doubles = left @ self.values
            return exact
        return parallel.times(left.astype(np.float32), self.values)

    def on_columns(self, coef: _Doubles) -> NDArray[Any]:
        """Weights (k, d) of the features, from those (k, m) of the values."""
        if self.features is None:
            return coef
        from scipy.linalg import solve_triangular

        of_rows = solve_triangular(self.values, coef.T, trans="T", lower=True).T
        return parallel.times(of_rows.astype(np.float32), self.features)
