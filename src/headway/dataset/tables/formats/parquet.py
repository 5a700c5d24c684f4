"""Parquet files as columns of values."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import islice
from typing import Any

from headway.dataset.parquetfile import check_metadata, texts, values
from headway.dataset.tables.formats.base import TableFile, Where, check_columns, first_line, sampled_rows
from headway.errors import DataError
from headway.optional import import_optional


def open_parquet(path: str, title: str) -> TableFile:
    """Read the names of the columns."""
    arrow = import_optional("pyarrow", "parquet")
    parquet = import_optional("pyarrow.parquet", "parquet")

    size = os.stat(path).st_size

    def read(name: str, rows: Sequence[int] | None = None) -> list[Any]:
        try:
            check_metadata(metadata, size)
            with parquet.ParquetFile(path, read_dictionary=texts(schema, [name])) as file:
                column = file.read(columns=[name]).column(name)
            return values(column if rows is None else column.take(arrow.array(rows, arrow.int64())), size)
        except (arrow.ArrowException, OSError, ValueError, OverflowError) as error:  # of dates and text, the last two
            raise DataError(f"{title} is a damaged Parquet file: {first_line(error)}") from error

    def first_value(name: str) -> list[Any]:
        """Return the first value: of pictures inside the table, one tells what all are."""
        try:
            with parquet.ParquetFile(path) as file:
                batches = islice(file.iter_batches(batch_size=1, columns=[name]), 1)
                return [value for batch in batches for value in batch.column(0).to_pylist()]
        except (arrow.ArrowException, OSError) as error:
            raise DataError(f"{title} is a damaged Parquet file: {first_line(error)}") from error

    def fetch(names: Sequence[str]) -> tuple[list[Sequence[Any]], Where]:
        return [read(name) for name in names], lambda row: f"row {row}"

    def sample() -> list[Sequence[Any]]:
        rows = sampled_rows(metadata.num_rows, len(header))
        columns: list[Sequence[Any]] = []
        for field in schema:
            if header.count(field.name) > 1:
                columns.append([None] * len(rows))
            elif _is_heavy(arrow, field.type):
                columns.append(first_value(field.name) * len(rows))
            else:
                columns.append(read(field.name, rows))
        return columns

    try:
        metadata = parquet.read_metadata(path)
        schema = metadata.schema.to_arrow_schema()
    except (arrow.ArrowException, OSError, ValueError) as error:
        raise DataError(f"{title} is not a Parquet file: {first_line(error)}") from error
    header = [str(name) for name in schema.names]
    check_columns(title, header)
    return TableFile(title, header, fetch, sample)


def _is_heavy(arrow: Any, kind: Any) -> bool:
    """Return whether values of a type may be as large as pictures."""
    types = arrow.types
    return bool(types.is_binary(kind) or types.is_large_binary(kind) or types.is_nested(kind))
