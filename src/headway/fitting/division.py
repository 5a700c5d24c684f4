"""Which of the images are learned from, and which are tested on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypedDict

import numpy as np

from headway.dataset import check_trainable
from headway.dataset.core import alike_classes, contradictions
from headway.dataset.names import SPLIT_NAMES
from headway.errors import DataError
from headway.facts.data import Contradiction, Imbalance, OneColour, Overlap
from headway.preparation.balance import balancing, unequal_classes
from headway.recipe import Recipe
from headway.rendering import data as wording
from headway.splits import TEST, VALIDATION, Split, folds, merge_groups, repeats, split, uneven

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.dataset import Dataset
    from headway.embedding import FeatureTable
    from headway.types import IntArray, Progress

_COPIED_CLASS = 0.9  # of its pictures are in other classes, too
_FEWEST_UNITS = 3  # images of a class: one to test on, and two to learn from and to cross-validate
_VALIDATION_FRACTION = 0.12  # of the training images, where a network is trained and the data has no validation split


class Ties(TypedDict):
    """Which rows of a search are not independent, as keywords of `headway.search.search`."""

    contents: IntArray | None
    groups: IntArray


@dataclass(frozen=True, eq=False)
class Division:
    """The readable images of a data set and how they are split. The same for every recipe with the same seed.

    Parameters
    ----------
    data : Dataset
        The images that could be read.
    hashes : sequence of bytes
        SHA-256 of each one's content.
    groups : int64 array (n,)
        Images of one group stay on one side.
    parts : Split
        Positions in ``data``.
    one_colour : OneColour or None
        The images in which nothing is to be seen.
    """

    data: Dataset
    hashes: tuple[bytes, ...]
    groups: IntArray
    parts: Split
    one_colour: OneColour | None = None

    @property
    def labels(self) -> IntArray:
        """Classes of all images, int64 (n,)."""
        return self.data.labels

    @property
    def n_classes(self) -> int:
        """How many classes there are."""
        return len(self.data.classes)

    @property
    def is_given(self) -> bool:
        """Whether the data set brings its split."""
        return self.parts.division.kind in ("given", "validation-as-test")

    @cached_property
    def development_rows(self) -> IntArray:
        """Positions of the images that may be learned from: training and validation."""
        return np.concatenate([self.parts.train, self.parts.validation])

    @cached_property
    def part_of_row(self) -> IntArray:
        """The part that each image is in, int64 (n,): 0 training, 1 validation, 2 test."""
        part = np.zeros(len(self.labels), np.int64)
        part[self.parts.validation], part[self.parts.test] = VALIDATION, TEST
        return part

    def counts(self) -> dict[str, dict[str, int]]:
        """Count the images of each class in each part that has any."""
        rows_of = (self.parts.train, self.parts.validation, self.parts.test)
        return {name: self.data.counts(rows) for name, rows in zip(SPLIT_NAMES, rows_of, strict=True) if len(rows)}

    @cached_property
    def contents(self) -> IntArray:
        """Numbers of the contents, int64 (n,): identical images have the same."""
        return merge_groups(self.hashes, None)

    def counts_as_one(self, recipe: Recipe) -> bool:
        """Whether identical images count as one in the scores: not in a given split, nor as publications count."""
        return not self.is_given and not recipe.is_as_published

    def counted(self, recipe: Recipe) -> NDArray[np.bool_]:
        """Say which images are counted, bool (n,): of identical ones with the same label the first, if they are one."""
        if not self.counts_as_one(recipe):
            return np.ones(len(self.labels), np.bool_)
        first = np.unique(np.stack([self.contents, self.labels]), axis=1, return_index=True)[1]
        return np.isin(np.arange(len(self.labels)), first)

    def ties(self, rows: IntArray, recipe: Recipe) -> Ties:
        """Return which of some images count as one in a search, and which belong together."""
        contents = self.contents[rows] if self.counts_as_one(recipe) else None
        return Ties(contents=contents, groups=self.groups[rows])

    @cached_property
    def seen_in_training(self) -> NDArray[np.bool_]:
        """Which test images have the very content of one of those, bool (test,)."""
        return repeats(self.hashes, self.parts.test, self.development_rows)

    @cached_property
    def majority(self) -> int:
        """The most frequent class among those."""
        return int(np.bincount(self.labels[self.development_rows], minlength=self.n_classes).argmax())

    def development_folds(self, recipe: Recipe) -> list[tuple[IntArray, IntArray]]:
        """Return what to learn from and what to predict, as positions in ``development_rows``.

        The folds of a cross-validation, or the one pair of the data set's own validation split.
        """
        if len(self.parts.validation):
            rows = np.arange(len(self.development_rows))
            return [(rows[: len(self.parts.train)], rows[len(self.parts.train) :])]
        return self._folds(self.development_rows, recipe)

    def all_folds(self, recipe: Recipe) -> list[tuple[IntArray, IntArray]]:
        """Return the folds of a cross-validation over all images."""
        return self._folds(np.arange(len(self.labels)), recipe)

    def folds_of(self, rows: IntArray, n_folds: int, seed: int) -> list[tuple[IntArray, IntArray]]:
        """Return the folds of a cross-validation over some of the images, as positions in ``rows``.

        Changed copies of images are learned from only.
        """
        contents = [self.hashes[row] for row in rows.tolist()]
        pairs = folds(self.labels[rows], contents=contents, groups=self.groups[rows], n_folds=n_folds, seed=seed)
        own = [(train, held_out[self.are_own(rows[held_out])]) for train, held_out in pairs]
        return [(train, held_out) for train, held_out in own if len(held_out)]

    def are_own(self, rows: IntArray) -> NDArray[np.bool_]:
        """Say which images are themselves, and not a changed copy of another."""
        return np.ones(len(rows), np.bool_) if self.data.copies is None else self.data.copies[rows] == 0

    def _folds(self, rows: IntArray, recipe: Recipe) -> list[tuple[IntArray, IntArray]]:
        pairs = self.folds_of(rows, recipe.folds, recipe.seed)
        if len(pairs) < recipe.folds != Recipe.folds:  # the default was not asked for: few images get fewer folds
            label, units = self.most_units(rows)
            raise DataError(
                f"{recipe.folds} folds cannot be filled, only {len(pairs):,}: the largest class, "
                f"{self.data.classes[label]!r}, has {units:,} pictures to divide (a group or identical ones count "
                f"once): take --folds {max(len(pairs), 2)} or fewer, or add pictures"
            )
        return pairs

    def most_units(self, rows: IntArray) -> tuple[int, int]:
        """Return the class with most groups among some images, and how many these are; identical files are one."""
        pairs = np.unique(np.stack([self.labels[rows], self.groups[rows]]), axis=1)
        counts = np.bincount(pairs[0], minlength=self.n_classes)
        return int(counts.argmax()), int(counts.max())

    def training_and_validation(self, recipe: Recipe) -> tuple[IntArray, IntArray]:
        """Return positions to train a network on and to watch it by: the data's validation split, or one made here."""
        if len(self.parts.validation):
            return self.parts.train, self.parts.validation
        rows = self.development_rows
        inner = split(
            self.labels[rows],
            contents=[self.hashes[row] for row in rows.tolist()],
            groups=self.groups[rows],
            test_fraction=_VALIDATION_FRACTION,
            seed=recipe.seed,
        )
        if not len(inner.test):
            raise DataError(
                "training a network needs validation pictures, and no class has 2 groups, of which one could be held "
                "back: add pictures of other groups, or a validation split"
            )
        watched = rows[inner.test]
        return rows[inner.train], watched[self.are_own(watched)]

    @cached_property
    def overlaps(self) -> tuple[Overlap, ...]:
        """Images of a given split that are not new to what they are to judge."""
        parts, found = self.parts, []
        development = ("training", "validation") if len(parts.validation) else ("training",)
        for part, rows, others, among in (
            ("validation", parts.validation, parts.train, ("training",)),
            ("test", parts.test, self.development_rows, development),
        ):
            same = repeats(self.hashes, rows, others)
            grouped = np.isin(self.groups[rows], self.groups[others]) & ~same
            for by, count in (("content", int(same.sum())), ("group", int(grouped.sum()))):
                if count:
                    found.append(Overlap(part, among, by, count))  # type: ignore[arg-type]
        return tuple(found)

    @cached_property
    def contradictions(self) -> tuple[Contradiction, ...]:
        """The contents that are under several labels, in the order of the images."""
        return contradictions(self.data, self.hashes)

    def imbalance(self, recipe: Recipe) -> Imbalance | None:
        """Return the largest and the smallest class to learn from where their sizes are very unequal, or None."""
        counts = np.bincount(self.labels[self.development_rows], minlength=self.n_classes)
        if (unequal := unequal_classes(counts)) is None:
            return None
        largest, smallest = unequal
        names = self.data.classes
        return Imbalance(
            names[largest],
            names[smallest],
            int(counts[largest]),
            int(counts[smallest]),
            recipe.balance,
            self._remedy(int(counts[smallest]), recipe),
        )

    def _remedy(self, smallest: int, recipe: Recipe) -> Literal["weights", "undersample", "smote"]:
        if recipe.finetune != "none" or recipe.scratch != "none":
            return "weights"  # the others change the rows that a head learns from
        return balancing(smallest)


