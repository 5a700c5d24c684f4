"""Linear heads from features that are read a part at a time: nothing is held of a row but its label and weight."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from headway.heads import parallel
from headway.heads.dense import DenseHead, fold_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.heads.sums import Rows, Sums
    from headway.types import FloatArray, IntArray

    Doubles: TypeAlias = NDArray[np.float64]
    Pass: TypeAlias = "Callable[[], Iterable[Rows]]"
    """Begins to read all rows, once."""

_MAX_PASSES = 200  # for one C
_PAIRS = 12  # of moves that the curvature is estimated from
_ENOUGH = 1e-4  # of the decrease that the slope promises, which a move must bring
_MAX_HALVINGS = 8


class StreamedLogistic:
    """`headway.heads.LogisticPath` for one training part that is read block by block, as often as it takes.

    It minimises the same objective over the same standardised features, and so has the same optimum. The method is
    L-BFGS with the preconditioner of `LogisticPath` as its first guess of the inverse Hessian, of all principal
    components here, which `Sums` has; a step takes one pass over the rows. What is held in memory does not grow with
    their number.

    Parameters
    ----------
    rows : callable
        Begins a pass over the training rows, in the same order each time.
    sums : Sums
        Of these rows.

    Attributes
    ----------
    coef_ : float64 array (k, d)
        Weights of standardised features.
    intercept_ : float64 array (k,)
    passes_ : int
        How often the rows were read.

    Examples
    --------
    >>> from headway.heads.sums import sums_of
    >>> rows = [(np.array([[0.0], [1], [2], [3]], "float32"), np.array([0, 0, 1, 1]), np.ones(4, "float32"))]
    >>> solver = StreamedLogistic(lambda: rows, sums_of(rows, np.zeros(1), 2))
    >>> solver.solve(C=1.0)
    >>> solver.head().logits(rows[0][0]).argmax(axis=1).tolist()
    [0, 0, 1, 1]
    """

    def __init__(self, rows: Pass, sums: Sums) -> None:
        self._rows, self._moments = rows, sums.moments
        _, products = sums.standardised
        self._total = float(sums.weights.sum())
        variances, self._axes = np.linalg.eigh(products / self._total)
        self._variances = np.maximum(variances, 0)
        share = sums.weights / self._total
        self.intercept_: Doubles = np.log(np.maximum(share, 0.1 / sums.n))
        self.coef_: Doubles = np.zeros((len(share), len(variances)))
        self.passes_ = 0

    @parallel.one_blas_thread()
    def solve(self, C: float, *, gap: float = 1e-10) -> None:
        """Move to the optimum for this C, as close as `LogisticPath.solve` does."""
        here = self._look(self.coef_, self.intercept_, C)
        memory = _Memory()
        for _ in range(_MAX_PASSES):
            guess = self._guess(here, C)
            steepest = guess(here.slope)
            if _dot(here.slope, steepest) <= 2 * gap * C * self._total:
                break
            move = -memory.step(here.slope, guess)
            promised = _dot(here.slope, move)
            for _ in range(_MAX_HALVINGS):
                there = self._look(self.coef_ + move[:, :-1], self.intercept_ + move[:, -1], C)
                if there.objective <= here.objective + _ENOUGH * promised:
                    break
                move, promised = move / 2, promised / 2
            else:
                break  # as far as sums in float32 tell up from down
            self.coef_, self.intercept_ = self.coef_ + move[:, :-1], self.intercept_ + move[:, -1]
            memory.learn(move, there.slope - here.slope)
            here = there

    def head(self) -> DenseHead:
        """Return the solution as a head on raw features."""
        return fold_in("logistic", [(self.coef_.T, self.intercept_)], self._moments)

    def _guess(self, here: _Place, C: float) -> Callable[[Doubles], Doubles]:
        """Return what multiplies a slope by about the inverse Hessian: `LogisticPath`'s preconditioner."""
        strength = C * self._total * here.curvature

        def guess(slope: Doubles) -> Doubles:
            along = slope[:, :-1] @ self._axes
            along /= 1 + strength[:, None] * self._variances
            return _centred(np.hstack([along @ self._axes.T, slope[:, -1:] / strength[:, None]]))

        return guess

    def _look(self, coef: Doubles, intercept: Doubles, C: float) -> _Place:
        """Read all rows, and return the objective at some weights, its slope, and the curvature of the loss."""
        mean, scale = self._moments
        head = fold_in("logistic", [(coef.T, intercept)], self._moments)
        n_classes = len(intercept)
        loss, spread = 0.0, np.zeros(n_classes)
        gradient, bias = np.zeros((n_classes, len(mean))), np.zeros(n_classes)
        for features, labels, weights in self._rows():

            def some(
                rows: slice, features: FloatArray = features, labels: IntArray = labels, weights: FloatArray = weights
            ) -> _Part:
                return _look_at(head, features[rows], labels[rows], weights[rows])

            for part in parallel.each(some, parallel.row_blocks(len(labels))):
                loss += part.loss
                spread += part.spread
                bias += part.bias
                gradient += part.gradient
        self.passes_ += 1
        slope = C * (gradient - bias[:, None] * mean) / scale + coef
        # As large as on the k - 1 directions that matter: logits that all classes share change nothing.
        curvature = np.maximum(spread / self._total * n_classes / (n_classes - 1), 1e-6)
        return _Place(C * loss + 0.5 * _dot(coef, coef), np.hstack([slope, C * bias[:, None]]), curvature)


