"""The search where features are more than memory is to hold: heads that need sums, or passes over the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from headway.heads import StreamedLogistic, centroid_of, ridge_of
from headway.heads.parallel import one_blas_thread
from headway.search.bounds import NARROW
from headway.search.choice import C_GRID, Choice
from headway.search.kinds import Settings
from headway.search.pool import CandidatePool, SearchResult
from headway.stopping import stoppable

if TYPE_CHECKING:
    from headway.heads import DenseHead, Sums
    from headway.heads.streamed import Pass, Solution
    from headway.search.source import SolvePath, StopRule
    from headway.types import FloatArray, IntArray, Progress

STREAMED_HEADS = ("centroid", "ridge", "logistic")  # from simple to complex
_FROM_SUMS = {"centroid": centroid_of, "ridge": ridge_of}
_C = C_GRID[::2]  # one a decade, from 0.0001: of many rows each weighs little
_GAP = 1e-4  # nats a row: such a head is right as often, and is chosen by
_REFIT_GAP = 1e-5  # far below what one more image would change


def streamed_kinds(head: str, n_classes: int, n_features: int) -> tuple[str, ...]:
    """Return the kinds that are tried; none for a kind of head that cannot be learned by passes over the rows.

    Examples
    --------
    >>> streamed_kinds("auto", 100, 1280), streamed_kinds("auto", 10_000, 1280), streamed_kinds("mlp", 100, 1280)
    (('centroid', 'ridge', 'logistic'), ('centroid', 'ridge'), ())
    """
    if head == "auto":
        return STREAMED_HEADS if n_classes * n_features <= NARROW else STREAMED_HEADS[:2]
    return (head,) if head in STREAMED_HEADS else ()


@dataclass(frozen=True, eq=False)
class StreamedRows:
    """Rows to learn from.

    Parameters
    ----------
    read : callable
        Begins a pass over the rows.
    sums : Sums
        Of these rows.
    """

    read: Pass
    sums: Sums


@dataclass(eq=False)
class StreamedSearch:
    """Chooses and fits a head on one feature set.

    Parameters
    ----------
    features : str
        Name of the feature set.
    kinds : tuple of str
        What is tried, of `STREAMED_HEADS`.
    C : tuple of float
        Values of the penalty to try; empty for one a decade.
    """

    features: str
    kinds: Sequence[str]
    C: tuple[float, ...] = ()
    passes: int = field(default=0, init=False)
    """How often logistic regression read its rows."""
    _solutions: dict[float, Solution] = field(default_factory=dict, init=False)
    _chosen_by: StreamedLogistic | None = field(default=None, init=False)

    @one_blas_thread()
    def choose(
        self,
        train: StreamedRows,
        predict: Callable[[DenseHead], FloatArray],
        labels: IntArray,
        held_out: tuple[IntArray, IntArray],
        *,
        contents: IntArray | None,
        groups: IntArray,
        balanced: bool,
        seed: int,
        progress: Progress,
    ) -> SearchResult:
        """Choose as `headway.search.search` does, by the rows of one part that is held out.

        Parameters
        ----------
        train : StreamedRows
            What is learned from.
        predict : callable
            Returns a head's logits of the rows that are held out.
        labels : int64 array (n,)
            Of all rows.
        held_out : pair of int64 arrays
            Positions in ``labels`` of the rows that are learned from, and of those that are held out.
        contents, groups, seed, progress
            As in `headway.search.search`.
        balanced : bool
            Whether every class weighs the same in the choice.
        """
        n_classes = len(train.sums.weights)
        settings = Settings(self.C, seed, usual=_C)
        pool = CandidatePool(
            labels, [held_out], n_classes, settings, balanced=balanced, contents=contents, groups=groups
        )
        progress.start("choosing a head", len(self.kinds))
        with stoppable(progress):
            for kind in self.kinds:
                if kind in _FROM_SUMS:
                    pool.record(Choice(kind, self.features), [predict(_FROM_SUMS[kind](train.sums))])
                else:
                    pool.run_path(kind, self.features, _along(self._solver(train), predict), whole=bool(self.C))
                progress.advance()
            return pool.result([self.features])

    @one_blas_thread()
    def fit(self, choice: Choice, rows: StreamedRows, progress: Progress) -> DenseHead:
        """Fit what was chosen; logistic regression goes on from its solution for the rows that it was chosen by."""
        with stoppable(progress):
            if choice.C is None:
                return _FROM_SUMS[choice.head](rows.sums)
            solver = StreamedLogistic(rows.read, rows.sums)
            if self._chosen_by is not None:
                solver.go_on_from(self._chosen_by, self._solutions[choice.C])
            solver.solve(choice.C, gap=_REFIT_GAP)
            self.passes += solver.passes_
            return solver.head()

    def _solver(self, rows: StreamedRows) -> Callable[[float], DenseHead]:
        self._chosen_by = solver = StreamedLogistic(rows.read, rows.sums)

        def fit(C: float) -> DenseHead:
            before = solver.passes_
            solver.solve(C, gap=_GAP)
            self._solutions[C] = solver.solution
            self.passes += solver.passes_ - before
            return solver.head()

        return fit


def _along(fit: Callable[[float], DenseHead], predict: Callable[[DenseHead], FloatArray]) -> SolvePath:
    """Return what fits one C after the other until the rule says stop."""

    def solve(grid: Sequence[float], stop: StopRule, gap: float) -> list[list[FloatArray]]:
        by_C: list[list[FloatArray]] = []
        for C in grid:
            by_C.append([predict(fit(C))])
            if stop(C, by_C[-1]):
                break
        return by_C

    return solve
