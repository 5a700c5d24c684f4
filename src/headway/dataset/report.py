"""What was understood of a data set, without computing anything from its pictures."""

from __future__ import annotations

import hashlib
import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from headway.dataset.core import Dataset, alike_classes, contradictions
from headway.dataset.names import SPLIT_NAMES
from headway.dataset.problems import are_measured
from headway.facts.documents import Copies, Example, ReadReport

_EXAMPLES = 3
_MOST = 20  # copies and contradictions
_MOST_FILES = 5
_BEGIN = 1 << 16  # bytes that are compared before whole files are


def describe(dataset: Dataset) -> ReadReport:
    """Return what was understood of a data set, and which of its files have the very same content.

    Only files of equal size are read.

    Examples
    --------
    >>> from headway.dataset import read
    >>> report = describe(read([np.zeros((8, 8), np.uint8)] * 3, ["dog", "cat", "dog"]))
    >>> report.counts, report.examples[0]
    ({'pictures': {'cat': 1, 'dog': 2}}, Example(path='picture 1', label='cat', split=None, group=None))
    """
    repeated = _same_content(dataset)
    names = {row: str(number).encode() for number, rows in enumerate(repeated) for row in rows}
    found = contradictions(dataset, [names.get(row, b"") for row in range(len(dataset))])
    given = dataset.given
    sizes = None if dataset.groups is None else np.unique(dataset.groups, return_counts=True)[1]
    return ReadReport(
        source=dataset.source,
        counts=_counts(dataset),
        unlabelled=int(np.count_nonzero(dataset.labels < 0)),
        groups=None if sizes is None else len(sizes),
        largest_group=None if sizes is None else int(sizes.max(initial=0)),
        examples=tuple(_example(dataset, row) for row in _spread(dataset)),
        skipped=dataset.skipped,
        contradicting=len(found),
        contradictions=found[:_MOST],
        copies=tuple(_copies(dataset, rows) for rows in repeated[:_MOST]),
        copied=sum(len(rows) - 1 for rows in repeated),
        alike_classes=alike_classes(dataset.classes),
        measured=are_measured({name: count for name, count in dataset.counts().items() if count}),
        across_splits=0 if given is None else sum(len(set(given[rows].tolist())) > 1 for rows in repeated),
    )


def _counts(dataset: Dataset) -> dict[str, dict[str, int]]:
    if dataset.given is None:
        return {"pictures": dataset.counts()}
    codes = np.unique(dataset.given).tolist()
    return {SPLIT_NAMES[code]: dataset.counts(np.flatnonzero(dataset.given == code)) for code in codes}


def _spread(dataset: Dataset) -> list[int]:
    """Return rows from all over the data set, of several classes where there are some."""
    order = np.argsort(dataset.labels, kind="stable")
    places = np.linspace(0, len(order) - 1, min(_EXAMPLES, len(order))).round().astype(np.int64)
    return order[places].tolist()  # type: ignore[no-any-return]


def _example(dataset: Dataset, row: int) -> Example:
    label = int(dataset.labels[row])
    group = "" if dataset.groups is None else dataset.group_names[dataset.groups[row]]
    return Example(
        dataset.name(row),
        dataset.classes[label] if label >= 0 else None,
        None if dataset.given is None else SPLIT_NAMES[dataset.given[row]],
        group or None,
    )


def _copies(dataset: Dataset, rows: Sequence[int]) -> Copies:
    return Copies(tuple(_example(dataset, row) for row in rows[:_MOST_FILES]), len(rows))


def _same_content(dataset: Dataset) -> list[list[int]]:
    """Return the rows of files with the same content, in the order of the data set."""
    sizes: dict[int, list[int]] = defaultdict(list)
    for row, picture in enumerate(dataset.pictures):
        if isinstance(picture, str):
            try:
                status = os.stat(picture)
            except OSError:  # it is quarantined when its pixels are to be read
                continue
            if stat.S_ISREG(status.st_mode) and status.st_size:
                sizes[status.st_size].append(row)
    found: list[list[int]] = []
    for size, rows in sizes.items():
        for alike in _equal(dataset, rows, _BEGIN):
            found += _equal(dataset, alike, None) if size > _BEGIN else [alike]
    return sorted(found)


def _equal(dataset: Dataset, rows: Iterable[int], limit: int | None) -> Iterator[list[int]]:
    """Yield the rows of files that agree up to a limit in bytes."""
    rows = list(rows)
    if len(rows) < 2:
        return
    digests: dict[bytes, list[int]] = defaultdict(list)
    for row in rows:
        try:
            digests[_digest(dataset.name(row), limit)].append(row)
        except OSError:
            continue
    yield from (alike for alike in digests.values() if len(alike) > 1)


def _digest(path: str, limit: int | None) -> bytes:
    with open(path, "rb", buffering=0) as file:
        if limit is not None:
            return hashlib.sha256(file.read(limit)).digest()
        return hashlib.file_digest(file, "sha256").digest()
