"""The search itself: what is tried in which order, and the refit of what was chosen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from headway.errors import DataError, UnknownNameError, UserError
from headway.heads import Course, DenseSettings, Head, fit_logistic, standardise, unscaled
from headway.heads.parallel import one_blas_thread
from headway.preparation import Preparation, Transform
from headway.search import published
from headway.search.bounds import Plan, narrowed
from headway.search.choice import AUTO_HEADS, HEADS, Choice
from headway.search.kinds import Settings, head_fitter
from headway.search.pool import CandidatePool, SearchResult
from headway.stopping import stoppable
from headway.types import Progress, Silent

if TYPE_CHECKING:
    from headway.search.source import Rows, Source
    from headway.types import FloatArray, IntArray

HeadKind: TypeAlias = Literal["auto", "majority", "centroid", "ridge", "logistic", "mlp", "svm", "dense100", "dense256"]

_REFIT_GAP = 1e-6  # nats a row: far below what one more image would change


@one_blas_thread()
def search(
    features: Mapping[str, FloatArray],
    labels: IntArray,
    folds: Sequence[tuple[IntArray, IntArray]],
    *,
    n_classes: int,
    head: HeadKind = "auto",
    preparations: Mapping[str, Preparation] | None = None,
    C: Sequence[float] = (),
    raw_units: Collection[str] = (),
    dense: DenseSettings | None = None,
    watches: bool = False,
    solver: Sequence[str] = (),
    iterations: int = 0,
    contents: IntArray | None = None,
    groups: IntArray | None = None,
    seed: int = 0,
    plan: Plan | None = None,
    recalibrates: bool = True,
    progress: Progress | None = None,
) -> SearchResult:
    """Choose head, feature set and penalty by cross-validated log-loss.

    Every configuration predicts the held-out rows of every fold; its criterion is the log-loss of these predictions
    after calibration; the simplest within one standard error of the best is chosen. With ``"auto"``, the neural
    network is tried only on the feature set that suits the logistic head best, and given up where it is behind after
    two folds. The path of C stops where a larger one can no longer matter for the choice.

    Parameters
    ----------
    features : mapping of str to float32 array (n, d)
        Feature sets by name, the simplest first.
    labels : int64 array (n,)
        Classes in ``0 … n_classes - 1``.
    folds : sequence of (train (a,), held_out (b,)) int64 arrays
        Rows to train on and rows to predict. One pair for a given validation split.
    n_classes : int
        Number of classes, at least 2.
    head : {"auto", "majority", "centroid", "ridge", "logistic", "mlp", "svm", "dense100", "dense256"}
        Which kind to try; ``"auto"`` tries the nearest class mean, logistic regression and the neural network.
    preparations : mapping of str to Preparation, optional
        What is fitted before the head, for every feature set; by default nothing. All have the same balance. With any
        but ``"none"`` every class weighs the same in calibration and choice; the scores are never weighted.
    C : sequence of float
        Values to try for logistic and svm heads; by default two a decade from 0.0001 to 100, and 1, 10, 100.
    raw_units : collection of str
        Feature sets that logistic regression does not standardise: the penalty is on weights of raw features, as in the
        published grid searches on flattened maps. No standardised copy is made.
    dense : DenseSettings, optional
        How the heads dense100 and dense256 are trained, if not as they were published.
    watches : bool
        Whether the held-out rows also choose the epoch of such a head, as those of a given validation split do;
        otherwise a tenth of the training rows does.
    solver : sequence of str
        scikit-learn's solvers of a published grid search, ``"newton-cg"`` and ``"lbfgs"``: every C with each of them,
        and the first of the best accuracy is chosen, the smallest C first. All feature sets must be in raw units.
    iterations : int
        Of lbfgs; 0 takes scikit-learn's 100.
    contents : int64 array (n,), optional
        Rows with the same number are copies, and count as one in choice and scores; by default each row counts.
    groups : int64 array (n,), optional
        Rows with the same number belong together, and are drawn together by the bootstrap of the score.
    seed : int
        Of the neural networks and the bootstrap.
    plan : Plan, optional
        What to try instead of everything, with the one feature set that it names: `headway.search.plan`.
    recalibrates : bool
        Whether another calibration may be taken where a temperature leaves probabilities that are not to be believed.
    progress : Progress, optional
        Advances with every configuration, and is asked in between whether to go on.

    Returns
    -------
    SearchResult

    Raises
    ------
    DataError
        When there are fewer than two classes, no folds, or features that are missing or not finite.
    UnknownNameError
        When there is no such kind of head.
    UserError
        When the preparations do not fit the feature sets, or each other.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> labels = np.arange(40) % 2
    >>> features = (random.standard_normal((40, 5)) + 3 * labels[:, None]).astype("float32")
    >>> rows = np.arange(40)
    >>> folds = [(rows[rows // 8 != fold], rows[rows // 8 == fold]) for fold in range(5)]
    >>> result = search({"last": features}, labels, folds, n_classes=2)
    >>> result.choice.features, result.score.accuracy > 0.9
    ('last', True)
    """
    kinds = kinds_of(head)
    if plan is not None:
        kinds, folds = plan.heads, narrowed(folds, plan, seed)
    preparations = dict.fromkeys(features, Preparation()) if preparations is None else preparations
    _check(features, labels, folds, n_classes)
    _check_preparations(features, preparations)
    for train, _ in folds:
        for preparation in preparations.values():
            preparation.check(labels[train])
    progress = Silent() if progress is None else progress
    balanced = any(preparation.balance != "none" for preparation in preparations.values())
    how = dense or DenseSettings(), tuple(solver), iterations
    settings = Settings(tuple(C), seed, *how, recalibrates=recalibrates and plan is None)
    if plan is not None:
        settings = replace(settings, usual=plan.C, gap=plan.gap)
    pool = CandidatePool(
        labels, folds, n_classes, settings, balanced=balanced, watches=watches, contents=contents, groups=groups
    )
    progress.start("choosing a head", len(features) * len(kinds))
    best: Source | None = None
    least = np.inf
    with stoppable(progress):
        for name, matrix in features.items():
            source = pool.source(name, matrix, preparations[name], keeps_units=name in raw_units)
            for kind in kinds:
                if head == "auto" and kind == "mlp":
                    continue
                loss = pool.run(kind, source)
                progress.advance()
                if kind == "logistic" and loss < least:
                    best, least = source, loss
        if head == "auto" and plan is None and best is not None:
            pool.run("mlp", best, race=True)
            progress.advance(len(features))
    return pool.result(list(features))


@one_blas_thread()
def refit(
    choice: Choice,
    features: FloatArray,
    labels: IntArray,
    *,
    n_classes: int,
    preparation: Preparation | None = None,
    raw_units: bool = False,
    dense: DenseSettings | None = None,
    watched: Rows | None = None,
    iterations: int = 0,
    seed: int = 0,
    tell: Callable[[Course], None] | None = None,
    progress: Progress | None = None,
) -> tuple[Head, Transform]:
    """Fit the chosen configuration on all training rows of its feature set (n, D).

    ``raw_units`` says whether the search had the feature set among its own. The rows ``watched``, features (v, D) and
    labels, choose the epoch of a dense100 or dense256 head, of whose course ``tell`` is told; ``progress`` is asked
    whether to go on, and the rest is as in `search`. Returns the head, on features as the transform gives them, and the
    transform; the calibration of the search is that of the head's logits.
    A choice that does not name a head, or lacks the C that its head needs, is a `DataError`.

    Examples
    --------
    >>> features = np.array([[0.0], [1], [10], [11]], "float32")
    >>> head, transform = refit(Choice("logistic", "last", 1.0), features, np.array([0, 0, 1, 1]), n_classes=2)
    >>> head.kind, head.logits(transform.apply(features)).argmax(axis=1).tolist()
    ('logistic', [0, 0, 1, 1])
    """
    if choice.head not in HEADS or (choice.C is None and choice.head in ("logistic", "svm")):
        raise DataError(f"a head must be one of {', '.join(HEADS)}, a logistic or svm head needs a C; got {choice}")
    with stoppable(Silent() if progress is None else progress):
        prepared = (preparation or Preparation()).fit(features, labels, n_classes)
        raw = raw_units if choice.head == "logistic" else choice.head.startswith("dense")
        copy = prepared.features is features
        data = unscaled(prepared.features) if raw else standardise(prepared.features, copy=copy)
        rows = prepared.labels, prepared.weights
        settings = Settings(
            () if choice.C is None else (choice.C,), seed, dense or DenseSettings(), choice.solver, iterations
        )
        if choice.head == "logistic" and choice.C is not None:
            if choice.solver:
                head = published.fit(choice.solver[0], data, *rows, n_classes, choice.C, settings, gap=_REFIT_GAP)
                return head, prepared.transform
            return fit_logistic(data, *rows, n_classes, choice.C, gap=_REFIT_GAP), prepared.transform
        fit = head_fitter(choice.head, n_classes, settings, watches=True, tell=tell, progress=progress)
        held_out = None if watched is None else (prepared.transform.apply(watched[0]), watched[1])
        (head,) = fit(data, *rows, held_out)
        return head, prepared.transform


def kinds_of(head: str) -> tuple[str, ...]:
    """Return the kinds of heads that a search may try; `UnknownNameError` where there is no such kind."""
    if head == "auto":
        return AUTO_HEADS
    if head not in HEADS:
        raise UnknownNameError("head", head, ("auto", *HEADS))
    return (head,)


def _check(
    features: Mapping[str, FloatArray],
    labels: IntArray,
    folds: Sequence[tuple[IntArray, IntArray]],
    n_classes: int,
) -> None:
    if n_classes < 2:
        raise DataError(f"a search needs at least 2 classes, got {n_classes}")
    if not len(labels) or labels.min() < 0 or labels.max() >= n_classes:
        raise DataError(f"every row needs a label from 0 to {n_classes - 1}, got {len(labels)} rows")
    if not features:
        raise DataError("a search needs at least one feature set, got none")
    for name, matrix in features.items():
        if matrix.ndim != 2 or len(matrix) != len(labels):
            raise DataError(f"feature set {name!r} must have shape ({len(labels)}, d), got {matrix.shape}")
    if not folds or any(not len(held_out) for _, held_out in folds):
        raise DataError("a search needs at least one fold, and every fold must hold out at least one row")
    for train, _ in folds:
        if len(np.unique(labels[train])) < 2:
            raise DataError(
                "every fold needs training pictures of at least 2 classes: add pictures to the small classes"
            )


def _check_preparations(features: Mapping[str, FloatArray], preparations: Mapping[str, Preparation]) -> None:
    if missing := [name for name in features if name not in preparations]:
        raise UserError(f"every feature set needs a preparation, got none for {', '.join(missing)}")
    balances = {preparation.balance for preparation in preparations.values()}
    if len(balances) > 1:
        raise UserError(f"all feature sets must be balanced in the same way, got {' and '.join(sorted(balances))}")
