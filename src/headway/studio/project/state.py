"""The files of a project as they were understood at one moment; nothing here changes any."""

from __future__ import annotations

import csv
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from headway.cells import text_cell
from headway.dataset import records
from headway.dataset.fixes import FixList, file_cells
from headway.dataset.fixes.table import Fix
from headway.dataset.names import class_name, natural_key, plural, some
from headway.errors import DataError
from headway.facts.data import Source
from headway.studio.project.about import About
from headway.studio.project.names import folder_name
from headway.studio.project.scan import PICTURES, Scan

LABELS, FIXES, ABOUT = "labels.csv", "fixes.csv", "project.toml"
COLUMNS = ("file", "label")

_SHOWN = 3  # files of a message


@dataclass(frozen=True)
class Entry:
    """A picture of a project.

    Parameters
    ----------
    file : str
        Its path below the project, with ``/``.
    label : str or None
        Its class after what was decided; None where it has none yet.
    given : str or None
        Its class in ``labels.csv``.
    left_out : bool
        Whether it was decided to leave it out.
    """

    file: str
    label: str | None = None
    given: str | None = None
    left_out: bool = False


class LabelRow(NamedTuple):
    """A row of ``labels.csv``, by its first line."""

    line: int
    file: str
    label: str


@dataclass(frozen=True)
class LabelTable:
    """``labels.csv``: its text, which stays as it is but for single cells, and its rows."""

    text: str
    delimiter: str = ","
    columns: tuple[str, str] = COLUMNS  # as its first line has them
    rows: tuple[LabelRow, ...] = ()


def parse_labels(text: str, title: str) -> LabelTable:
    """Read ``labels.csv``; what is no such table is a `DataError`."""
    delimiter = records.delimiter_of(text, COLUMNS)
    columns = records.header(text, delimiter)
    if not all(columns.count(name) == 1 for name in COLUMNS):
        raise DataError(f"{title} must name the columns file,label in its first line, and has {some(columns)}")
    file, label = map(columns.index, COLUMNS)
    raw: list[str] = []
    rows = []
    try:
        for record in records.records(text, delimiter):
            if record.line == 1:
                raw = [cell.strip() for cell in record.cells]
            elif any(record.cells):
                cells = [*record.cells, *[""] * (len(columns) - len(record.cells))]
                rows.append(LabelRow(record.line, cells[file].strip(), class_name(cells[label].strip())))
    except csv.Error as error:
        raise DataError(f"{title} is not a valid table: {error}") from error
    return LabelTable(text, delimiter, (raw[file], raw[label]), tuple(rows))


@dataclass(frozen=True)
class State:
    """A project, understood.

    Parameters
    ----------
    labels : LabelTable
    fixes : FixList
    about : About
    entries : tuple of Entry
        Those with a row in ``labels.csv``, in its order, then those without a label.
    paths : mapping of str to str
        Where the file of each is.
    lines : mapping of str to int
        The line of each in ``labels.csv``.
    decided : mapping of str to list of Fix
        The rows of the list of fixes about each.
    classes : tuple of str
    unlisted : tuple of (str, str)
        Pictures that were put into the folder of a class by hand and have no row yet, and that class.
    missing : tuple of str
        Rows of ``labels.csv`` whose file is not there, as they stand there.
    problems : tuple of str
    """

    labels: LabelTable
    fixes: FixList
    about: About
    entries: tuple[Entry, ...] = ()
    paths: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    decided: Mapping[str, list[Fix]] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    unlisted: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    by_file: Mapping[str, Entry] = field(default_factory=dict)


def understand(root: Path, labels: LabelTable, fixes: FixList, about: About, found: Scan) -> State:
    """Put the files of a project together."""
    listed = _Listed(root, labels, found)
    decided = _decided(fixes, listed.paths)
    known = {text_cell(name): name for name in _given_classes(labels, about)}
    entries = [_entry(file, given, decided.get(file, ()), known) for file, given in listed.given.items()]
    left_out = set(about.left_out)
    entries += [Entry(file, left_out=file in left_out) for file in listed.unlabelled]
    return State(
        labels,
        fixes,
        about,
        tuple(entries),
        listed.paths,
        listed.lines,
        decided,
        _classes(about, entries),
        listed.unlisted,
        tuple(listed.missing),
        tuple(_problems(listed, fixes, found)),
        {entry.file: entry for entry in entries},
    )


