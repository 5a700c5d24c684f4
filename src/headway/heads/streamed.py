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
_PAIRS, _PAIR_BYTES = 30, 256 << 20  # moves that the curvature is estimated from, and what they may take
_FEWEST_PAIRS = 5
_ROUNDING = 1e-9  # of the objective: sums of float32 numbers do not tell up from down any more
_ENOUGH = 1e-4  # of the decrease that the slope promises, which a move must bring
_MAX_SHORTER = 10


class StreamedLogistic:
    """`headway.heads.LogisticPath` for one training part that is read block by block, as often as it takes.

    It minimises the same objective over the same standardised features, and so has the same optimum. The method is
    L-BFGS, whose first guess of the inverse Hessian is the preconditioner of `LogisticPath`, of all principal
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
        self._memory = _Memory(self.coef_.size)

    def go_on_from(self, other: StreamedLogistic, solution: Solution) -> None:
        """Start at a solution of another solver, and with what that one learned of the curvature."""
        (mean, scale), (other_mean, other_scale) = self._moments, other._moments
        raw = solution.coef / other_scale
        self.coef_, self.intercept_ = raw * scale, solution.intercept + raw @ (mean - other_mean)
        self._memory = other._memory

    @property
    def solution(self) -> Solution:
        """Weights and intercepts as they are now."""
        return Solution(self.coef_, self.intercept_)

    @parallel.one_blas_thread()
    def solve(self, C: float, *, gap: float = 1e-10) -> None:
        """Move to the optimum for this C, as close as `LogisticPath.solve` does."""
        here = self._look(self.coef_, self.intercept_, C)
        memory = self._memory
        for _ in range(_MAX_PASSES):
            guess = self._guess(here, C)
            steepest = guess(here.slope)
            if _dot(here.slope, steepest) <= 2 * gap * C * self._total:
                break
            move = -memory.step(here.slope, guess, C)
            promised = _dot(here.slope, move)
            for _ in range(_MAX_SHORTER):
                there = self._look(self.coef_ + move[:, :-1], self.intercept_ + move[:, -1], C)
                if there.objective <= here.objective + _ENOUGH * promised:
                    break
                # Where a parabola through what is known is lowest.
                less = float(np.clip(promised / 2 / (promised + here.objective - there.objective), 0.01, 0.5))
                move, promised = less * move, less * promised
            else:
                break
            self.coef_, self.intercept_ = self.coef_ + move[:, :-1], self.intercept_ + move[:, -1]
            memory.learn(move, there.slope - here.slope, C)
            gained, here = here.objective - there.objective, there
            if gained <= _ROUNDING * abs(here.objective):
                break

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


class Solution(NamedTuple):
    """Weights (k, d) of standardised features, and intercepts (k,)."""

    coef: Doubles
    intercept: Doubles


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
    """The last moves and how the slope of the loss changed by them: the curvature that L-BFGS knows of (Nocedal 1980).

    The loss is convex, and the penalty's share of the curvature is known: what was learned at one C serves at another.
    """

    def __init__(self, size: int) -> None:
        most = max(_FEWEST_PAIRS, min(_PAIRS, _PAIR_BYTES // (2 * 8 * size)))
        self._pairs: deque[tuple[Doubles, Doubles]] = deque(maxlen=most)

    def learn(self, move: Doubles, change: Doubles, C: float) -> None:
        """Take in a move, unless rounding has made a curve of it that no convex function has."""
        if _dot(move, change) > 0:
            self._pairs.append((move, (change - _penalised(move)) / C))

    def step(self, slope: Doubles, guess: Callable[[Doubles], Doubles], C: float) -> Doubles:
        """Multiply a slope by the inverse Hessian, as far as it is known, in two loops over the moves."""
        pairs = [(move, _penalised(move) + C * of_loss) for move, of_loss in self._pairs]
        known = [(move, change, curve) for move, change in pairs if (curve := _dot(move, change)) > 0]
        amounts = []
        for move, change, curve in reversed(known):
            amounts.append(_dot(move, slope) / curve)
            slope = slope - amounts[-1] * change
        step = guess(slope)
        if known:
            _, change, curve = known[-1]
            step *= curve / _dot(change, guess(change))  # the guess in units of the curvature that was met last
        for (move, change, curve), amount in zip(known, reversed(amounts), strict=True):
            step += (amount - _dot(change, step) / curve) * move
        return step


def _penalised(move: Doubles) -> Doubles:
    """Return the change of the penalty's slope by a move: intercepts are free."""
    change = move.copy()
    change[:, -1] = 0
    return change


def _centred(values: Doubles) -> Doubles:
    """Subtract the mean over the classes: what they all share changes no probability."""
    centred: Doubles = values - values.mean(axis=0)
    return centred


def _dot(left: Doubles, right: Doubles) -> float:
    return float(np.vdot(left, right))
