"""A CSV table as text, of which single cells are changed, and all else stays, character by character.

People edit such tables in spreadsheets, with columns, rows and quotes of their own.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

DELIMITERS = ",;\t"
_MARK = "\ufeff"  # spreadsheets take a file for UTF-8 by it only


class Record(NamedTuple):
    """A row of a table: its first line and its last, counted from 1, and its cells."""

    line: int
    last: int
    cells: list[str]


def records(text: str, delimiter: str) -> Iterator[Record]:
    r"""Yield each record, the header, too; what is no CSV is a `csv.Error`.

    Examples
    --------
    >>> [record.line for record in records('file,why\na,"two\nlines"\nb,\n', ",")]
    [1, 2, 4]
    """
    reader = csv.reader(io.StringIO(text.removeprefix(_MARK), newline=""), delimiter=delimiter, strict=True)
    start = 1
    for cells in reader:
        yield Record(start, reader.line_num, cells)
        start = reader.line_num + 1


def header(text: str, delimiter: str) -> tuple[str, ...]:
    """Return the names of the columns in small letters; none where there is no header."""
    try:
        first = next(records(text, delimiter), None)
    except csv.Error:
        return ()
    return () if first is None else tuple(cell.strip().casefold() for cell in first.cells)


def delimiter_of(text: str, columns: Sequence[str]) -> str:
    """Return what stands between cells: that by which most of the wanted columns are there."""
    return max(DELIMITERS, key=lambda each: len(set(columns) & set(header(text, each))))


def with_rows(text: str, delimiter: str, rows: Sequence[Mapping[str, str]]) -> str:
    r"""Return a table with rows added, by column.

    Examples
    --------
    >>> with_rows("file,label,mine\na,cat,1", ",", [{"file": "b", "label": "dog"}])
    'file,label,mine\na,cat,1\nb,dog,\n'
    """
    if not rows:
        return text
    newline = _newline(text)
    before = text if not text or text.endswith(("\n", "\r")) else text + newline
    columns = header(text, delimiter)
    return before + "".join(_line([row.get(name, "") for name in columns], delimiter, newline) for row in rows)


def with_changes(text: str, delimiter: str, changes: Mapping[int, Mapping[str, str] | None]) -> str:
    r"""Return a table with other cells in some records, by their first lines; None takes a record out.

    Examples
    --------
    >>> with_changes("file,label,mine\r\na,cat,1\r\nb , cat,2\r\nc,cat,3", ",", {2: None, 4: {"label": "dog"}})
    'file,label,mine\r\nb , cat,2\r\nc,dog,3'
    """
    if not changes:
        return text
    columns = header(text, delimiter)
    lines = list(io.StringIO(text, newline=""))
    made = []
    for record in records(text, delimiter):
        whole = "".join(lines[record.line - 1 : record.last])
        if record.line not in changes:
            made.append(whole)
        elif (cells := changes[record.line]) is not None:
            known = {**dict(zip(columns, record.cells, strict=False)), **cells}
            extra = record.cells[len(columns) :]
            end = whole[len(whole.rstrip("\r\n")) :]
            made.append(_line([*(known.get(name, "") for name in columns), *extra], delimiter, end))
    return "".join(made)


def encoded(text: str) -> bytes:
    """Return a table as the bytes of its file, which begin with a mark where there is anything but ASCII."""
    mark = "" if text.isascii() or text.startswith(_MARK) else _MARK
    return (mark + text).encode("utf-8", "backslashreplace")


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _line(cells: Sequence[str], delimiter: str, newline: str) -> str:
    line = io.StringIO(newline="")
    csv.writer(line, delimiter=delimiter, lineterminator="\n").writerow(cells)
    return line.getvalue().removesuffix("\n") + newline
