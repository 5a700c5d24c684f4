"""Parquet files as columns of values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headway.dataset.formats.base import TableFile, Where, check_columns, first_line, sampled_rows
from headway.errors import DataError
from headway.optional import import_optional


def open_parquet(path: str, title: str) -> TableFile:
    """Read the names of the columns."""
    arrow = import_optional("pyarrow", "parquet")
    parquet = import_optional("pyarrow.parquet", "parquet")

    def read(name: str) -> Any:
        try:
            return parquet.read_table(path, columns=[name], partitioning=None).column(name)
        except (arrow.ArrowException, OSError) as error:
            raise DataError(f"{title} is a damaged Parquet file: {first_line(error)}") from error

    def fetch(names: Sequence[str]) -> tuple[list[Sequence[Any]], Where]:
        return [read(name).to_pylist() for name in names], lambda row: f"row {row}"

    def sample() -> list[Sequence[Any]]:
        rows = sampled_rows(total, len(header))
        columns: list[Sequence[Any]] = []
        for field in schema:
            if header.count(field.name) > 1:
                columns.append([None] * len(rows))
            elif _is_heavy(arrow, field.type):
                columns.append(first_value(field.name) * len(rows))
            else:
                columns.append(read(field.name).take(rows).to_pylist())
        return columns

    def first_value(name: str) -> list[Any]:
        """Return the first value: of pictures inside the table, one tells what all are."""
        try:
            with parquet.ParquetFile(path) as file:
                return list(next(file.iter_batches(batch_size=1, columns=[name])).column(0).to_pylist())
        except (arrow.ArrowException, OSError, StopIteration) as error:
            raise DataError(f"{title} is a damaged Parquet file: {first_line(error)}") from error

    try:
        schema = parquet.read_schema(path)
        total = parquet.read_metadata(path).num_rows
    except (arrow.ArrowException, OSError) as error:
        raise DataError(f"{title} is not a Parquet file: {first_line(error)}") from error
    header = [str(name) for name in schema.names]
    check_columns(title, header)
    return TableFile(title, header, fetch, sample)


def _is_heavy(arrow: Any, kind: Any) -> bool:
    """Return whether values of a type may be as large as pictures."""
    types = arrow.types
    return bool(types.is_binary(kind) or types.is_large_binary(kind) or types.is_struct(kind))
