"""Several data sets as one."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from functools import cache

import numpy as np

from headway.dataset.core import Dataset, align, count_splits
from headway.dataset.memory import number_groups
from headway.dataset.names import SPLIT_NAMES, TRAIN, alike_split_codes, natural_key, some
from headway.dataset.pictures import archive_stem
from headway.dataset.walk import TABLE_SUFFIXES, suffix
from headway.errors import DataError
from headway.facts.data import Source

REPEATED = "file that an earlier source has already brought"


def join(parts: Sequence[Dataset], titles: Sequence[str]) -> Dataset:
    """Join data sets of paths in their order; classes are matched by name, and so are groups.

    A file that several have is taken once. Pictures whose groups have the same name in two of them are one group: were
    they two, a model could be tested on a patient that it learned from. Splits or groups that only some have, and a
    file with two labels, splits or groups, are a `DataError`; ``titles`` are what to call each in it.
    """
    _check_alike(parts, titles)
    classes = tuple(sorted({name for part in parts for name in part.classes}, key=natural_key))
    rows = _distinct(parts, titles)
    labels = np.concatenate([align(part, classes).labels[own] for part, own in zip(parts, rows, strict=True)])
    given = None
    if parts[0].source.splits_from is not None:
        given = np.concatenate([_given(part)[own] for part, own in zip(parts, rows, strict=True)])
    keys = [name for part, own in zip(parts, rows, strict=True) for name in _group_names(part, own)]
    groups, group_names = number_groups(None if parts[0].groups is None else keys)
    skipped = sum((Counter(part.skipped) for part in parts), Counter[str]())
    skipped[REPEATED] += sum(map(len, parts)) - len(labels)
    return Dataset(
        [part.pictures[row] for part, own in zip(parts, rows, strict=True) for row in own],
        labels,
        classes,
        given if given is not None and given.any() else None,
        groups,
        Source(
            "several",
            None,
            len(labels),
            len(classes),
            splits=count_splits(given),
            splits_from=parts[0].source.splits_from,
            groups_from=parts[0].source.groups_from,
            parts=tuple(part.source for part in parts),
        ),
        {why: count for why, count in skipped.items() if count},
        group_names,
        class_names={found: name for part in parts for found, name in part.class_names.items()},
    )


def check_not_splits(paths: Sequence[str]) -> None:
    """Refuse folders, archives and tables that are the splits of one data set: as sources they would be mixed."""
    names = [os.path.basename(os.path.abspath(path)) for path in paths]
    names = [
        os.path.splitext(name)[0] if suffix(name) in TABLE_SUFFIXES else archive_stem(name) or name for name in names
    ]
    if alike_split_codes(names):
        raise DataError(
            f"several sources are mixed before they are split, and {some(names)} name splits: "
            "give the one folder that holds them, or one table with a split column"
        )


def _check_alike(parts: Sequence[Dataset], titles: Sequence[str]) -> None:
    for what, named in (
        ("train, validation and test splits", [part.source.splits_from is not None for part in parts]),
        ("groups", [part.groups is not None for part in parts]),
    ):
        if len(set(named)) > 1:
            with_it, without = titles[named.index(True)], titles[named.index(False)]
            raise DataError(
                f"{what} must be named by all sources or by none, and {with_it} names them while {without} does not: "
                f"name them there, too, or fit the sources apart"
            )


def _distinct(parts: Sequence[Dataset], titles: Sequence[str]) -> list[list[int]]:
    """Return the rows of each part whose files no earlier part has; what is known of one file must agree."""
    folder = cache(os.path.realpath)

    def real(path: str) -> str:
        joined = os.path.join(folder(os.path.dirname(path)), os.path.basename(path))
        return os.path.realpath(joined) if os.path.islink(joined) else joined  # noqa: PTH114

    seen: dict[str, tuple[int, int]] = {}
    rows: list[list[int]] = []
    for number, part in enumerate(parts):
        own = []
        for row, picture in enumerate(part.pictures):
            if not isinstance(picture, str):
                own.append(row)
                continue
            first, before = seen.setdefault(real(picture), (number, row))
            if first == number:
                own.append(row)
                continue
            for old, new in zip(_about(parts[first], before), _about(part, row), strict=True):
                if old != new:
                    raise DataError(
                        f"sources must agree on a file that several have: {picture!r} is {old!r} in {titles[first]} "
                        f"and {new!r} in {titles[number]}: take it out of one of them"
                    )
        rows.append(own)
    return rows


def _about(part: Dataset, row: int) -> tuple[str, ...]:
    """Return the names of a picture's class, split and group."""
    split = TRAIN if part.given is None else int(part.given[row])
    return (part.classes[part.labels[row]], SPLIT_NAMES[split], *_group_names(part, [row]))


def _given(part: Dataset) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    return np.full(len(part), TRAIN, np.int8) if part.given is None else part.given


def _group_names(part: Dataset, rows: Sequence[int]) -> list[str]:
    return [] if part.groups is None else [part.group_names[part.groups[row]] for row in rows]