def divide(dataset: Dataset, table: FeatureTable, recipe: Recipe, progress: Progress) -> Division:
    """Split the images that could be read, and warn of what makes the scores doubtful."""
    readable = dataset if len(table.rows) == len(dataset) else dataset.subset(table.rows)
    if readable is not dataset:
        check_trainable(readable)
    groups = merge_groups(table.hashes, readable.groups)
    parts = split(
        readable.labels,
        contents=table.hashes,
        given=readable.given,
        groups=groups,
        test_fraction=recipe.test_fraction,
        seed=recipe.seed,
    )
    parts = _with_uneven(parts, readable)
    if readable.copies is not None:
        parts = _judged_by_pictures(parts, readable.copies)
    division = Division(readable, tuple(table.hashes), groups, parts, table.of_one_colour(dataset))
    _check_fraction(division, recipe)
    for overlap in division.overlaps:
        progress.warn(wording.overlap(overlap))
    _check_copied_classes(division)
    if alike := alike_classes(division.data.classes):
        progress.warn(wording.alike_classes(alike))
    if division.contradictions:
        folder = dataset.source.name or ""
        progress.warn(wording.contradictions(len(division.contradictions), division.contradictions, folder))
    if division.one_colour is not None:
        progress.warn(wording.one_colour(division.one_colour, dataset.source.name or ""))
    if (imbalance := division.imbalance(recipe)) is not None:
        progress.warn(wording.imbalance(imbalance))
    return division


