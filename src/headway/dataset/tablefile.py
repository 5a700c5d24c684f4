"""CSV, TSV and Parquet files as columns of values."""

from __future__ import annotations

import csv
import os
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, TypeAlias

from headway.dataset.names import plural, some
from headway.dataset.parquetfile import check_metadata, texts, values
from headway.dataset.walk import suffix
from headway.errors import DataError
from headway.images import SUFFIXES
from headway.optional import import_optional
from headway.places import regular_status

MAX_BYTES = 2 * 2**30
MAX_LINE = 2**20
DELIMITERS = ",;\t|"

Fetch: TypeAlias = Callable[[Sequence[str]], tuple[list[Sequence[Any]], Callable[[int], str]]]


@dataclass(frozen=True)
class TableFile:
    """A table whose header is read; ``title`` is what to call it in messages.

    ``fetch`` takes names of columns and returns their values, and a function that says where a row stands ("line 7").
    """

    title: str
    header: list[str]
    fetch: Fetch


def open_table(path: str) -> TableFile:
    """Read the header of a CSV, TSV or Parquet file; what is not such a table is a `DataError`."""
    title = f"the table {os.path.basename(path)!r}"
    try:
        size = regular_status(path).st_size
        if size > MAX_BYTES:
            raise DataError(f"{title} is too large to be a list of pictures: {size:,} bytes, of at most {MAX_BYTES:,}")
        if suffix(path) in (".parquet", ".pq"):
            return _open_parquet(path, title, size)
        return _open_text(path, title)
    except OSError as error:
        raise DataError(f"{title} cannot be read: {error.strerror or error}") from error


def _open_parquet(path: str, title: str, size: int) -> TableFile:
    parquet = import_optional("pyarrow.parquet", "parquet")
    # Arrow's own, and those of Python for texts and numbers that are none.
    invalid = (import_optional("pyarrow", "parquet").ArrowException, OSError, ValueError, OverflowError)
    try:
        metadata = parquet.read_metadata(path)
        schema = metadata.schema.to_arrow_schema()
    except invalid as error:
        raise DataError(f"{title} is not a Parquet file: {_first_line(error)}") from error

    def fetch(names: Sequence[str]) -> tuple[list[Sequence[Any]], Callable[[int], str]]:
        try:
            check_metadata(metadata, size)
            with parquet.ParquetFile(path, read_dictionary=texts(schema, names)) as file:
                table = file.read(columns=list(names))
            return [values(table.column(name), size) for name in names], lambda row: f"row {row}"
        except invalid as error:
            raise DataError(f"{title} is a damaged Parquet file: {_first_line(error)}") from error

    return TableFile(title, [str(name) for name in schema.names], fetch)


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]


def _open_text(path: str, title: str) -> TableFile:
    with open(path, encoding="utf-8-sig", newline="") as handle:
        first = next(_lines(handle, title), "")
    if not first.strip():
        raise DataError(f"{title} is empty: its first line must name the columns, such as path,label")
    delimiter = "\t" if suffix(path) == ".tsv" else max(DELIMITERS, key=first.count)

    def fetch(names: Sequence[str]) -> tuple[list[Sequence[Any]], Callable[[int], str]]:
        positions = [header.index(name) for name in names]
        columns: list[list[str]] = [[] for _ in names]
        numbers = array("q")
        shared: dict[str, str] = {}
        with open(path, encoding="utf-8-sig", newline="") as handle:
            records = _records(handle, delimiter, title)
            next(records)
            for number, record in records:
                if not any(record):
                    continue
                if len(record) < len(header) or any(record[len(header) :]):
                    fields = plural(len(record), "field")
                    raise DataError(
                        f"every line of {title} must have {plural(len(header), 'field')} like its first, "
                        f"and line {number:,} has {fields}: {some([delimiter.join(record)])}. "
                        f"Put text with {delimiter!r} in it into quotes"
                    )
                numbers.append(number)
                for column, position in zip(columns, positions, strict=True):
                    # Rows share one copy of each label.
                    value = record[position]
                    column.append(shared.setdefault(value, value) if len(shared) < 10_000 else shared.get(value, value))
        return list(columns), lambda row: f"line {numbers[row]:,}"

    with open(path, encoding="utf-8-sig", newline="") as handle:
        header = [cell.strip() for cell in next(_records(handle, delimiter, title))[1]]
    if any(suffix(cell) in SUFFIXES for cell in header):
        raise DataError(f"the first line of {title} must name the columns, such as path,label; it is {some(header)}")
    while header and not header[-1]:
        header.pop()
    return TableFile(title, header, fetch)


def _records(handle: IO[str], delimiter: str, title: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the number of its first line."""
    reader = csv.reader(_lines(handle, title), delimiter=delimiter, strict=True, skipinitialspace=True)
    start = 1
    try:
        for record in reader:
            yield start, record
            start = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{title} is not a valid table from line {start:,} on: {error}") from error


def _lines(handle: IO[str], title: str) -> Iterator[str]:
    """Yield the lines; refuse what is not text."""
    number = 0
    try:
        while line := handle.readline(MAX_LINE):
            number += 1
            if "\0" in line:
                raise DataError(f"{title} must be text, and line {number:,} holds binary data")
            if len(line) == MAX_LINE:
                raise DataError(f"{title} is not a list of pictures: line {number:,} has over {MAX_LINE:,} characters")
            yield line
    except UnicodeDecodeError as error:
        raise DataError(
            f"{title} must be UTF-8 text, and is not from about line {number + 1:,} on: "
            "save it as UTF-8 (in Excel, 'CSV UTF-8')"
        ) from error
