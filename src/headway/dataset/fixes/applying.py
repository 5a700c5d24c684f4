"""A data set as a list of fixes wants it: files stay as they are."""

from __future__ import annotations

import difflib
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headway.cells import text_cell
from headway.dataset.core import count_splits
from headway.dataset.fixes.files import Files
from headway.dataset.fixes.table import Fix, FixList, Mistake, read_fixes
from headway.dataset.names import class_name, natural_key, plural, some
from headway.errors import UnknownNameError
from headway.facts.fixes import Fixes
from headway.splits import merge_groups

if TYPE_CHECKING:
    from headway.dataset.core import Dataset
    from headway.types import IntArray

_NAMED = 10  # files of a message
_SHOWN = 60  # characters of an unknown class
_LEAST = 2  # pictures of a new class
_ALIKE = 0.8  # names of classes from here on may be a slip of the hand


def apply_fixes(dataset: Dataset, path: str | os.PathLike[str] | FixList) -> Dataset:
    """Return a data set without pictures that are dropped, and with the new labels and groups of others.

    Parameters
    ----------
    dataset : Dataset
        As it was read.
    path : path or FixList
        The list of fixes; or what was read of it.

    Raises
    ------
    DataError
        When the list cannot be read, or a row of it does not fit the pictures: the message names the first line, and
        how many more there are.
    """
    fixes = path if isinstance(path, FixList) else read_fixes(path)
    files = Files(dataset)
    decided = [(fix, files.rows(fix.file)) for fix in fixes.rows if fix.decision is not None]
    known = [(fix, rows) for fix, rows in decided if rows]
    classes = _Classes(dataset, [(fix, rows) for fix, rows in known if fix.decision == "relabel"])
    fixes.refuse(
        [
            *_missing(dataset, files, decided),
            *(
                Mistake(fix.line, f"{fix.file!r} may be several files")
                for fix, rows in known
                if not files.are_one(rows)
            ),
            *_contradictions([fix for fix, _ in known]),
            *classes.mistakes,
        ]
    )
    return _applied(dataset, fixes, known, classes)


def _missing(dataset: Dataset, files: Files, decided: Sequence[tuple[Fix, list[int]]]) -> Iterator[Mistake]:
    """Say which files are not among the pictures, and why that may be."""
    missing = [fix for fix, rows in decided if not rows]
    if not missing:
        return
    names = list(dict.fromkeys(fix.file for fix in missing))
    folder = dataset.source.name or ""
    if len(missing) == len(decided):
        first = f", of which the first is {files.cells[0]!r}" if files.cells else ""
        why = f"was the list written for another folder than these pictures{first}?"
    elif (Path(folder) / names[0]).is_file():
        why = "they are there, and are not read: give --include and --exclude as before, or leave these rows out"
    else:
        why = "if they were moved or deleted, leave these rows out"
    found = plural(len(names), "file is", "files are")
    yield Mistake(missing[0].line, f"{found} not among the pictures, {some(names, _NAMED)}: {why}")


def _contradictions(fixes: Sequence[Fix]) -> Iterator[Mistake]:
    """Find pictures with two labels, and findings with two decisions; whatever else is decided, to drop wins."""
    labels: dict[str, Fix] = {}
    decisions: dict[tuple[str, str], Fix] = {}
    for fix in fixes:
        if fix.decision == "relabel" and (first := labels.setdefault(fix.file, fix)).to != fix.to:
            yield Mistake(
                fix.line, f"{fix.file!r} is to be {fix.to!r} here, and {first.to!r} by line {first.line:,}: decide"
            )
        first = decisions.setdefault((fix.file, fix.finding), fix)
        if first.decision != fix.decision:
            about = f" for {fix.finding!r}" if fix.finding else ""
            yield Mistake(
                fix.line,
                f"{fix.file!r} has the decision {fix.decision!r} here, and {first.decision!r} by line "
                f"{first.line:,}{about}: decide",
            )