class _Place(NamedTuple):
    """What the objective is like at some weights."""

    objective: float
    slope: Doubles  # (k, d + 1): in the weights, and in the intercept
    curvature: Doubles  # (k,): of the loss in the logits, averaged over rows


class _Part(NamedTuple):
    """A block's share of these."""

    loss: float
    spread: FloatArray
    bias: FloatArray
    gradient: FloatArray


def _look_at(head: DenseHead, features: FloatArray, labels: IntArray, weights: FloatArray) -> _Part:
    logits = head.logits(features)
    logits -= logits.max(axis=1, keepdims=True)
    own = np.arange(len(labels)), labels
    chosen = logits[own]
    probabilities = np.exp(logits, out=logits)
    total = probabilities.sum(axis=1)
    probabilities /= total[:, None]
    loss = float(weights @ (np.log(total) - chosen).astype(np.float64))
    spread = weights @ (probabilities * (1 - probabilities))
    probabilities[own] -= 1
    probabilities *= weights[:, None]
    return _Part(loss, spread, probabilities.sum(axis=0), probabilities.T @ features)


class _Memory:
    """The last moves and how the slope changed by them: the curvature that L-BFGS knows of (Nocedal 1980)."""

    def __init__(self) -> None:
        self._pairs: deque[tuple[Doubles, Doubles, float]] = deque(maxlen=_PAIRS)

    def learn(self, move: Doubles, change: Doubles) -> None:
        """Take in a move, unless rounding has made a curve of it that no convex function has."""
        if (curve := _dot(move, change)) > 0:
            self._pairs.append((move, change, curve))

    def step(self, slope: Doubles, guess: Callable[[Doubles], Doubles]) -> Doubles:
        """Multiply a slope by the inverse Hessian, as far as it is known, in two loops over the moves."""
        amounts = []
        for move, change, curve in reversed(self._pairs):
            amounts.append(_dot(move, slope) / curve)
            slope = slope - amounts[-1] * change
        step = guess(slope)
        for (move, change, curve), amount in zip(self._pairs, reversed(amounts), strict=True):
            step = step + (amount - _dot(change, step) / curve) * move
        return step


def _centred(values: Doubles) -> Doubles:
    """Subtract the mean over the classes: what they all share changes no probability."""
    centred: Doubles = values - values.mean(axis=0)
    return centred


def _dot(left: Doubles, right: Doubles) -> float:
    return float(np.vdot(left, right))
