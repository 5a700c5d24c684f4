"""Pieces of SQL that all tables share."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

_CHUNK = 500  # SQLite before 3.32 takes at most 999 parameters


def marks(values: Sequence[object]) -> str:
    """Return a question mark for each value, for ``IN (…)``."""
    return ",".join("?" * len(values))


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield values as many at a time as one statement takes."""
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))


def space_number(connection: sqlite3.Connection, space: str) -> int:
    """Return the number of a space; -1 where it is not there."""
    row = connection.execute("SELECT id FROM spaces WHERE name = ?", (space,)).fetchone()
    return -1 if row is None else int(row[0])
