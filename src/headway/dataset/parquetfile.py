"""Parquet files that are not trusted: a few kilobytes of them can stand for gigabytes, because a value is written once.

What honest files hold hardly repeats itself: paths and contents differ from row to row. So a file is refused that
unfolds into much, and into many times its size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from headway.optional import import_optional

MOST_ROWS, ROWS_PER_BYTE = 250_000, 4
MOST_PIECES = 20_000  # row groups; Headway writes one for 2,000 rows
MOST_BYTES, BYTES_PER_BYTE = 256 << 20, 50


def check_unfolded(size: int, *, rows: int = 0, held: int = 0) -> None:
    """Refuse with ValueError what holds so many rows, or takes so many bytes of memory, in a file of ``size`` bytes."""
    if rows > MOST_ROWS and rows > ROWS_PER_BYTE * size:
        raise ValueError(f"it holds {rows:,} rows in {size:,} bytes: it repeats a few of them")
    if held > MOST_BYTES and held > BYTES_PER_BYTE * size:
        raise ValueError(f"it unfolds into {held:,} bytes from {size:,}: it repeats a few of them")


def check_metadata(metadata: Any, size: int) -> None:
    """Check what a file of ``size`` bytes says of itself, before its columns are read."""
    if metadata.num_row_groups > MOST_PIECES:
        raise ValueError(f"it is in {metadata.num_row_groups:,} pieces, of at most {MOST_PIECES:,}")
    # What a piece says of its columns must not be asked for: where it contradicts the schema, pyarrow ends the process.
    held = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    check_unfolded(size, rows=metadata.num_rows, held=held)


def values(column: Any, size: int) -> list[Any]:
    """Return the values of a column of a file of ``size`` bytes; rows share one copy of each text.

    Texts must have been read as a dictionary of those that differ.
    """
    arrow = import_optional("pyarrow", "parquet")
    found: list[Any] = []
    for chunk in column.chunks:
        if not arrow.types.is_dictionary(chunk.type):
            check_unfolded(size, held=chunk.nbytes)
            found += chunk.to_pylist()
            continue
        words, places = chunk.dictionary.to_pylist(), chunk.indices
        counts = np.bincount(places.drop_null().to_numpy(), minlength=len(words))
        check_unfolded(size, held=sum(_length(word) * n for word, n in zip(words, counts.tolist(), strict=True)))
        found += [None if place is None else words[place] for place in places.to_pylist()]
    return found


def _length(value: object) -> int:
    return len(value) if isinstance(value, str | bytes) else 8


def texts(schema: Any, names: Sequence[str]) -> list[str]:
    """Return those of the columns that hold texts, to be read as dictionaries."""
    arrow = import_optional("pyarrow", "parquet")
    kinds = (arrow.string(), arrow.large_string(), arrow.binary(), arrow.large_binary())
    return [field.name for field in schema if field.name in names and field.type in kinds]
