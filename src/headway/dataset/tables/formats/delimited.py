"""CSV and TSV files as columns of values."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import IO

from headway.dataset.names import plural, some
from headway.dataset.tables.formats.base import TableFile, table_of_rows, text_lines
from headway.dataset.walk import suffix
from headway.errors import DataError
from headway.images import SUFFIXES

DELIMITERS = ",;\t|"
_DECLARED = re.compile(r"sep=(.)\s*", re.IGNORECASE)  # the first line that Excel writes and reads
_RECORDS_COMPARED = 5


def open_delimited(path: str, title: str) -> TableFile:
    """Find out the delimiter, and read the header."""
    encoding = _encoding(path)

    def open_text() -> IO[str]:
        return open(path, encoding=encoding, newline="")

    with open_text() as handle:
        first = next(text_lines(handle, title), "")
    if not first.strip():
        raise DataError(f"{title} is empty: its first line must name the columns, such as path,label")
    declared = _DECLARED.fullmatch(first)
    if declared:
        delimiter = declared[1]
    elif suffix(os.path.basename(path)) == ".tsv":
        delimiter = "\t"
    else:
        delimiter = max(DELIMITERS, key=lambda each: _likelihood(open_text, each, title))

    def records() -> Iterator[tuple[int, list[str]]]:
        with open_text() as handle:
            yield from islice(_records(handle, delimiter, title), 1 if declared else 0, None)

    def rows() -> Iterator[tuple[int, list[str]]]:
        for number, record in islice(records(), 1, None):
            if not any(record):
                continue
            if len(record) < len(header) or any(record[len(header) :]):
                fields = plural(len(record), "field")
                raise DataError(
                    f"every line of {title} must have {plural(len(header), 'field')} like its header, "
                    f"and line {number:,} has {fields}: {some([delimiter.join(record)])}. "
                    f"Put text with {delimiter!r} in it into quotes"
                )
            yield number, record

    header = [cell.strip() for cell in next(records(), (0, []))[1]]
    if any(suffix(cell) in SUFFIXES for cell in header):
        raise DataError(f"the first line of {title} must name the columns, such as path,label; it is {some(header)}")
    while header and not header[-1]:
        header.pop()
    return table_of_rows(title, header, rows, "line")


def _encoding(path: str) -> str:
    with open(path, "rb") as handle:
        return "utf-16" if handle.read(2) in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def _likelihood(open_text: Callable[[], IO[str]], delimiter: str, title: str) -> tuple[int, int]:
    """Return in how many of the first records a delimiter makes as many fields as in the header, and these."""
    try:
        with open_text() as handle:
            records = [record for _, record in islice(_records(handle, delimiter, title), 1 + _RECORDS_COMPARED)]
    except DataError:  # a quote where this delimiter allows none
        return 0, 0
    header, *others = map(len, records)
    return sum(1 for fields in others if fields == header > 1), header


def _records(handle: IO[str], delimiter: str, title: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the number of its first line."""
    reader = csv.reader(text_lines(handle, title), delimiter=delimiter, strict=True, skipinitialspace=True)
    start = 1
    try:
        for record in reader:
            yield start, record
            start = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{title} is not a valid table from line {start:,} on: {error}") from error
