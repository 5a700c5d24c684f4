"""Which of the pictures are learnt from, and which are tested on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from headway.dataset import check_trainable
from headway.dataset.names import plural
from headway.errors import DataError
from headway.recipe import Recipe
from headway.splits import Split, folds, merge_groups, repeats, split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.dataset import Dataset
    from headway.embedding import FeatureTable
    from headway.types import IntArray, Progress

_FEWEST_UNITS = 3  # pictures of a class: one to test on, and two to learn from and to cross-validate
_LARGE_RATIO = 5  # of the largest class to the smallest: from here on the summary warns
_VALIDATION_FRACTION = 0.12  # of the training pictures, where a network is trained and the data has no validation split


@dataclass(frozen=True, eq=False)
class Division:
    """The readable pictures of a data set and how they are split. The same for every recipe with the same seed.

    Parameters
    ----------
    data : Dataset
        The pictures that could be read.
    hashes : sequence of bytes
        SHA-256 of each one's content.
    groups : int64 array (n,)
        Pictures of one group stay on one side.
    parts : Split
        Positions in ``data``.
    """

    data: Dataset
    hashes: tuple[bytes, ...]
    groups: IntArray
    parts: Split

    @property
    def labels(self) -> IntArray:
        """Classes of all pictures, int64 (n,)."""
        return self.data.labels

    @property
    def n_classes(self) -> int:
        """How many classes there are."""
        return len(self.data.classes)

    @cached_property
    def learnt(self) -> IntArray:
        """Positions of the pictures that may be learnt from: training and validation."""
        return np.concatenate([self.parts.train, self.parts.validation])

    @cached_property
    def shared(self) -> int:
        """How many test pictures have the very content of one of those."""
        return int(repeats(self.hashes, self.parts.test, self.learnt).sum())

    @cached_property
    def majority(self) -> int:
        """The most frequent class among those."""
        return int(np.bincount(self.labels[self.learnt], minlength=self.n_classes).argmax())

    def folds_of_learnt(self, recipe: Recipe) -> list[tuple[IntArray, IntArray]]:
        """Return what to learn from and what to predict, as positions in ``learnt``.

        The folds of a cross-validation, or the one pair of the data set's own validation split.
        """
        if len(self.parts.validation):
            rows = np.arange(len(self.learnt))
            return [(rows[: len(self.parts.train)], rows[len(self.parts.train) :])]
        return self._folds(self.learnt, recipe)

    def folds_of_all(self, recipe: Recipe) -> list[tuple[IntArray, IntArray]]:
        """Return the folds of a cross-validation over all pictures."""
        return self._folds(np.arange(len(self.labels)), recipe)

    def _folds(self, rows: IntArray, recipe: Recipe) -> list[tuple[IntArray, IntArray]]:
        pairs = folds(self.labels[rows], groups=self.groups[rows], n_folds=recipe.folds, seed=recipe.seed)
        if len(pairs) < recipe.folds != Recipe.folds:  # the usual number is no wish: few pictures get fewer folds
            label, units = self.most_units(rows)
            raise DataError(
                f"{recipe.folds} folds cannot be filled, only {len(pairs):,}: the largest class, "
                f"{self.data.classes[label]!r}, has {units:,} pictures to divide (a group or identical ones count "
                f"once): take --folds {min(len(pairs), max(units, 2))} or fewer, or add pictures"
            )
        return pairs

    def most_units(self, rows: IntArray) -> tuple[int, int]:
        """Return the class with most groups among some pictures, and how many these are; identical files are one."""
        pairs = np.unique(np.stack([self.labels[rows], self.groups[rows]]), axis=1)
        counts = np.bincount(pairs[0], minlength=self.n_classes)
        return int(counts.argmax()), int(counts.max())

    def held_back(self, recipe: Recipe) -> tuple[IntArray, IntArray]:
        """Return positions to train a network on and to watch it by: the data's validation split, or one made here."""
        if len(self.parts.validation):
            return self.parts.train, self.parts.validation
        inner = split(
            self.labels[self.learnt],
            groups=self.groups[self.learnt],
            test_fraction=_VALIDATION_FRACTION,
            seed=recipe.seed,
        )
        return self.learnt[inner.train], self.learnt[inner.test]


def divide(dataset: Dataset, table: FeatureTable, recipe: Recipe, progress: Progress) -> Division:
    """Split the pictures that could be read, and say what makes the scores doubtful."""
    readable = dataset if len(table.rows) == len(dataset) else dataset.subset(table.rows)
    if readable is not dataset:
        check_trainable(readable)
    groups = merge_groups(table.hashes, readable.groups)
    parts = split(
        readable.labels, given=readable.given, groups=groups, test_fraction=recipe.test_fraction, seed=recipe.seed
    )
    division = Division(readable, tuple(table.hashes), groups, parts)
    _check_fraction(division, recipe)
    for leak in _leaks(division):
        progress.note(leak)
    if (said := imbalance(division, recipe)) is not None:
        progress.note(said)
    return division


def _leaks(division: Division) -> Iterator[str]:
    """Say which pictures of a given split are not new to what they are to judge."""
    parts, groups = division.parts, division.groups
    learnt = "training or validation" if len(parts.validation) else "training"
    for name, rows, others, where in (
        ("validation", parts.validation, parts.train, "training"),
        ("test", parts.test, division.learnt, learnt),
    ):
        same = repeats(division.hashes, rows, others)
        if count := int(same.sum()):
            are = "is" if count == 1 else "are"
            yield f"{plural(count, f'{name} picture')} {are} also in {where}: the {name} score is too good"
        if count := int((np.isin(groups[rows], groups[others]) & ~same).sum()):
            have = "has others of its" if count == 1 else "have others of their"
            yield f"{plural(count, f'{name} picture')} {have} group in {where}: the {name} score is too good"


def _check_fraction(division: Division, recipe: Recipe) -> None:
    """Refuse a test split so large that nothing is left to cross-validate."""
    label, units = division.most_units(np.arange(len(division.labels)))
    if division.parts.how.startswith("given") or division.most_units(division.learnt)[1] > 1 or units < _FEWEST_UNITS:
        return
    raise DataError(
        f"a test fraction of {recipe.test_fraction:g} leaves no class with 2 pictures to learn from, though "
        f"{division.data.classes[label]!r} has {units:,}: take a smaller one, such as --test-fraction "
        f"{Recipe.test_fraction:g}"
    )


def imbalance(division: Division, recipe: Recipe) -> str | None:
    """Say that the classes are of very unequal size, and what is done about it; None where they are not."""
    counts = np.bincount(division.labels, minlength=division.n_classes)
    counts = np.where(counts, counts, len(division.labels) + 1)  # a class without pictures is another matter
    least = int(counts.argmin())
    most = int(np.bincount(division.labels, minlength=division.n_classes).argmax())
    sizes = int((division.labels == most).sum()), int((division.labels == least).sum())
    if sizes[0] <= _LARGE_RATIO * sizes[1]:
        return None
    names = division.data.classes
    done = {
        "none": "nothing is done about it: look at the macro F1, and try --balance weights",
        "weights": "every class counts the same in training (--balance weights)",
        "undersample": "pictures of the larger classes are left out of training (--balance undersample)",
        "oversample": "pictures of the smaller classes are repeated in training (--balance oversample)",
        "smote": "the smaller classes are filled up by SMOTE in training (--balance smote)",
    }[recipe.balance]
    uneven = f"{names[most]} has {sizes[0]:,} pictures and {names[least]} {sizes[1]:,}"
    return f"classes of very unequal size: {uneven}; {done}"
