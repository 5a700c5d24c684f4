"""What is to be fitted before a head, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import numpy as np

from headway.errors import DataError, UnknownNameError
from headway.preparation.balance import BalanceChoice, check_smote, class_weights, resampled_rows, smote
from headway.preparation.select import SelectChoice, select
from headway.preparation.transform import Transform
from headway.preparation.vocabulary import fit_vocabulary

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Prepared:
    """Training rows as the head is to learn from them.

    Parameters
    ----------
    features : float32 array (m, d)
        After the transform; m is not n where classes were balanced by rows.
    labels : int64 array (m,)
    weights : float32 array (m,)
        With mean 1.
    transform : Transform
        What turns other raw rows into features of the same kind.
    """

    features: FloatArray
    labels: IntArray
    weights: FloatArray
    transform: Transform


@dataclass(frozen=True)
class Preparation:
    """What is fitted on training rows, and on nothing else, before the head: words, then columns, then balance.

    Parameters
    ----------
    select : {"none", "std", "correlation", "mutual-info", "anova", "l1"}
        Which features to leave out; `headway.preparation.select` says what each does without a count.
    select_count : int
        How many to keep; 0 leaves it to the method.
    balance : {"none", "weights", "undersample", "oversample", "smote"}
        What to do about classes of unequal size.
    local : tuple of (first, count, width)
        Bags of local descriptors in the raw matrix: first column, columns, and width of one descriptor.
    seed : int
        Of every draw.
    classes : tuple of str
        What messages call the classes; by default by their numbers.

    Raises
    ------
    UnknownNameError
        When a choice is not in its list.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> labels = np.repeat([0, 1], [30, 10])
    >>> features = random.standard_normal((40, 5)).astype("float32")
    >>> features[:, 3] += 2 * labels
    >>> prepared = Preparation("anova", 1, "undersample").fit(features, labels, 2)
    >>> prepared.transform.columns.tolist(), np.bincount(prepared.labels).tolist()
    ([3], [10, 10])
    """

    select: SelectChoice = "none"
    select_count: int = 0
    balance: BalanceChoice = "none"
    local: tuple[tuple[int, int, int], ...] = ()
    seed: int = 0
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for kind, choice, choices in (
            ("selection", self.select, SelectChoice),
            ("balance", self.balance, BalanceChoice),
        ):
            if choice not in get_args(choices):
                raise UnknownNameError(kind, choice, get_args(choices))

    @property
    def is_trivial(self) -> bool:
        """Whether nothing is fitted: weights of classes are all there may be."""
        return self.balance in ("none", "weights") and self.select == "none" and not self.local

    def check(self, labels: IntArray) -> None:
        """Refuse training labels (n,) that the balance cannot work with, before any work begins."""
        if self.balance == "smote":
            check_smote(labels, self.classes)

    def fit(self, features: FloatArray, labels: IntArray, n_classes: int, rows: IntArray | None = None) -> Prepared:
        """Fit everything on the training rows and balance them.

        Parameters
        ----------
        features : float32 array (n, D)
            Raw features.
        labels : int64 array (n,)
            Classes in ``0 … n_classes - 1``.
        n_classes : int
            Number of classes.
        rows : int64 array (m,), optional
            The training rows, ascending; no other row is looked at. By default all.

        Returns
        -------
        Prepared

        Raises
        ------
        UserError
            When more features are to be kept than there are.
        DataError
            When a class is too small for SMOTE.
        """
        return self.rebalance(self.learn(features, labels, n_classes, rows), features, labels, n_classes, rows)

    def learn(self, features: FloatArray, labels: IntArray, n_classes: int, rows: IntArray | None = None) -> Transform:
        """Fit the transform alone; the parameters are those of `fit`."""
        rows = np.arange(len(labels)) if rows is None else rows
        self.check(labels[rows])
        for first, count, width in self.local:
            if width < 1 or count % width or first < 0 or first + count > features.shape[1]:
                raise DataError(f"no bag of descriptors fits in columns {first} to {first + count} of {features.shape}")
        vocabularies = tuple(
            fit_vocabulary(features[rows, first : first + count], first, width, self.seed)
            for first, count, width in sorted(self.local)
        )
        words = Transform(vocabularies, None)
        if self.select == "none":
            return words
        if vocabularies:
            features, labels = words.apply(features, rows), labels[rows]
            rows = np.arange(len(rows))
        columns = select(features, labels, rows, n_classes, self.select, self.select_count, self.seed)
        return Transform(vocabularies, columns)

    def rebalance(
        self, transform: Transform, features: FloatArray, labels: IntArray, n_classes: int, rows: IntArray | None = None
    ) -> Prepared:
        """Apply a transform that `learn` gave, and balance the rows; the other parameters are those of `fit`.

        The features of the result are an array of their own, or ``features`` itself where nothing changes.
        """
        if self.balance in ("undersample", "oversample"):
            rows = np.arange(len(labels)) if rows is None else rows
            rows = rows[resampled_rows(labels[rows], self.balance, self.seed)]
        prepared = transform.apply(features, rows)
        kept = labels if rows is None else labels[rows]
        if self.balance == "smote":
            prepared, kept = smote(prepared, kept, self.seed)
        weights = class_weights(kept, n_classes) if self.balance == "weights" else np.ones(len(kept), dtype=np.float32)
        return Prepared(prepared, kept, weights, transform)
