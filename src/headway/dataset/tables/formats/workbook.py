"""Excel workbooks as columns of values; openpyxl reads them."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from headway.dataset.memory import as_text
from headway.dataset.names import some
from headway.dataset.tables.formats.base import TableFile, table_of_rows
from headway.errors import DataError
from headway.optional import import_optional

MAX_UNPACKED = 512 * 2**20
MAX_PARTS = 10_000
MAX_ROWS = 2**20  # of a sheet, by the format


def open_workbook(path: str, title: str) -> TableFile:
    """Read the header: the first row with anything in it, on the only sheet that has rows."""
    import_optional("defusedxml", "excel")  # openpyxl takes it where it is there, and needs it for files from others
    openpyxl = import_optional("openpyxl", "excel")
    _check_size(path, title)
    try:
        with warnings.catch_warnings(action="ignore"):  # of styles and extensions that no table needs
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheets = [sheet.title for sheet in book.worksheets if any(_filled(sheet, title))]
        book.close()
    except DataError:
        raise
    except Exception as error:
        raise _damaged(title) from error
    if not sheets:
        raise DataError(f"{title} is empty: its first row must name the columns, such as path and label")
    if len(sheets) > 1:
        raise DataError(
            f"{title} must have one sheet with rows, and has {some(sheets)}: save the one that is meant as CSV"
        )

    def filled_rows() -> Iterator[tuple[int, Sequence[Any]]]:
        try:
            with warnings.catch_warnings(action="ignore"):
                book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            try:
                yield from _filled(book[sheets[0]], title)
            finally:
                book.close()
        except DataError:
            raise
        except Exception as error:
            raise _damaged(title) from error

    def rows() -> Iterator[tuple[int, Sequence[Any]]]:
        for number, row in islice(filled_rows(), 1, None):
            yield number, [*row[: len(header)], *[None] * (len(header) - len(row))]

    header = [as_text(cell) for cell in next(filled_rows())[1]]
    while header and not header[-1]:
        header.pop()
    return table_of_rows(title, header, rows, "row")


def _filled(sheet: Any, title: str) -> Iterator[tuple[int, Sequence[Any]]]:
    """Yield the rows with anything in them, and their numbers."""
    sheet.reset_dimensions()  # what a file says of its size need not be true
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        if number > MAX_ROWS:
            raise DataError(f"a sheet must have at most {MAX_ROWS:,} rows, and one of {title} has more: save it as CSV")
        if any(cell is not None for cell in row):
            yield number, row


def _check_size(path: str, title: str) -> None:
    """Refuse a file that unpacks to more than any list of pictures; nothing unpacks to more than it declares."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise _damaged(title) from error
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise DataError(
            f"{title} is too large to be a list of pictures: it unpacks to over {MAX_UNPACKED // 2**20} MiB "
            f"or {MAX_PARTS:,} parts; save its sheet as CSV"
        )


def _damaged(title: str) -> DataError:
    return DataError(f"{title} must be an Excel workbook, and is damaged or something else: save its sheet as CSV")
