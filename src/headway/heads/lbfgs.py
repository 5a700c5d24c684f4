"""Logistic regression by L-BFGS, stopped where scikit-learn stops it, for published grid searches."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from headway.heads import parallel
from headway.heads.dense import DenseHead, fold_in
from headway.heads.span import spares
from headway.stopping import safe_point

if TYPE_CHECKING:
    from headway.heads.span import Span
    from headway.heads.standardising import Standardised
    from headway.types import FloatArray, IntArray

_Doubles: TypeAlias = NDArray[np.float64]
_Product: TypeAlias = Callable[[_Doubles], NDArray[Any]]
_Objective: TypeAlias = Callable[[_Doubles], tuple[float, _Doubles]]

ITERATIONS = 100
"""Of scikit-learn, where ``max_iter`` says nothing else."""
# scikit-learn's, in version 1.9. It also stops where no entry of the gradient is larger than `_FLAT`.
_STOPPING = {"maxls": 50, "gtol": 0, "ftol": 64 * np.finfo(np.float64).eps}
_FLAT = 1e-4
_EXACT_BYTES = 1 << 26  # of features: up to here products are computed in float64, as scikit-learn does


@parallel.one_blas_thread()
def fit_lbfgs(
    data: Standardised,
    labels: IntArray,
    weights: FloatArray,
    n_classes: int,
    C: float,
    *,
    iterations: int = ITERATIONS,
) -> DenseHead:
    """Do what scikit-learn's ``LogisticRegression(solver="lbfgs", C=C, max_iter=iterations)`` does.

    It minimises the same as `headway.heads.LogisticPath`, from weights of zero, and for two classes with one column of
    weights, as scikit-learn does, so that ``C`` means the same. On features in units as large as a network's it is
    stopped long before the optimum, and so is another classifier than that.

    Examples
    --------
    >>> from headway.heads import unscaled
    >>> data = unscaled(np.array([[0.0], [1], [2], [3]], "float32"))
    >>> head = fit_lbfgs(data, np.array([0, 0, 1, 1]), np.ones(4, "float32"), 2, C=1.0)
    >>> head.logits(data.values).argmax(axis=1).tolist()
    [0, 0, 1, 1]
    """
    trained = np.flatnonzero(weights)
    rows = slice(int(trained[0]), int(trained[-1]) + 1)  # a view: those between that are not trained on weigh nothing
    span = data.span if data.values.nbytes > _EXACT_BYTES and spares(*data.values.shape) else None
    values = (data.values if span is None else span.values)[rows]
    share = weights[rows].astype(np.float64)
    total = share.sum()
    share /= total
    d, columns = values.shape[1], 1 if n_classes == 2 else n_classes
    target = np.eye(n_classes)[:, labels[rows]]
    from_weights, from_rows = _products(values)
    strength = 1 / (C * total)

    def objective(parameters: _Doubles) -> tuple[float, _Doubles]:
        safe_point()
        coef, intercept = np.split(parameters.reshape(columns, d + 1), [d], axis=1)
        logits = np.zeros((n_classes, len(share)))
        logits[-columns:] = from_weights(coef) + intercept
        logits -= logits.max(axis=0)
        total_of_row = np.log(np.exp(logits).sum(axis=0))
        loss = share @ (total_of_row - (logits * target).sum(axis=0))
        residual = (share * (np.exp(logits - total_of_row) - target))[-columns:]
        gradient = np.hstack([from_rows(residual) + strength * coef, residual.sum(axis=1, keepdims=True)])
        return float(loss + 0.5 * strength * (coef**2).sum()), gradient.ravel()

    solution: NDArray[Any] = _minimise(objective, columns, d, iterations, _Flatness(span))
    if n_classes == 2:
        solution = np.concatenate([-solution, solution]) / 2
    coef = solution[:, :d] if span is None else span.on_columns(solution[:, :d])
    return fold_in("logistic", [(coef.T, solution[:, d])], (data.mean, data.scale))


def _minimise(objective: _Objective, columns: int, d: int, iterations: int, is_flat: _Flatness) -> _Doubles:
    """Go from zero to where scikit-learn stops; return weights and intercepts (columns, d + 1)."""
    from scipy.optimize import minimize

    latest = start = np.zeros(columns * (d + 1))

    def told(parameters: _Doubles) -> tuple[float, _Doubles]:
        nonlocal latest
        value, latest = objective(parameters)
        return value, latest

    def stop_where_flat(_: _Doubles) -> None:
        if is_flat(latest.reshape(columns, d + 1)):  # an iteration ends where it was evaluated last
            raise StopIteration

    told(start)
    if is_flat(latest.reshape(columns, d + 1)):
        return start.reshape(columns, d + 1)
    options = {**_STOPPING, "maxiter": iterations}
    found = minimize(told, start, jac=True, method="L-BFGS-B", options=options, callback=stop_where_flat)
    solution: _Doubles = found.x.reshape(columns, d + 1)
    return solution


class _Flatness:
    """Says whether no entry of a gradient in the columns of the features is above the tolerance.

    A solver in the span of the rows does not see these entries, and all of them cost a product with all features. So
    each that was the largest once is looked at first, and as long as any is above the tolerance, it alone says no.
    """

    def __init__(self, span: Span | None) -> None:
        self._span = span
        self._columns: list[FloatArray] = []  # of the basis of the span

    def __call__(self, gradient: _Doubles) -> bool:
        """Decide for the gradient (columns, d + 1) in weights and intercepts."""
        coef, intercept = gradient[:, :-1], gradient[:, -1]
        if self._span is None:
            return bool(abs(gradient).max() <= _FLAT)
        if abs(intercept).max() > _FLAT or any(abs(coef @ column).max() > _FLAT for column in self._columns):
            return False
        by_column = abs(self._span.on_columns(coef)).max(axis=0)
        steepest = int(by_column.argmax())
        self._columns.append(self._span.column(steepest))
        return bool(by_column[steepest] <= _FLAT)


def _products(values: FloatArray) -> tuple[_Product, _Product]:
    """Return ``left @ values.T`` and ``left @ values``: exact where the features are few, otherwise in float32."""
    if values.nbytes <= _EXACT_BYTES:
        exact = values.astype(np.float64)
        return lambda left: left @ exact.T, lambda left: left @ exact
    return (
        lambda left: parallel.times_transposed(left.astype(np.float32), values),
        lambda left: parallel.times(left.astype(np.float32), values),
    )
