"""The data set: images, their labels by name, and what is known about them."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from headway.dataset.classnames import ClassNames, new_names
from headway.dataset.names import SPLIT_NAMES, TRAIN, class_name, natural_key, plural, some
from headway.dataset.problems import are_measured
from headway.errors import DataError
from headway.facts.data import Contradiction, Source
from headway.images.source import picture_name
from headway.rendering.blocks import Block, Line
from headway.rendering.data import class_counts, regression
from headway.rendering.data import source as source_line
from headway.rendering.html import html
from headway.rendering.reading import guesses

if TYPE_CHECKING:
    from headway.types import IntArray, Picture

_UNKNOWN = Source("objects", None, 0, 0)


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Images and their labels.

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
    source : Source, optional
        What was read; `headway.rendering.data.source` says it in one line.
    skipped : mapping of str to int
        Why files, folders or rows were skipped, and how many.
    group_names : sequence of str, optional
        Names of the groups, by their numbers; empty where a picture is a group of its own.
    positions : ndarray of int64, shape (n,), optional
        Where each picture stood in the data set that this is a subset of; pictures in memory are named by it.
    class_names : mapping of str to str
        The class of each name that stands in the data, where ``class_names`` said so; empty where the names are as they
        were found.
    copies : ndarray of int8, shape (n,), optional
        0 for a picture itself, else which of its changed copies it is: these are learned from, and nothing is scored by
        them.
    confirmed : frozenset of (str, str)
        The name of a picture and of a check whose finding about it a person found to be no fault; any check, where the
        latter is empty.

    Raises
    ------
    DataError
        When the lengths differ, a label has no class, or a class no name of its own.

    Examples
    --------
    >>> from headway.dataset import read
    >>> pictures = [np.zeros((8, 8, 3), np.uint8)] * 3
    >>> dataset = read(pictures, ["dog", "cat", "dog"])
    >>> dataset
    <headway.Dataset: list: 3 pictures in 2 classes>
    >>> dataset.classes, dataset.labels.tolist(), dataset.counts()
    (('cat', 'dog'), [1, 0, 1], {'cat': 1, 'dog': 2})
    """

    pictures: Sequence[Picture]
    labels: IntArray
    classes: tuple[str, ...]
    given: NDArray[np.int8] | None = None
    groups: IntArray | None = None
    source: Source = _UNKNOWN
    skipped: Mapping[str, int] = field(default_factory=dict)
    group_names: Sequence[str] = ()
    positions: IntArray | None = None
    class_names: Mapping[str, str] = field(default_factory=dict)
    copies: NDArray[np.int8] | None = None
    confirmed: frozenset[tuple[str, str]] = frozenset()

    def __post_init__(self) -> None:
        for what, values in (
            ("labels", self.labels),
            ("given", self.given),
            ("groups", self.groups),
            ("copies", self.copies),
        ):
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
        if self.source is _UNKNOWN:
            object.__setattr__(self, "source", Source("objects", None, len(self), len(self.classes)))

    def __len__(self) -> int:
        return len(self.pictures)

    def __repr__(self) -> str:
        return f"<headway.Dataset: {self._summary()}>"

    def _repr_html_(self) -> str:
        """Return the pictures of each class as a table, for notebooks."""
        blocks: list[Block] = [Line(self._summary())]
        if self.classes:
            parts = {"pictures": self.counts()}
            if self.given is not None:
                codes = np.unique(self.given).tolist()
                parts = {SPLIT_NAMES[code]: self.counts(np.flatnonzero(self.given == code)) for code in codes}
            blocks.append(class_counts(parts))
        return html(blocks)

    def _summary(self) -> str:
        part = "" if len(self) == self.source.pictures + self.source.copies else f"{len(self):,} of: "
        return part + source_line(self.source)

    def name(self, index: int) -> str:
        """Return the path of a picture, or ``"picture 7"`` for one that is not a file."""
        return picture_name(self.pictures[index], index if self.positions is None else int(self.positions[index]))

    def names(self, rows: IntArray) -> list[str]:
        """Return the names of the pictures at ``rows``, int64."""
        return [self.name(row) for row in rows.tolist()]

    def subset(self, indices: ArrayLike) -> Dataset:
        """Return the pictures at ``indices`` (int64 or bool), in that order; the classes stay the same."""
        chosen = np.asarray(indices)
        chosen = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen.astype(np.int64)
        return replace(
            self,
            pictures=[self.pictures[i] for i in chosen.tolist()],
            labels=self.labels[chosen],
            given=None if self.given is None else self.given[chosen],
            groups=None if self.groups is None else self.groups[chosen],
            copies=None if self.copies is None else self.copies[chosen],
            positions=chosen if self.positions is None else self.positions[chosen],
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


class NamedClasses(NamedTuple):
    """Labels, the names of their classes, and what ``class_names`` made of the names as they were found."""

    labels: IntArray
    classes: tuple[str, ...]
    class_names: dict[str, str]


def name_classes(codes: IntArray, raw: Sequence[str], class_names: ClassNames | None = None) -> NamedClasses:
    """Turn codes into labels of sorted classes.

    ``codes`` are indices into ``raw``, the names as they were found, -1 where there is no label. Several raw names may
    be spellings of one class, and some may be unused.
    """
    found = [class_name(name) for name in raw]
    used = {found[code] for code in np.unique(codes).tolist() if code >= 0}
    renamed = new_names(raw, class_names) or {}
    names = [renamed.get(name, name) for name in found]
    classes = tuple(sorted({renamed.get(name, name) for name in used}, key=natural_key))
    own = {name: new for name, new in renamed.items() if name in used}
    return NamedClasses(_positions(names, classes)[codes], classes, own)


def _positions(names: Sequence[str], classes: Sequence[str]) -> IntArray:
    """Return the index of each name among the classes, -1 for any other; the last entry is what the label -1 picks."""
    position = {class_name(name): index for index, name in enumerate(classes)}
    return np.array([position.get(name, -1) for name in names] + [-1], dtype=np.int64)


def count_splits(given: NDArray[np.int8] | None) -> dict[str, int]:
    """Return the pictures of each split that has any; nothing where all are for training."""
    if given is None or not given.any():
        return {}
    counts = np.bincount(given, minlength=len(SPLIT_NAMES)).tolist()
    return {name: count for name, count in zip(SPLIT_NAMES, counts, strict=True) if count}


def align(dataset: Dataset, classes: Sequence[str]) -> Dataset:
    """Relabel a data set, which may lack some of the classes, to those of a model, by name and in its order.

    A picture without a label, or of a class that the model does not know, is a `DataError`.

    Examples
    --------
    >>> from headway.dataset import read
    >>> dataset = read([np.zeros((8, 8), np.uint8)], ["dog"])
    >>> align(dataset, ["cat", "dog"]).labels.tolist()
    [1]
    """
    with naming_guesses(dataset.source):
        _check_known(dataset, classes)
    return replace(dataset, labels=_positions(dataset.classes, classes)[dataset.labels], classes=tuple(classes))


def _check_known(dataset: Dataset, classes: Sequence[str]) -> None:
    unlabelled = int(np.count_nonzero(dataset.labels < 0))
    if unlabelled:
        raise DataError(
            f"labels are needed to score a model, and {unlabelled:,} of {plural(len(dataset), 'picture')} have none: "
            "put each class into a folder of its own, give a table with a label column, or labels with the list"
        )
    known = dict.fromkeys(class_name(name) for name in classes)
    counts = dataset.counts()
    unknown = [name for name in dataset.classes if counts[name] and name not in known]
    if unknown:
        near = difflib.get_close_matches(unknown[0], list(known), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        verb = "is" if len(unknown) == 1 else "are"
        raise DataError(
            f"every class must be known to the model, and {some(unknown)} {verb} not; "
            f"it knows {some(list(classes), 20)}.{hint} skip_unknown (--skip-unknown) goes on without such pictures"
        )


@contextmanager
def naming_guesses(source: Source) -> Iterator[None]:
    """Add to an error what was guessed in reading: it may come of that."""
    try:
        yield
    except DataError as error:
        guessed = "; ".join(guesses(source))
        if not guessed or guessed in str(error):
            raise
        raise DataError(f"{error}. This was guessed: {guessed}") from error


def alike_classes(classes: Sequence[str]) -> tuple[str, ...]:
    """Return the classes whose names differ from others in capitals and spaces only.

    Examples
    --------
    >>> alike_classes(["Cat", "cat ", "dog", "dog house"])
    ('Cat', 'cat ')
    """
    plain = ["".join(name.casefold().split()) for name in classes]
    times = Counter(plain)
    return tuple(name for name, bare in zip(classes, plain, strict=True) if times[bare] > 1)


def contradictions(dataset: Dataset, contents: Sequence[bytes]) -> tuple[Contradiction, ...]:
    """Return the contents that are under several labels, in the order of the pictures.

    ``contents`` has something for each picture that stands for its content, such as a hash; what is empty is unknown.

    Examples
    --------
    >>> from headway.dataset import read
    >>> dataset = read([np.zeros((8, 8), np.uint8)] * 3, ["dog", "cat", "dog"])
    >>> contradictions(dataset, [b"x", b"x", b"y"])
    (Contradiction(files=('picture 0', 'picture 1'), labels=('dog', 'cat')),)
    """
    first: dict[bytes, dict[int, int]] = {}
    for row, (content, label) in enumerate(zip(contents, dataset.labels.tolist(), strict=True)):
        if content and label >= 0:
            first.setdefault(content, {}).setdefault(label, row)
    return tuple(
        Contradiction(
            tuple(dataset.name(row) for row in rows.values()), tuple(dataset.classes[label] for label in rows)
        )
        for rows in first.values()
        if len(rows) > 1
    )


def check_trainable(dataset: Dataset) -> None:
    """Refuse a data set that no classifier can be trained on.

    That is one without pictures or labels, of one class only, of numbers that were measured, of about as many classes
    as pictures, with a class of fewer than 2 pictures to learn from, or with one that the given training split lacks.

    Examples
    --------
    >>> from headway.dataset import read
    >>> check_trainable(read([np.zeros((8, 8), np.uint8)] * 2, ["dog", "dog"]))
    Traceback (most recent call last):
    headway.errors.DataError: at least 2 classes are needed, and all 2 pictures are 'dog': ...
    """
    with naming_guesses(dataset.source):
        _check_trainable(dataset)


def _check_trainable(dataset: Dataset) -> None:
    total = len(dataset)
    if not total:
        raise DataError("there are no pictures to learn from")
    unlabelled = int(np.count_nonzero(dataset.labels < 0))
    if unlabelled:
        raise DataError(
            f"every picture needs a label to learn from, and {unlabelled:,} of {total:,} have none: "
            "put each class into a folder of its own, or give a table with a label column"
        )
    present = {name: count for name, count in dataset.counts().items() if count}
    if len(present) == 1:
        only = next(iter(present))
        raise DataError(
            f"at least 2 classes are needed, and all {total:,} pictures are {only!r}: add a folder for another class; "
            f"if {only!r} is a folder around the class folders, give that folder"
        )
    if are_measured(present):
        raise DataError(regression(list(present)))
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
    train = np.flatnonzero(dataset.given == TRAIN)
    if not len(train):
        raise DataError(
            f"a training split is needed, and all pictures are in {next(iter(count_splits(dataset.given)))}: "
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
