"""Classes of unequal size, made to count the same in training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from headway.errors import DataError

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

BalanceChoice: TypeAlias = Literal["none", "weights", "undersample", "oversample", "smote"]

SMOTE_NEIGHBOURS = 5  # Chawla et al.'s, and imbalanced-learn's; with fewer it comes near to repeating images
_MOST_NAMED = 3
_LARGE_RATIO = 5  # of the largest class to the smallest: from here on there is a warning
_ENOUGH = 100  # training images of the smallest class: so many of each will do for a head on pretrained features


def unequal_classes(counts: IntArray) -> tuple[int, int] | None:
    """Return the largest and the smallest class, by their numbers, where their sizes are very unequal; otherwise None.

    Classes without images do not count here: they are another matter.

    Examples
    --------
    >>> unequal_classes(np.array([10, 0, 1, 7])), unequal_classes(np.array([10, 2]))
    ((0, 2), None)
    """
    largest = int(counts.argmax())
    smallest = int(np.where(counts, counts, counts.sum() + 1).argmin())
    return None if counts[largest] <= _LARGE_RATIO * counts[smallest] else (largest, smallest)


def balancing(smallest: int) -> Literal["undersample", "smote"]:
    """Return what may be done for a head on pretrained features, by how many images the smallest class has."""
    return "undersample" if smallest >= _ENOUGH else "smote"


def class_weights(labels: IntArray, n_classes: int) -> FloatArray:
    """Return weights (n,) by which every class counts the same; their mean is 1.

    Examples
    --------
    >>> class_weights(np.array([0, 1, 2, 2, 2, 2]), 3).tolist()
    [2.0, 2.0, 0.5, 0.5, 0.5, 0.5]
    """
    count = np.bincount(labels, minlength=n_classes)
    weights: FloatArray = (len(labels) / (np.count_nonzero(count) * np.maximum(count, 1)))[labels].astype(np.float32)
    return weights


def check_smote(labels: IntArray, classes: Sequence[str] = ()) -> None:
    """Raise a `DataError` for classes, by name where ``classes`` has names, that are too small to be filled up."""
    present, counts = np.unique(labels, return_counts=True)
    small = np.flatnonzero((counts <= SMOTE_NEIGHBOURS) & (counts < counts.max()))
    if not len(small):
        return
    small = small[np.argsort(counts[small], kind="stable")]
    names = [repr(classes[label]) if classes else str(label) for label in present[small[:_MOST_NAMED]].tolist()]
    listed = ", ".join(f"{name} {count}" for name, count in zip(names, counts[small].tolist(), strict=False))
    more = f" and {len(small) - _MOST_NAMED:,} more classes too few" if len(small) > _MOST_NAMED else ""
    raise DataError(
        f"SMOTE needs at least {SMOTE_NEIGHBOURS + 1} pictures of every class in each training part, to draw between "
        f"a picture and its {SMOTE_NEIGHBOURS} nearest; without the test pictures and the fold held out, there are of "
        f"{listed}{more}: take --balance oversample, or add pictures of these"
    )


def resampled_rows(labels: IntArray, how: Literal["undersample", "oversample"], seed: int) -> IntArray:
    """Return rows, ascending, that hold every class as often as the smallest or the largest; some come repeatedly.

    Examples
    --------
    >>> labels = np.array([0, 0, 0, 1])
    >>> labels[resampled_rows(labels, "undersample", 0)].tolist(), resampled_rows(labels, "oversample", 0).tolist()
    ([0, 1], [0, 1, 2, 3, 3, 3])
    """
    from imblearn.over_sampling import RandomOverSampler
    from imblearn.under_sampling import RandomUnderSampler

    sampler = (RandomUnderSampler if how == "undersample" else RandomOverSampler)(random_state=seed)
    rows: IntArray = np.arange(len(labels))
    if len(np.unique(labels)) > 1:  # imbalanced-learn refuses one class
        rows = sampler.fit_resample(rows[:, None], labels)[0][:, 0]
    return np.sort(rows)


def smote(features: FloatArray, labels: IntArray, seed: int) -> tuple[FloatArray, IntArray]:
    """Append rows between neighbours to the smaller classes (Chawla et al., SMOTE, JAIR 16, 2002).

    A class that is not the largest and has fewer than 6 rows is a `DataError`.
    """
    from imblearn.over_sampling import SMOTE

    check_smote(labels)
    if len(np.unique(labels)) < 2:
        return features, labels
    features, labels = SMOTE(k_neighbors=SMOTE_NEIGHBOURS, random_state=seed).fit_resample(features, labels)
    return features.astype(np.float32, copy=False), labels.astype(np.int64, copy=False)
