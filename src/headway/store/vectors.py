"""Feature vectors and their keys, in the tables ``spaces``, ``entries`` and ``vectors``."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from headway.errors import StoreError
from headway.store.database import DamageError
from headway.store.rows import chunks, marks, space_number

if TYPE_CHECKING:
    from headway.types import FloatArray

MOST_NUMBERS = 10**9 // 4  # in a vector; SQLite holds no longer ones


class FeaturesGoneError(StoreError):
    """Features that were in the store are no longer: it was damaged, or another process pruned it."""


def find_entries(connection: sqlite3.Connection, space: str, digests: Sequence[bytes]) -> dict[bytes, int]:
    """Return those of the digests that have a vector, with the day on which it was last used."""
    number = space_number(connection, space)
    return {
        digest: used
        for chunk in chunks(digests)
        for digest, used in connection.execute(
            f"SELECT hash, used FROM entries WHERE space = ? AND hash IN ({marks(chunk)})", (number, *chunk)
        )
    }


def touch_entries(connection: sqlite3.Connection, space: str, digests: Sequence[bytes], today: int) -> None:
    """Note that vectors are used today."""
    number = space_number(connection, space)
    for chunk in chunks(digests):
        connection.execute(
            f"UPDATE entries SET used = ? WHERE space = ? AND hash IN ({marks(chunk)})", (today, number, *chunk)
        )


def put_vectors(
    connection: sqlite3.Connection, space: str, digests: Sequence[bytes], vectors: FloatArray, today: int
) -> None:
    """Insert the vectors of those digests that have none."""
    connection.execute("INSERT OR IGNORE INTO spaces (name, dim) VALUES (?, ?)", (space, vectors.shape[1]))
    number = space_number(connection, space)
    known = set(find_entries(connection, space, digests))
    for digest, vector in zip(digests, vectors, strict=True):
        if digest not in known:
            known.add(digest)
            data = vector.tobytes()
            checksum = _checksum(space, digest, data)
            made = connection.execute("INSERT INTO vectors (checksum, data) VALUES (?, ?)", (checksum, data))
            connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?)", (number, digest, made.lastrowid, today))


def read_vectors(
    connection: sqlite3.Connection, space: str, digests: Sequence[bytes], columns: slice | Sequence[int] | None
) -> FloatArray:
    """Return float32 (n, D), one row per digest; raise `FeaturesGoneError` or `DamageError`."""
    found = connection.execute("SELECT id, dim FROM spaces WHERE name = ?", (space,)).fetchone()
    if found is None:
        raise FeaturesGoneError(f"the feature store holds nothing of {space}: run again to compute it")
    number, dim = found
    if not isinstance(dim, int) or not 0 < dim <= MOST_NUMBERS:
        raise DamageError("a length is out of range")
    positions: dict[bytes, list[int]] = {}
    for position, digest in enumerate(digests):
        positions.setdefault(digest, []).append(position)
    found_vectors = [
        (vector, digest)
        for chunk in chunks(list(positions))
        for digest, vector in connection.execute(
            f"SELECT hash, vector FROM entries WHERE space = ? AND hash IN ({marks(chunk)})", (number, *chunk)
        )
    ]
    if not all(isinstance(vector, int) for vector, _ in found_vectors):
        raise DamageError("a reference is no number")
    # Sorted by number, the vectors are read in the order in which they lie in the file.
    order = sorted(found_vectors)
    if len(order) != len(positions):
        raise FeaturesGoneError(
            f"{len(positions) - len(order):,} features are no longer in the store: run again to compute them"
        )
    if order:
        (length,) = connection.execute("SELECT max(length(data)) FROM vectors WHERE id = ?", order[0][:1]).fetchone()
        if length != dim * 4:
            raise DamageError("a vector has another length than its space")
    chosen = slice(None) if columns is None else columns
    result: FloatArray = np.empty((len(digests), np.empty(dim, np.bool_)[chosen].size), np.float32)
    for chunk in chunks(order):
        rows = connection.execute(
            f"SELECT id, checksum, data FROM vectors WHERE id IN ({marks(chunk)}) ORDER BY id",
            [vector for vector, _ in chunk],
        )
        read = 0
        for (vector, digest), (found_vector, checksum, data) in zip(chunk, rows, strict=False):
            if (
                found_vector != vector
                or not isinstance(data, bytes)
                or len(data) != dim * 4
                or checksum != _checksum(space, digest, data)
            ):
                raise DamageError("a checksum does not match")
            result[positions[digest]] = np.frombuffer(data, "<f4")[chosen]
            read += 1
        if read != len(chunk):
            raise DamageError("a vector is missing")
    return result


def _checksum(space: str, digest: bytes, data: bytes) -> int:
    """Check the vector together with its key, so that a damaged reference to a sound vector shows, too."""
    return zlib.crc32(data, zlib.crc32(digest, zlib.crc32(space.encode())))
