"""The data set: pictures, their labels by name, and what is known about them."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from headway.dataset.names import SPLIT_NAMES, TRAIN, class_name, natural_key, plural, some
from headway.errors import DataError

if TYPE_CHECKING:
    from headway.types import IntArray, Picture


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Pictures and their labels.

    Parameters
    ----------
    pictures : sequence of Picture
        Paths as ``str``, or PIL images, arrays or bytes; n of them.
    labels : ndarray of int64, shape (n,)
        Index into ``classes``; -1 where a picture has no label.
    classes : tuple of str
        The names of the classes: numbers by value, then names in natural order.
    given : ndarray of int8, shape (n,), optional
        The split that the data set itself names: 0 train, 1 validation, 2 test.
    groups : ndarray of int64, shape (n,), optional
        Pictures of one group (a patient, a scene) stay on the same side of every split.
    source : str
        What was found, in one line.
    skipped : dict of str to int
        Why files, folders or rows were passed over, and how many.

    Raises
    ------
    DataError
        When the lengths differ, a label has no class, or a class no name of its own.

    Examples
    --------
    >>> from headway.dataset import read
    >>> pictures = [np.zeros((8, 8, 3), np.uint8)] * 3
    >>> dataset = read(pictures, ["dog", "cat", "dog"])
    >>> dataset.classes, dataset.labels.tolist(), dataset.counts()
    (('cat', 'dog'), [1, 0, 1], {'cat': 1, 'dog': 2})
    """

    pictures: Sequence[Picture]
    labels: IntArray
    classes: tuple[str, ...]
    given: NDArray[np.int8] | None = None
    groups: IntArray | None = None
    source: str = ""
    skipped: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for what, values in (("labels", self.labels), ("given", self.given), ("groups", self.groups)):
            if values is None and what != "labels":
                continue
            if not isinstance(values, np.ndarray) or (values.dtype.kind not in "iu" and values.size):
                found = f"{values.dtype} values" if isinstance(values, np.ndarray) else type(values).__name__
                raise DataError(f"{what} must be an array of whole numbers, not {found}; headway.read makes one")
            if values.shape != (len(self.pictures),):
                raise DataError(
                    f"there must be one of {what} per picture: got {values.shape} for {len(self.pictures)} pictures"
                )
        _check_classes(self.classes)
        if len(self.labels) and not -1 <= int(self.labels.min()) <= int(self.labels.max()) < len(self.classes):
            raise DataError(f"labels must lie between -1 and {len(self.classes) - 1}, the number of classes less one")

    def __len__(self) -> int:
        return len(self.pictures)

    def __repr__(self) -> str:
        return f"<headway.Dataset: {self.source or f'{len(self):,} pictures in {len(self.classes)} classes'}>"

    def name(self, index: int) -> str:
        """Return the path of a picture, or ``"picture 7"`` for one that is no file."""
        return picture_name(self.pictures[index], index)

    def subset(self, indices: ArrayLike) -> Dataset:
        """Return the pictures at ``indices`` (int64 or bool), in that order; the classes stay the same."""
        chosen = np.asarray(indices)
        chosen = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen.astype(np.int64)
        return Dataset(
            [self.pictures[i] for i in chosen.tolist()],
            self.labels[chosen],
            self.classes,
            None if self.given is None else self.given[chosen],
            None if self.groups is None else self.groups[chosen],
            self.source,
            self.skipped,
        )

    def counts(self, indices: ArrayLike | None = None) -> dict[str, int]:
        """Return how many pictures each class has, of all or of those at ``indices``; classes without any are 0."""
        labels = self.labels if indices is None else self.labels[np.asarray(indices)]
        found = np.bincount(labels[labels >= 0], minlength=len(self.classes))
        return dict(zip(self.classes, found.tolist(), strict=True))


def _check_classes(classes: Sequence[str]) -> None:
    for name in classes:
        if not isinstance(name, str) or not name:
            raise DataError(f"each class needs a name, and one is {name!r}")
    if len(set(classes)) < len(classes):
        twice = next(name for name in classes if list(classes).count(name) > 1)
        raise DataError(f"each class needs a name of its own, and several are {twice!r}")


def picture_name(picture: Picture, index: int) -> str:
    """Return the path of a picture, or ``"picture 7"`` for one that is no file."""
    return os.fsdecode(picture) if isinstance(picture, (str, os.PathLike)) else f"picture {index}"


def name_classes(
    codes: IntArray, raw: Sequence[str], new_names: dict[str, str] | None = None
) -> tuple[IntArray, tuple[str, ...]]:
    """Turn codes into raw names into labels of sorted classes.

    Parameters
    ----------
    codes : ndarray of int64, shape (n,)
        Index into ``raw``; -1 where there is no label.
    raw : sequence of str
        Names as they were found; several may be spellings of one class, and some may be unused.
    new_names : dict of str to str, optional
        What the classes are to be called.

    Returns
    -------
    labels : ndarray of int64, shape (n,)
    classes : tuple of str
    """
    used = set(np.unique(codes).tolist())
    names = [class_name(name) for name in raw]
    if new_names is not None:
        names = [new_names.get(name, name) for name in names]
    classes = sorted({name for code, name in enumerate(names) if code in used}, key=natural_key)
    position = {name: index for index, name in enumerate(classes)}
    # The last entry is what the code -1 picks.
    table = np.array([position.get(name, -1) for name in names] + [-1], dtype=np.int64)
    return table[codes], tuple(classes)


