"""What every head has, whatever it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from headway.errors import DataError

if TYPE_CHECKING:
    from headway.types import FloatArray


@runtime_checkable
class Head(Protocol):
    """A classifier on features: plain arrays that turn features into logits.

    Examples
    --------
    >>> import numpy as np
    >>> from headway.heads import DenseHead
    >>> isinstance(DenseHead("centroid", (np.eye(2, dtype="float32"),), (np.zeros(2, "float32"),)), Head)
    True
    """

    @property
    def kind(self) -> str:
        """How it was trained: ``"logistic"``, ``"svm"``, ``"dense100"`` and so on."""

    @property
    def n_features(self) -> int:
        """Number of features that the head reads, d."""

    @property
    def n_classes(self) -> int:
        """Number of logits that the head gives, k."""

    def logits(self, features: FloatArray) -> FloatArray:
        """Turn raw features, float32 (n, d), into unnormalised log-probabilities, float32 (n, k).

        Another number of columns than the head reads is a `DataError`.
        """


def check_features(features: FloatArray, head: Head) -> None:
    """Raise a `DataError` unless features have the columns that a head reads."""
    if features.ndim != 2 or features.shape[1] != head.n_features:
        raise DataError(f"the head reads features of shape (n, {head.n_features}), got {features.shape}")
