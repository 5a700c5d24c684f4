"""What is fitted on the training rows before a head, and the rows that the head is fitted to."""

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
class PreparedData:
    """Training rows as the head is to be fitted to them."""

    features: FloatArray  # (m, d), after the transform; m is not n where classes were balanced by rows
    labels: IntArray  # (m,)
    weights: FloatArray  # (m,), with mean 1
    transform: Transform  # from raw rows to features of the same kind


@dataclass(frozen=True)
class Preparation:
    """What is fitted on training rows, and on nothing else, before the head: words, then columns, then balance.

    A choice that is not in its list is an `UnknownNameError`.

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

    select: SelectChoice = "none"  # see `headway.preparation.select`
    select_count: int = 0  # 0 leaves it to the method
    balance: BalanceChoice = "none"
    local: tuple[tuple[int, int, int], ...] = ()  # bags of local descriptors: first column, columns, width of one
    seed: int = 0
    classes: tuple[str, ...] = ()  # names for messages, which otherwise give numbers

    def __post_init__(self) -> None:
        for kind, choice, choices in (
            ("selection", self.select, SelectChoice),
            ("balance", self.balance, BalanceChoice),
        ):
            if choice not in get_args(choices):
                raise UnknownNameError(kind, choice, get_args(choices))

    @property
    def is_trivial(self) -> bool:
        """Whether nothing is fitted but class weights, if these."""
        return self.balance in ("none", "weights") and self.select == "none" and not self.local

    def check(self, labels: IntArray) -> None:
        """Raise a `DataError`, before any work begins, for training labels that the balance cannot work with."""
        if self.balance == "smote":
            check_smote(labels, self.classes)

    def fit(self, features: FloatArray, labels: IntArray, n_classes: int, rows: IntArray | None = None) -> PreparedData:
        """Fit everything on the training rows, ascending, by default all, and balance them; no other row is looked at.

        More features to select than there are is a `UserError`, a class too small for SMOTE a `DataError`.
        """
        transform = self.learn_transform(features, labels, n_classes, rows)
        return self.apply(transform, features, labels, n_classes, rows)

    def learn_transform(
        self, features: FloatArray, labels: IntArray, n_classes: int, rows: IntArray | None = None
    ) -> Transform:
        """Fit the transform alone, as `fit` does."""
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

    def apply(
        self, transform: Transform, features: FloatArray, labels: IntArray, n_classes: int, rows: IntArray | None = None
    ) -> PreparedData:
        """Apply a fitted transform and balance the rows, as `fit` does.

        The features of the result are a new array, or ``features`` itself where nothing changes.
        """
        if self.balance in ("undersample", "oversample"):
            rows = np.arange(len(labels)) if rows is None else rows
            rows = rows[resampled_rows(labels[rows], self.balance, self.seed)]
        features = transform.apply(features, rows)
        labels = labels if rows is None else labels[rows]
        if self.balance == "smote":
            features, labels = smote(features, labels, self.seed)
        weights = np.ones(len(labels), dtype=np.float32)
        if self.balance == "weights":
            weights = class_weights(labels, n_classes)
        return PreparedData(features, labels, weights, transform)