class _Classes:
    """The classes of a data set, and those that new labels add.

    A new one is taken for meant where two pictures or more get it, as each class needs, and where its name is not much
    like one that there is.
    """

    def __init__(self, dataset: Dataset, relabelled: Sequence[tuple[Fix, list[int]]]) -> None:
        self._known = dataset.classes
        self.labels = {text_cell(name): label for label, name in enumerate(dataset.classes)}
        self.labels |= {name: label for label, name in enumerate(dataset.classes)}
        unknown: dict[str, list[Fix]] = defaultdict(list)
        for fix, _ in relabelled:
            if class_name(fix.to) not in self.labels:
                unknown[class_name(fix.to)].append(fix)
        self.new = [name for name, fixes in unknown.items() if self._is_meant(name, fixes)]
        self.labels |= {name: label for label, name in enumerate(self.new, start=len(dataset.classes))}
        self.mistakes = [
            Mistake(fixes[0].line, self._mistake(name)) for name, fixes in unknown.items() if name not in self.labels
        ]

    def _is_meant(self, name: str, fixes: Sequence[Fix]) -> bool:
        if not self._known or len({fix.file for fix in fixes}) < _LEAST:
            return False
        known = [each.casefold() for each in self._known]
        return not difflib.get_close_matches(name.casefold(), known, n=1, cutoff=_ALIKE)

    def _mistake(self, name: str) -> str:
        if not self._known:
            return "the pictures have no labels, and none can be changed"
        why = UnknownNameError("class", name[:_SHOWN], self._known, list_all=len(self._known) <= _NAMED)
        return f"{why}; a new class needs {_LEAST} pictures, and a name unlike those of others"

    def label(self, fix: Fix) -> int:
        """Return the label that a row wants."""
        return self.labels[class_name(fix.to)]


def _applied(dataset: Dataset, fixes: FixList, decided: Sequence[tuple[Fix, list[int]]], classes: _Classes) -> Dataset:
    labels = dataset.labels.copy()
    stays = np.ones(len(dataset), bool)
    members: dict[str, set[int]] = defaultdict(set)
    confirmed: set[tuple[str, str]] = set()
    for fix, rows in decided:
        match fix.decision:
            case "drop":
                stays[rows] = False
            case "relabel":
                labels[rows] = classes.label(fix)
            case "group":
                members[fix.to].update(rows)
            case _:
                confirmed |= {(dataset.name(row), fix.finding) for row in rows}
    own = {row for rows in members.values() for row in rows if stays[row]}
    groups, group_names = _grouped(dataset, members)
    names = (*dataset.classes, *classes.new)
    fact = Fixes(
        fixes.path,
        dropped=int(np.count_nonzero(~stays)),
        relabelled=int(np.count_nonzero((labels != dataset.labels) & stays)),
        grouped=len(own),
        groups=0 if groups is None else len({int(groups[row]) for row in own}),
        kept=len({name for name, _ in confirmed}),
        undecided=sum(fix.decision is None for fix in fixes.rows),
        new_classes=tuple(sorted(classes.new, key=natural_key)),
    )
    whole = replace(
        dataset, labels=labels, classes=names, groups=groups, group_names=group_names, confirmed=frozenset(confirmed)
    )
    return _tidied(whole if stays.all() else whole.subset(stays), dataset, fact)


def _grouped(dataset: Dataset, members: dict[str, set[int]]) -> tuple[IntArray | None, Sequence[str]]:
    """Put pictures with the same name of a group into one, together with the groups that they are in already."""
    if not members:
        return dataset.groups, dataset.group_names
    n = len(dataset)
    groups = np.arange(n) if dataset.groups is None else np.unique(dataset.groups, return_inverse=True)[1]
    named = ["" for _ in range(n)]
    if dataset.groups is not None:
        own = dataset.group_names
        named = [own[group] if own else str(group) for group in dataset.groups.tolist()]
    wanted = [(name, row) for name, rows in members.items() for row in sorted(rows)]
    wanted += [(text_cell(name), row) for row, name in enumerate(named) if name and text_cell(name) in members]
    # Each membership is told as if it were a file of the picture's group: files with the same content are joined.
    contents = [*(b"row %d" % row for row in range(n)), *(f"to {name}".encode() for name, _ in wanted)]
    joined = merge_groups(contents, np.concatenate([groups, groups[[row for _, row in wanted]]]))[:n]
    names: dict[int, str] = {}
    for group, name in [*zip(joined.tolist(), named, strict=True), *((int(joined[row]), name) for name, row in wanted)]:
        names[group] = names.get(group) or name
    return joined, [names[group] for group in range(len(names))]


def _tidied(dataset: Dataset, before: Dataset, fact: Fixes) -> Dataset:
    """Leave out the classes that have lost all their pictures, sort the new ones in, and complete the facts."""
    had, has = before.counts(), dataset.counts()
    lost = tuple(name for name, count in had.items() if count and not has[name])
    classes = tuple(sorted((name for name in dataset.classes if name not in lost), key=natural_key))
    position = {name: label for label, name in enumerate(classes)}
    renumbered = np.array([*(position.get(name, -1) for name in dataset.classes), -1], np.int64)
    source = replace(
        before.source,
        pictures=before.source.pictures - fact.dropped,
        classes=len(classes),
        splits=count_splits(dataset.given),
        fixes=replace(fact, lost_classes=lost),
    )
    return replace(dataset, labels=renumbered[dataset.labels], classes=classes, source=source)
