"""Which images belong together, where no column, folder or argument says so."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from headway.dataset.core import Dataset
from headway.dataset.filename import groups_by_pattern
from headway.dataset.grouping.copies import by_copies
from headway.dataset.grouping.counters import by_counters
from headway.dataset.grouping.evidence import Evidence, Names, number
from headway.dataset.grouping.times import by_times
from headway.dataset.grouping.words import by_words
from headway.dataset.memory import number_groups
from headway.dataset.options import ReadingOptions
from headway.errors import DataError
from headway.facts.data import FoundGroups


def with_groups(dataset: Dataset, options: ReadingOptions) -> Dataset:
    """Add the groups that names of files or times of photographs tell, unless others are known or none are wanted.

    Evidence that is not clear adds nothing but the fact, which names the option that would use it.
    """
    if options.group_pattern is not None:
        return _by_pattern(dataset, options)
    if dataset.groups is not None or not options.groups or len(dataset) < 2:
        return dataset
    files = [picture for picture in dataset.pictures if isinstance(picture, str)]
    if len(files) < len(dataset):
        return dataset
    found = _find(files, dataset)
    if found is None:
        return dataset
    fact = _fact(found, files)
    if not found.clear:
        return replace(dataset, source=replace(dataset.source, found_groups=fact))
    source = replace(dataset.source, groups_from="times" if found.by == "times" else "names", found_groups=fact)
    return replace(dataset, groups=number(found.keys), group_names=_names(found), source=source)


def _find(files: Sequence[str], dataset: Dataset) -> Evidence | None:
    """Return the first evidence that is clear, or else the first of all."""
    splits = np.zeros(len(files), np.int64) if dataset.given is None else dataset.given.astype(np.int64)
    names = Names(_below(files), dataset.labels, splits)
    doubtful = None
    for find in (by_words, by_counters, lambda own: by_times(own, files), by_copies):
        found = find(names)
        if found is not None and found.clear:
            return found
        doubtful = doubtful or found
    return doubtful


def _below(files: Sequence[str]) -> list[str]:
    """Return paths from the folder on that all lie in."""
    common = os.path.commonprefix([os.path.dirname(path) + os.sep for path in files])  # noqa: RUF071
    start = common.rfind(os.sep) + 1
    return [path[start:].replace(os.sep, "/") for path in files]


def _fact(found: Evidence, files: Sequence[str]) -> FoundGroups:
    """Count the groups of several images, and show the first."""
    sizes = {key: count for key, count in Counter(found.keys).items() if key != "" and count > 1}
    row = next(row for row, key in enumerate(found.keys) if key in sizes)
    return FoundGroups(
        by=found.by,
        example=found.titles[row],
        file=_below(files)[row],
        groups=len(sizes),
        smallest=min(sizes.values()),
        largest=max(sizes.values()),
        pictures=sum(sizes.values()),
        pattern=found.pattern,
        used=found.clear,
    )


def _names(found: Evidence) -> list[str]:
    """Return a name for each group; those that are called the same, in several classes, are told apart by a number."""
    titles = dict(zip(number(found.keys).tolist(), zip(found.keys, found.titles, strict=True), strict=True))
    times: Counter[str] = Counter()
    names = []
    for _, (key, title) in sorted(titles.items()):
        times[title] += 1
        names.append("" if key == "" else title if times[title] == 1 else f"{title} ({times[title]})")
    return names


def _by_pattern(dataset: Dataset, options: ReadingOptions) -> Dataset:
    """Take the groups that a regular expression finds in paths."""
    if not options.groups:
        raise DataError("--no-groups and --group-pattern contradict each other: give one of them")
    if options.columns.group is not None or dataset.source.groups_from == "pattern":
        raise DataError(
            "groups must come from one place: --group-pattern, --group-column, or a group in --label-pattern"
        )
    files = [picture for picture in dataset.pictures if isinstance(picture, str)]
    if len(files) < len(dataset):
        raise DataError("--group-pattern finds groups in the paths of pictures, and these are not files")
    groups, names = number_groups(groups_by_pattern(_below(files), options.group_pattern or ""))
    return replace(dataset, groups=groups, group_names=names, source=replace(dataset.source, groups_from="pattern"))
