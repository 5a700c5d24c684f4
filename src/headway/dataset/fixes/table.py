"""A list of fixes as a file: a CSV table that people edit in spreadsheets."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, get_args

from headway.dataset import records
from headway.dataset.names import plural, some
from headway.dataset.walk import suffix
from headway.errors import DataError, UnknownNameError
from headway.facts.audit import Decision
from headway.places import regular_status

COLUMNS = ("file", "finding", "decision", "to", "proposal", "label", "why")
"""Of a new list; the last three are for its reader."""

_READ = COLUMNS[:4]
_MAX_BYTES = 256 * 2**20
_HEADER_BYTES = 2**12
_SHOWN = 40  # characters of an unknown decision
_NEEDS_ONE = {"relabel": "the name of a class", "group": "the name of a group"}


class Fix(NamedTuple):
    """A row: what is decided about a picture, by reason of a finding; nothing yet where the decision is None."""

    line: int
    file: str
    finding: str
    decision: Decision | None
    to: str


class Mistake(NamedTuple):
    """What is wrong in a line."""

    line: int
    message: str


@dataclass(frozen=True)
class FixList:
    """The content of a list.

    Parameters
    ----------
    path : str
        Its file.
    columns : tuple of str
        Its header, in small letters.
    rows : tuple of Fix
        Those that could be understood.
    mistakes : tuple of Mistake
        What is wrong in the others.
    text : str
        All of it, which stays as it is.
    delimiter : str
        What stands between cells.
    """

    path: str
    columns: tuple[str, ...]
    rows: tuple[Fix, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    text: str = ""
    delimiter: str = ","

    def refuse(self, more: Iterable[Mistake] = ()) -> None:
        """Raise a `DataError` that names the first mistake, and how many others there are; not where there is none."""
        mistakes = sorted([*self.mistakes, *more])
        if mistakes:
            others = f" ({plural(len(mistakes) - 1, 'more mistake')} below)" if len(mistakes) > 1 else ""
            raise DataError(f"{self.path}, line {mistakes[0].line:,}: {mistakes[0].message}{others}")

    def with_rows(self, rows: Sequence[Mapping[str, str]]) -> bytes:
        """Return the file with rows added, by column; what stands there already stays, character by character."""
        return self.with_changes({}, rows)

    def with_changes(
        self, changes: Mapping[int, Mapping[str, str] | None], rows: Sequence[Mapping[str, str]] = ()
    ) -> bytes:
        """Return the file with other cells in the rows of some lines, and rows added; None takes a row out."""
        changed = records.with_changes(self.text, self.delimiter, changes)
        return records.encoded(records.with_rows(changed, self.delimiter, rows))


def new_list(path: str | os.PathLike[str]) -> FixList:
    """Return an empty list, which is not written yet."""
    return FixList(os.fspath(path), COLUMNS, text=",".join(COLUMNS) + "\n")


def read_fixes(path: str | os.PathLike[str]) -> FixList:
    """Read a list, as spreadsheets save it: with commas, semicolons or tabs, with a mark of UTF-8 or without.

    What is no such list is a `DataError`; what is wrong in single rows stands in its ``mistakes``.
    """
    title = os.fsdecode(path)
    text = _text(title)
    delimiter = records.delimiter_of(text, _READ)
    columns = records.header(text, delimiter)
    _check_columns(title, columns)
    rows: list[Fix] = []
    mistakes: list[Mistake] = []
    for line, cells in _records(title, text, delimiter):
        found = _fix(line, cells, columns)
        if isinstance(found, Fix):
            rows.append(found)
        elif found is not None:
            mistakes.append(found)
    return FixList(title, columns, tuple(rows), tuple(mistakes), text, delimiter)


def is_fix_list(path: str) -> bool:
    """Say whether a table is a list of fixes, by its header: it may lie beside the pictures, and holds no labels."""
    if suffix(path) != ".csv":
        return False
    try:
        regular_status(path)
        with open(path, "rb") as file:
            text = file.read(_HEADER_BYTES).decode("utf-8", "replace")
    except OSError:  # whoever reads it says so
        return False
    return any(set(_READ) <= set(records.header(text, each)) for each in records.DELIMITERS)


def _text(title: str) -> str:
    try:
        regular_status(title, own=True)
        with open(title, "rb") as file:
            raw = file.read(_MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise DataError(
            f"there is no list of fixes {title!r}: `headway audit DATA --fixes FILE` writes one (--fixes)"
        ) from error
    except (OSError, ValueError) as error:  # ValueError for a NUL byte
        why = getattr(error, "strerror", None) or error
        raise DataError(f"the list of fixes {title!r} cannot be read: {why}") from error
    if len(raw) > _MAX_BYTES:
        raise DataError(f"{title} is too large to be a list of fixes: it has over {_MAX_BYTES // 2**20} MiB")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DataError(
            f"{title}, line {line:,}: a list of fixes must be UTF-8 text: save it as UTF-8 (in Excel, 'CSV UTF-8')"
        ) from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise DataError(f"{title}, line {line:,}: a list of fixes must be text, and holds binary data")
    return text


def _check_columns(title: str, columns: Sequence[str]) -> None:
    for name in _READ:
        if columns.count(name) != 1:
            found = f"it has two {name!r}" if name in columns else f"{name!r} is none of {some(columns)}"
            if not any(columns):
                found = "it names none"
            raise DataError(
                f"{title}, line 1: the first line of a list of fixes must name the columns {', '.join(_READ)}, "
                f"and {found}"
            )


def _records(title: str, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows below the header that are not empty, each with its first line."""
    line = 1
    try:
        for line, _, cells in records.records(text, delimiter):
            if line > 1 and any(cells):
                yield line, cells
    except csv.Error as error:
        raise DataError(f"{title} is not a valid table below line {line:,}: {error}") from error


def _fix(line: int, cells: Sequence[str], columns: Sequence[str]) -> Fix | Mistake | None:
    """Understand a row; None where it says nothing of any picture."""
    if any(cells[len(columns) :]):
        return Mistake(
            line, f"there are {len(cells)} cells under {len(columns)} columns: put text with commas in quotes"
        )
    by_column = dict(zip(columns, cells, strict=False))
    file, finding, word, to = (by_column.get(name, "") for name in _READ)
    word, to = word.strip().casefold(), to.strip()
    if not word and not file:
        return None
    if not file:
        return Mistake(line, f"{word!r} is decided, and no file is named")
    if word not in ("", *get_args(Decision)):
        return Mistake(line, str(UnknownNameError("decision", word[:_SHOWN], get_args(Decision))))
    decision = next((each for each in get_args(Decision) if each == word), None)
    if decision in _NEEDS_ONE and not to:
        return Mistake(line, f"{decision!r} needs {_NEEDS_ONE[word]} in the column 'to', which is empty")
    return Fix(line, file, finding.strip(), decision, to)
