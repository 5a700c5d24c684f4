"""Files that hold tables, each as columns of values."""

from __future__ import annotations

import os

from headway.dataset.tables.formats.base import TableFile
from headway.dataset.tables.formats.delimited import open_delimited
from headway.dataset.tables.formats.jsonlines import open_jsonlines
from headway.dataset.tables.formats.parquet import open_parquet
from headway.dataset.tables.formats.workbook import open_workbook
from headway.dataset.walk import suffix
from headway.errors import DataError
from headway.places import regular_status

__all__ = ["NoTableError", "TableFile", "open_table"]

MAX_BYTES = 2 * 2**30
_OPENERS = {
    ".parquet": open_parquet,
    ".pq": open_parquet,
    ".jsonl": open_jsonlines,
    ".ndjson": open_jsonlines,
    ".xlsx": open_workbook,
}


class NoTableError(DataError):
    """A file is no table that can be read, whatever its ending says."""


def open_table(path: str) -> TableFile:
    """Read the header of a CSV, TSV, JSON lines, Excel or Parquet file; what is no such table is a `NoTableError`."""
    title = f"the table {os.path.basename(path)!r}"
    try:
        size = regular_status(path).st_size
        if size > MAX_BYTES:
            raise DataError(f"{title} is too large to be a list of pictures: {size:,} bytes, of at most {MAX_BYTES:,}")
        return _OPENERS.get(suffix(os.path.basename(path)), open_delimited)(path, title)
    except OSError as error:
        raise NoTableError(f"{title} cannot be read: {error.strerror or error}") from error
    except DataError as error:
        raise NoTableError(str(error)) from error