def _with_uneven(parts: Split, data: Dataset) -> Split:
    """Add what whole groups left unequal."""
    fact = parts.division
    if fact.kind != "stratified" or fact.test_fraction is None:
        return parts
    left = uneven(data.labels, parts.test, "test", fact.test_fraction, data.classes)
    return replace(parts, division=replace(fact, uneven=left))


def _judged_by_pictures(parts: Split, copies: NDArray[np.int8]) -> Split:
    """Leave out changed copies, which come with their pictures where a file brings no split, but for training."""
    validation, test = (rows[copies[rows] == 0] for rows in (parts.validation, parts.test))
    fact = replace(parts.division, validation=len(validation), test=len(test))
    return replace(parts, validation=validation, test=test, division=fact)


def _check_copied_classes(division: Division) -> None:
    """Refuse a class whose pictures nearly all are in other classes, too: its folder holds copies, and is no class."""
    labels_of: dict[bytes, set[int]] = {}
    for content, label in zip(division.hashes, division.labels.tolist(), strict=True):
        labels_of.setdefault(content, set()).add(label)
    own = np.zeros((2, division.n_classes), np.int64)
    for labels in labels_of.values():
        for label in labels:
            own[int(len(labels) > 1), label] += 1
    for label, (alone, copied) in enumerate(own.T.tolist()):
        if copied > 1 and copied >= _COPIED_CLASS * (alone + copied):
            name = division.data.classes[label]
            raise DataError(
                f"a class must have pictures of its own, and {copied:,} of {alone + copied:,} of {name!r} are in other "
                f"classes, too: if it is a copy or a collection of others, leave it out (--exclude './{name}')"
            )


def _check_fraction(division: Division, recipe: Recipe) -> None:
    """Refuse a test split so large that nothing is left to cross-validate."""
    label, units = division.most_units(np.arange(len(division.labels)))
    if division.is_given or division.most_units(division.development_rows)[1] > 1 or units < _FEWEST_UNITS:
        return
    raise DataError(
        f"a test fraction of {recipe.test_fraction:g} leaves no class with 2 pictures to learn from, though "
        f"{division.data.classes[label]!r} has {units:,}: take a smaller one, such as --test-fraction "
        f"{Recipe.test_fraction:g}"
    )