def describe(total: int, classes: Sequence[str], given: NDArray[np.int8] | None = None) -> str:
    """Return the numbers of pictures, by split where there are several, and of classes.

    Examples
    --------
    >>> describe(3, ("cat", "dog"), np.array([0, 0, 2], np.int8))
    '2 train, 1 test pictures in 2 classes'
    """
    if given is None or not given.any():
        pictures = plural(total, "picture")
    else:
        counts = np.bincount(given, minlength=len(SPLIT_NAMES)).tolist()
        parts = [f"{count:,} {name}" for count, name in zip(counts, SPLIT_NAMES, strict=True) if count]
        pictures = f"{', '.join(parts)} pictures"
    return f"{pictures} in {plural(len(classes), 'class', 'classes')}" if classes else f"{pictures}, no labels"


def align(dataset: Dataset, classes: Sequence[str]) -> Dataset:
    """Relabel a data set to the classes of a model, by name.

    Parameters
    ----------
    dataset : Dataset
        It may lack some of the classes.
    classes : sequence of str
        The classes of the model, in its order.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        When a picture has no label, or a class that the model does not know.

    Examples
    --------
    >>> from headway.dataset import read
    >>> dataset = read([np.zeros((8, 8), np.uint8)], ["dog"])
    >>> align(dataset, ["cat", "dog"]).labels.tolist()
    [1]
    """
    bare = int(np.count_nonzero(dataset.labels < 0))
    if bare:
        raise DataError(
            f"labels are needed to score a model, and {bare:,} of {plural(len(dataset), 'picture')} have none: "
            "put each class into a folder of its own, give a table with a label column, or labels with the list"
        )
    position = {class_name(name): index for index, name in enumerate(classes)}
    counts = dataset.counts()
    unknown = [name for name in dataset.classes if counts[name] and name not in position]
    if unknown:
        near = difflib.get_close_matches(unknown[0], list(position), n=1)
        hint = f". Did you mean {near[0]!r}?" if near else ""
        verb = "is" if len(unknown) == 1 else "are"
        raise DataError(
            f"every class must be known to the model, and {some(unknown)} {verb} not; "
            f"it knows {some(list(classes), 20)}{hint}"
        )
    table = np.array([position.get(name, -1) for name in dataset.classes] + [-1], dtype=np.int64)
    return Dataset(
        dataset.pictures,
        table[dataset.labels],
        tuple(classes),
        dataset.given,
        dataset.groups,
        dataset.source,
        dataset.skipped,
    )


def check_trainable(dataset: Dataset) -> None:
    """Refuse a data set from which no classifier can be learnt.

    Parameters
    ----------
    dataset : Dataset

    Raises
    ------
    DataError
        When there are no pictures or labels, one class only, about as many classes as pictures, a class with fewer than
        2 pictures to learn from, or a class that the given training split lacks.

    Examples
    --------
    >>> from headway.dataset import read
    >>> check_trainable(read([np.zeros((8, 8), np.uint8)] * 2, ["dog", "dog"]))
    Traceback (most recent call last):
    headway.errors.DataError: at least 2 classes are needed, and all 2 pictures are 'dog': ...
    """
    total = len(dataset)
    if not total:
        raise DataError("there are no pictures to learn from")
    bare = int(np.count_nonzero(dataset.labels < 0))
    if bare:
        raise DataError(
            f"every picture needs a label to learn from, and {bare:,} of {total:,} have none: "
            "put each class into a folder of its own, or give a table with a label column"
        )
    present = {name: count for name, count in dataset.counts().items() if count}
    if len(present) == 1:
        only = next(iter(present))
        raise DataError(
            f"at least 2 classes are needed, and all {total:,} pictures are {only!r}: add a folder for another class; "
            f"if {only!r} is a folder around the class folders, give that folder"
        )
    if len(present) * 2 > total:
        raise DataError(
            f"each class needs at least 2 pictures, and there are {len(present):,} classes for {total:,} pictures: "
            f"are {some(list(present), 3)} really classes?"
        )
    _check_enough(present, "")
    if dataset.given is not None:
        _check_given(dataset, present)


def _check_enough(counts: dict[str, int], where: str) -> None:
    few = [name for name, count in counts.items() if count < 2]
    if few:
        raise DataError(
            f"each class needs at least 2 pictures{where}, and {plural(len(few), 'class has', 'classes have')} 1: "
            f"{some(few)}. Add pictures, or take the class out"
        )


def _check_given(dataset: Dataset, present: dict[str, int]) -> None:
    given: NDArray[Any] = np.asarray(dataset.given)
    train = np.flatnonzero(given == TRAIN)
    if not len(train):
        raise DataError(
            f"a training split is needed, and all pictures are in {SPLIT_NAMES[int(given.min())]}: "
            "add a 'train' folder or 'train' rows"
        )
    counts = dataset.counts(train)
    absent = [name for name in present if not counts[name]]
    if absent:
        raise DataError(
            f"every class needs pictures in the training split, and {some(absent)} "
            f"{'has' if len(absent) == 1 else 'have'} them elsewhere only: move some there, or take the class out"
        )
    _check_enough({name: counts[name] for name in present}, " in the training split")
