"""The search itself: what is tried in which order, and the refit of what was chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from headway.errors import DataError, UnknownNameError
from headway.heads import DenseHead, Standardised, fit_centroid, fit_logistic, fit_mlp, standardise
from headway.heads.parallel import one_blas_thread
from headway.search.choice import HEADS, Choice
from headway.search.trial import SearchResult, Trial, class_weights
from headway.types import Progress, Silent

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

HeadKind: TypeAlias = Literal["auto", "centroid", "logistic", "mlp"]
ClassWeight: TypeAlias = Literal["none", "balanced"]

_REFIT_GAP = 1e-6  # nats a row: far below what one picture more would change


@one_blas_thread()
def search(
    features: Mapping[str, FloatArray],
    labels: IntArray,
    folds: Sequence[tuple[IntArray, IntArray]],
    *,
    n_classes: int,
    head: HeadKind = "auto",
    class_weight: ClassWeight = "none",
    seed: int = 0,
    progress: Progress | None = None,
) -> SearchResult:
    """Choose head, feature set and penalty by cross-validated log-loss.

    Every configuration predicts the held-out rows of every fold; its criterion is the log-loss of these predictions
    after temperature scaling; the simplest within one standard error of the best is chosen. With ``"auto"``, the neural
    network is tried only on the feature set that suits the logistic head best, and given up after two folds where it is
    a standard error behind. The path of C ends where a larger one can no longer matter for the choice.

    Parameters
    ----------
    features : mapping of str to float32 array (n, d)
        Feature sets by name, the simplest first.
    labels : int64 array (n,)
        Classes in ``0 … n_classes - 1``.
    folds : sequence of (train (a,), held_out (b,)) int64 arrays
        Rows to learn from and rows to predict. One pair for a given validation split.
    n_classes : int
        Number of classes, at least 2.
    head : {"auto", "centroid", "logistic", "mlp"}
        Which kinds to try.
    class_weight : {"none", "balanced"}
        Balanced: every class weighs the same, in learning, temperature and choice. The scores are never weighted.
    seed : int
        Of the neural network and the bootstrap.
    progress : Progress, optional
        Told of every configuration.

    Returns
    -------
    SearchResult

    Raises
    ------
    DataError
        When a search is impossible: fewer than two classes, no folds, features that are missing or not finite.
    UnknownNameError
        When there is no such kind of head.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> labels = np.arange(40) % 2
    >>> features = (random.standard_normal((40, 5)) + 3 * labels[:, None]).astype("float32")
    >>> rows = np.arange(40)
    >>> folds = [(rows[rows // 8 != fold], rows[rows // 8 == fold]) for fold in range(5)]
    >>> result = search({"last": features}, labels, folds, n_classes=2)
    >>> result.choice.features, result.corrected.accuracy > 0.9
    ('last', True)
    """
    kinds = _kinds(head)
    _check(features, labels, folds, n_classes, class_weight)
    progress = Silent() if progress is None else progress
    trial = Trial(labels, folds, n_classes, class_weight, seed)
    progress.start("choosing a head", len(features) * len(kinds))
    best: tuple[str, Standardised] | None = None
    least = np.inf
    for name, matrix in features.items():
        data = standardise(matrix)
        for kind in kinds:
            if kind == "logistic":
                loss = trial.logistic(name, data)
            elif kind == "centroid":
                loss = trial.centroid(name, data)
            elif head == "mlp":
                loss = trial.network(name, data)
            else:
                continue
            progress.advance()
            if kind == "logistic" and loss < least:
                best, least = (name, data), loss
    if head == "auto" and best is not None:
        trial.network(*best, race=True)
        progress.advance(len(features))
    return trial.result(list(features))


@one_blas_thread()
def refit(
    choice: Choice,
    features: FloatArray,
    labels: IntArray,
    *,
    n_classes: int,
    class_weight: ClassWeight = "none",
    seed: int = 0,
) -> DenseHead:
    """Fit the chosen configuration on all training rows.

    Parameters
    ----------
    choice : Choice
        From `search`.
    features : float32 array (n, d)
        The feature set that the choice names.
    labels : int64 array (n,)
        Classes in ``0 … n_classes - 1``.
    n_classes : int
        Number of classes.
    class_weight : {"none", "balanced"}
        As in the search.
    seed : int
        As in the search.

    Returns
    -------
    DenseHead
        On raw features; its logits are to be divided by the temperature of the search.

    Examples
    --------
    >>> features = np.array([[0.0], [1], [10], [11]], "float32")
    >>> head = refit(Choice("logistic", "last", 1.0), features, np.array([0, 0, 1, 1]), n_classes=2)
    >>> head.kind, head.logits(features).argmax(axis=1).tolist()
    ('logistic', [0, 0, 1, 1])
    """
    data = standardise(features)
    weights = class_weights(labels, np.arange(len(labels)), n_classes, class_weight)
    if choice.head == "centroid":
        return fit_centroid(data, labels, weights, n_classes)
    if choice.head == "mlp":
        return fit_mlp(data, labels, weights, n_classes, seed)
    if choice.head != "logistic" or choice.C is None:
        raise DataError(f"a logistic head needs a C and other heads are centroid or mlp, got {choice}")
    return fit_logistic(data, labels, weights, n_classes, choice.C, gap=_REFIT_GAP)


def _kinds(head: str) -> tuple[str, ...]:
    if head == "auto":
        return HEADS
    if head not in HEADS:
        raise UnknownNameError("head", head, ("auto", *HEADS))
    return (head,)


def _check(
    features: Mapping[str, FloatArray],
    labels: IntArray,
    folds: Sequence[tuple[IntArray, IntArray]],
    n_classes: int,
    class_weight: str,
) -> None:
    if class_weight not in ("none", "balanced"):
        raise UnknownNameError("class weight", class_weight, ("none", "balanced"))
    if n_classes < 2:
        raise DataError(f"there must be at least 2 classes to tell apart, got {n_classes}")
    if not len(labels) or labels.min() < 0 or labels.max() >= n_classes:
        raise DataError(f"every row needs a label from 0 to {n_classes - 1}, got {len(labels)} rows")
    if not features:
        raise DataError("there must be at least one feature set to choose from, got none")
    for name, matrix in features.items():
        if matrix.ndim != 2 or len(matrix) != len(labels):
            raise DataError(f"feature set {name!r} must have shape ({len(labels)}, d), got {matrix.shape}")
    if not folds or any(not len(held_out) for _, held_out in folds):
        raise DataError("every fold must hold out at least one row, and there must be at least one fold")
    for train, _ in folds:
        if len(np.unique(labels[train])) < 2:
            raise DataError("every fold must have two classes to learn from: more pictures per class are needed")