class _Listed:
    """Which pictures there are: by ``labels.csv``, and in the folders."""

    def __init__(self, root: Path, labels: LabelTable, found: Scan) -> None:
        self.paths: dict[str, str] = {}
        self.lines: dict[str, int] = {}
        self.given: dict[str, str] = {}
        self.missing: list[str] = []
        self.odd: list[str] = []
        below = {os.path.normpath(root / file): file for file in found.files}
        places = [os.path.normpath(root / row.file) for row in labels.rows]
        cells = file_cells(Source("table", str(root / LABELS), 0, 0), places)
        for row, place, cell in zip(labels.rows, places, cells, strict=True):
            # A million Path objects would be slow.
            if not row.file or not (place in below or os.path.isfile(place)):  # noqa: PTH113
                self.missing.append(row.file)
            elif not row.label:
                self.odd.append(f"{LABELS}, line {row.line:,}: {row.file!r} has no label")
            elif self.given.setdefault(cell, row.label) != row.label:
                first = self.lines[cell]
                self.odd.append(f"{LABELS}, line {row.line:,}: {row.file!r} has another label in line {first:,}")
            else:
                self.paths[cell] = place
                self.lines.setdefault(cell, row.line)
        listed = set(self.paths.values())
        rest = [(path, file) for path, file in below.items() if path not in listed]
        self.unlisted = tuple(_by_folder([file for _, file in rest], self.given))
        by_hand = {file for file, _ in self.unlisted}
        self.unlabelled = [file for _, file in rest if file not in by_hand]
        self.paths |= {file: path for path, file in rest if file not in by_hand}


def _by_folder(files: Iterable[str], given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield pictures in ``pictures/FOLDER/`` with the class that most there have, or that the folder is named by."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for file, label in given.items():
        counts[_folder_of(file)][label] += 1
    by_name = {folder_name(label): label for label in given.values()}
    for file in files:
        if folder := _folder_of(file):
            most = counts[folder].most_common(1)
            yield file, most[0][0] if most else by_name.get(folder, class_name(folder))


def _folder_of(file: str) -> str:
    """Return the folder in ``pictures/`` that a file lies in; empty for none."""
    top, _, rest = file.partition("/")
    folder, slash, _ = rest.partition("/")
    return folder if top == PICTURES and slash else ""


def _decided(fixes: FixList, paths: Mapping[str, str]) -> dict[str, list[Fix]]:
    """Return the rows about each picture, which a path as other commands print it may name, too."""
    by_path = {path: file for file, path in paths.items()}
    found: dict[str, list[Fix]] = defaultdict(list)
    for fix in fixes.rows:
        file = fix.file if fix.file in paths else by_path.get(os.path.abspath(fix.file))
        if file is not None:
            found[file].append(fix)
    return dict(found)


def _given_classes(labels: LabelTable, about: About) -> list[str]:
    return list(dict.fromkeys([*about.classes, *(row.label for row in labels.rows if row.label)]))


def _entry(file: str, given: str, fixes: Sequence[Fix], known: Mapping[str, str]) -> Entry:
    label, left_out = given, False
    for fix in fixes:
        if fix.decision == "drop":
            left_out = True
        elif fix.decision == "relabel":
            label = known.get(fix.to, class_name(fix.to))
    return Entry(file, label, given, left_out)


def _classes(about: About, entries: Sequence[Entry]) -> tuple[str, ...]:
    """Return the classes of ``project.toml`` in its order, then others that pictures have."""
    used = {entry.label for entry in entries if entry.label is not None and not entry.left_out}
    return (*about.classes, *sorted(used - set(about.classes), key=natural_key))


def _problems(listed: _Listed, fixes: FixList, found: Scan) -> Iterator[str]:
    if listed.missing:
        count = plural(len(listed.missing), "picture")
        yield f"{count} of {LABELS} cannot be found, {some(listed.missing, _SHOWN)}: put them back, or delete the rows"
    yield from listed.odd[:_SHOWN]
    for mistake in fixes.mistakes[:_SHOWN]:
        yield f"{FIXES}, line {mistake.line:,}: {mistake.message}"
    if found.unnamed:
        count = plural(found.unnamed, "picture has a name", "pictures have names")
        yield f"{count} that no table can hold: rename them"
    about = set(listed.paths) | set(listed.missing)
    if lost := [
        fix.file for fix in fixes.rows if fix.decision and fix.file not in about and not Path(fix.file).exists()
    ]:
        yield f"{plural(len(lost), 'row')} of {FIXES} are about pictures that are not there, {some(lost, _SHOWN)}"
