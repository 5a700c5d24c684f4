"""Features, failures and the stat index, kept by content.

A feature is kept under the SHA-256 of the picture's content and a *space*, which names everything else that it depends
on: backbone, decoding policy, way of resizing, precision. So the same content under two names is kept once.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from headway.errors import DataError, OutputError, StoreError, UnknownNameError
from headway.places import cache_dir
from headway.store.database import FILE_NAME, DamageError, Database
from headway.store.stat_index import Seen, fingerprint

if TYPE_CHECKING:
    from headway.types import FloatArray

T = TypeVar("T")

_DAY = 86_400
_CHUNK = 500  # SQLite before 3.32 takes at most 999 parameters


class FeaturesGoneError(StoreError):
    """Features that were there are there no longer: the store was damaged, or another process pruned it."""


@dataclass(frozen=True)
class SpaceSummary:
    """What the store holds of one space.

    Attributes
    ----------
    space : str
        Its name; what stands before the first ``:`` is the backbone's.
    features : int
        Number of vectors.
    bytes : int
        What these vectors take, without keys.
    last_used : str
        The last day (UTC) on which one of them was written or asked for, as ``2026-11-22``.
    """

    space: str
    features: int
    bytes: int
    last_used: str


class Store:
    """The feature store in a folder.

    It is one SQLite file, ``features.sqlite``. Several processes may use it at once, and any of them may be killed at
    any moment. A damaged file is detected, set aside and replaced by an empty one; `take_notes` then says so.

    Parameters
    ----------
    folder : path
        Where the file is; made if it is not there.
    create : bool
        False makes nothing on disk: where there is no store, an empty one stands in for it in memory.

    Raises
    ------
    OutputError
        When the folder cannot be written to, or is none.
    StoreError
        When it cannot be used. Every method raises it, too: for a full disk, for instance.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
    ...     store.put("a backbone", [bytes(32)], np.ones((1, 3), np.float32))
    ...     store.read("a backbone", [bytes(32), bytes(32)]).tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """

    def __init__(self, folder: str | os.PathLike[str], *, create: bool = True) -> None:
        self._database = Database(Path(folder), create=create)

    @classmethod
    def open(cls, cache: str | os.PathLike[str] | None = None, *, create: bool = True) -> Store:
        """Open the store in Headway's cache folder, or in ``cache`` where that is given; ``create`` as for `Store`."""
        return cls(cache_dir(cache), create=create)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; closing twice is fine."""
        self._database.close()

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return self._database.path

    def size(self) -> int:
        """Return the bytes on disk of the store, its log, and all files that were set aside."""
        return sum(path.stat().st_size for path in self.path.parent.glob(f"{FILE_NAME}*"))

    def take_notes(self) -> list[str]:
        """Return, once, what happened to the file that its user should know."""
        notes, self._database.notes = self._database.notes, []
        return notes

    # -- the stat index

    def known(self, paths: Sequence[str]) -> list[bytes | None]:
        """Return the SHA-256 of the files that have not changed since they were last read; open none of them.

        Parameters
        ----------
        paths : sequence of str
            Files; those that are not there are not known.

        Returns
        -------
        list of (bytes or None)
            One per path.
        """

        def work(connection: sqlite3.Connection) -> list[bytes | None]:
            found: list[bytes | None] = []
            for chunk in _chunks(paths):
                keys = _path_keys(chunk)
                rows = connection.execute(
                    f"SELECT path, size, mtime_ns, inode, hash, checksum FROM files WHERE path IN ({_marks(keys)})",
                    keys,
                )
                kept = {path: (stamp, digest, checksum) for path, *stamp, digest, checksum in rows}
                for path, key in zip(chunk, keys, strict=True):
                    stamp, digest, checksum = kept.get(key, (None, None, None))
                    unchanged = stamp is not None and stamp == _status(path)
                    # A damaged row is as good as none: the file is read again, and the row replaced.
                    sound = unchanged and _is_digest(digest) and checksum == _row_checksum(key, stamp, digest)
                    found.append(digest if sound else None)
            return found

        return self._database.run(work)

    def remember(self, entries: Iterable[tuple[Seen, bytes]]) -> None:
        """Take down which content files have.

        Parameters
        ----------
        entries : iterable of (Seen, bytes)
            Each file as it was *before* it was read, see `is_settled`, and the SHA-256 of what was read.
        """
        rows = []
        for seen, digest in entries:
            key = _path_keys([seen.path])[0]
            rows.append((key, *seen[1:], digest, _row_checksum(key, seen[1:], digest)))
        self._database.run(
            lambda connection: connection.executemany("REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)", rows), write=True
        )

    # -- features

    def missing(self, space: str, hashes: Sequence[bytes]) -> set[bytes]:
        """Return the contents for which no feature is kept; what is kept counts as used today.

        Parameters
        ----------
        space : str
            What the features depend on besides the content.
        hashes : sequence of bytes
            SHA-256 of contents.
        """
        today = _today()

        def work(connection: sqlite3.Connection) -> tuple[set[bytes], list[bytes]]:
            number = _space_number(connection, space)
            kept = [
                row
                for chunk in _chunks(hashes)
                for row in connection.execute(
                    f"SELECT hash, used FROM entries WHERE space = ? AND hash IN ({_marks(chunk)})", (number, *chunk)
                )
            ]
            return set(hashes).difference(digest for digest, _ in kept), [
                digest for digest, used in kept if used != today
            ]

        absent, aged = self._database.run(work)
        if aged:
            self._touch(space, aged, today)
        return absent

    def holds(self, space: str, digest: bytes) -> bool:
        """Say whether a feature of one content is kept; quick, and callable from any thread."""
        statement = "SELECT 1 FROM entries JOIN spaces ON id = space WHERE name = ? AND hash = ?"
        return (
            self._database.run(lambda connection: connection.execute(statement, (space, digest)).fetchone()) is not None
        )

    def put(self, space: str, hashes: Sequence[bytes], vectors: FloatArray) -> None:
        """Keep features, all or none of them; those that are kept already stay as they are.

        Parameters
        ----------
        space : str
            What the features depend on besides the content.
        hashes : sequence of bytes, length n
            SHA-256 of contents.
        vectors : ndarray of float32, shape (n, D)
            Their features.
        """
        today = _today()
        rows = np.ascontiguousarray(vectors, dtype="<f4")

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR IGNORE INTO spaces (name, dim) VALUES (?, ?)", (space, rows.shape[1]))
            number = _space_number(connection, space)
            for digest, vector in zip(hashes, rows, strict=True):
                data = vector.tobytes()
                key = (number, digest)
                if connection.execute("SELECT 1 FROM entries WHERE space = ? AND hash = ?", key).fetchone() is None:
                    checksum = _checksum(space, digest, data)
                    made = connection.execute("INSERT INTO vectors (checksum, data) VALUES (?, ?)", (checksum, data))
                    connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?)", (*key, made.lastrowid, today))

        self._database.run(work, write=True)

    def read(self, space: str, hashes: Sequence[bytes], columns: slice | Sequence[int] | None = None) -> FloatArray:
        """Return features, in the order asked for.

        Parameters
        ----------
        space : str
            What the features depend on besides the content.
        hashes : sequence of bytes, length n
            SHA-256 of contents; one may be there several times.
        columns : slice or sequence of int, optional
            Which values of each vector; default all.

        Returns
        -------
        ndarray of float32, shape (n, D)

        Raises
        ------
        FeaturesGoneError
            When one of them is not kept.
        """
        return self._database.run(lambda connection: _read(connection, space, hashes, columns))

    # -- contents that could not be decoded

    def put_failures(self, policy: str, failures: Sequence[tuple[bytes, str]]) -> None:
        """Keep why contents cannot be decoded.

        Parameters
        ----------
        policy : str
            The decoding policy; another one may be able to read them.
        failures : sequence of (bytes, str)
            SHA-256 of the content, and the reason in one line.
        """
        rows = [(policy, digest, reason) for digest, reason in failures]
        self._database.run(
            lambda connection: connection.executemany("REPLACE INTO failures VALUES (?, ?, ?)", rows), write=True
        )

    def failures(self, policy: str, hashes: Sequence[bytes]) -> dict[bytes, str]:
        """Return the reasons that are kept for any of these contents; callable from any thread."""

        def work(connection: sqlite3.Connection) -> dict[bytes, str]:
            return {
                digest: reason
                for chunk in _chunks(hashes)
                for digest, reason in connection.execute(
                    f"SELECT hash, reason FROM failures WHERE policy = ? AND hash IN ({_marks(chunk)})",
                    (policy, *chunk),
                )
            }

        return self._database.run(work)

    # -- facts about this machine

    def fact(self, name: str) -> str | None:
        """Return what was kept by `put_fact` under ``name``, or None."""
        row = self._database.run(
            lambda connection: connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        )
        return None if row is None else str(row[0])

    def put_fact(self, name: str, value: str) -> None:
        """Keep something small that takes long to find out."""
        self._database.run(lambda connection: connection.execute("REPLACE INTO facts VALUES (?, ?)", (name, value)))

    # -- housekeeping

    def summary(self) -> list[SpaceSummary]:
        """Return what is kept, the largest space first."""

        def work(connection: sqlite3.Connection) -> list[SpaceSummary]:
            rows = connection.execute(
                "SELECT name, count(*), count(*) * dim * 4, max(used) FROM entries JOIN spaces ON id = space "
                "GROUP BY space ORDER BY 3 DESC, name"
            )
            return [SpaceSummary(name, count, size, _date(day)) for name, count, size, day in rows]

        return self._database.run(work)

    def prune(self, space: str | None = None, *, older_than: float | None = None, everything: bool = False) -> int:
        """Delete features, and give their room on disk back.

        What is being read from the store at this moment is computed again when it is asked for the next time.

        Parameters
        ----------
        space : str, optional
            Only those of this space, see `summary`.
        older_than : float, optional
            Only those not used for so many days.
        everything : bool
            All of them, with failures, the stat index and all files that were set aside.

        Returns
        -------
        int
            Number of features deleted.

        Raises
        ------
        DataError
            When nothing is chosen.
        UnknownNameError
            When there is no such space.
        """
        if space is None and older_than is None and not everything:
            raise DataError("what to delete must be said: a space, an age in days, or everything")
        names = [row.space for row in self.summary()]
        if space is not None and space not in names:
            raise UnknownNameError("space of features", space, names)
        last_day = _DAY * 10**6 if older_than is None else _today() - older_than

        def delete(connection: sqlite3.Connection) -> int:
            chosen = "FROM entries WHERE used <= :day AND (:all OR space IN (SELECT id FROM spaces WHERE name = :name))"
            values = {"day": last_day, "all": space is None, "name": space}
            connection.execute(f"DELETE FROM vectors WHERE id IN (SELECT vector {chosen})", values)
            count = connection.execute(f"DELETE {chosen}", values).rowcount
            connection.execute("DELETE FROM spaces WHERE id NOT IN (SELECT space FROM entries)")
            if everything:
                connection.execute("DELETE FROM failures")
                connection.execute("DELETE FROM facts")
            connection.execute(
                "DELETE FROM files WHERE hash NOT IN (SELECT hash FROM entries UNION SELECT hash FROM failures)"
            )
            return count

        deleted = self._database.run(delete, write=True)
        self._database.run(lambda connection: connection.execute("VACUUM"))
        self._database.run(lambda connection: connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
        if everything:
            for path in self.path.parent.glob(f"{FILE_NAME}.corrupt-*"):
                path.unlink(missing_ok=True)
        return deleted

    def _touch(self, space: str, hashes: Sequence[bytes], today: int) -> None:
        def work(connection: sqlite3.Connection) -> None:
            number = _space_number(connection, space)
            for chunk in _chunks(hashes):
                connection.execute(
                    f"UPDATE entries SET used = ? WHERE space = ? AND hash IN ({_marks(chunk)})",
                    (today, number, *chunk),
                )

        # Only a date for pruning: a disk that is full must not keep anyone from reading.
        with contextlib.suppress(StoreError, OutputError):
            self._database.run(work, write=True)


def _read(
    connection: sqlite3.Connection, space: str, hashes: Sequence[bytes], columns: slice | Sequence[int] | None
) -> FloatArray:
    found = connection.execute("SELECT id, dim FROM spaces WHERE name = ?", (space,)).fetchone()
    if found is None:
        raise FeaturesGoneError(f"the feature store holds nothing of {space}: run again to compute it")
    number, dim = found
    places: dict[bytes, list[int]] = {}
    for place, digest in enumerate(hashes):
        places.setdefault(digest, []).append(place)
    unique = list(places)
    # Sorted by number, the vectors are read in the order in which they lie in the file.
    order = sorted(
        (vector, digest)
        for chunk in _chunks(unique)
        for digest, vector in connection.execute(
            f"SELECT hash, vector FROM entries WHERE space = ? AND hash IN ({_marks(chunk)})", (number, *chunk)
        )
    )
    if len(order) != len(unique):
        raise FeaturesGoneError(
            f"{len(unique) - len(order):,} features are no longer in the store: run again to compute them"
        )
    if order:
        (length,) = connection.execute("SELECT max(length(data)) FROM vectors WHERE id = ?", order[0][:1]).fetchone()
        if length != dim * 4:
            raise DamageError("a vector has another length than its space")
    chosen = slice(None) if columns is None else columns
    result: FloatArray = np.empty((len(hashes), np.empty(dim, np.bool_)[chosen].size), np.float32)
    for part in _chunks(order):
        rows = connection.execute(
            f"SELECT id, checksum, data FROM vectors WHERE id IN ({_marks(part)}) ORDER BY id",
            [vector for vector, _ in part],
        )
        read = 0
        for (vector, digest), (found_vector, checksum, data) in zip(part, rows, strict=False):
            if (
                found_vector != vector
                or not isinstance(data, bytes)
                or len(data) != dim * 4
                or checksum != _checksum(space, digest, data)
            ):
                raise DamageError("a checksum does not match")
            result[places[digest]] = np.frombuffer(data, "<f4")[chosen]
            read += 1
        if read != len(part):
            raise DamageError("a vector is missing")
    return result


def _checksum(space: str, digest: bytes, data: bytes) -> int:
    """Check the vector together with its key, so that a damaged reference to a sound vector shows, too."""
    return zlib.crc32(data, zlib.crc32(digest, zlib.crc32(space.encode())))


def _row_checksum(key: bytes, stamp: Iterable[int], digest: bytes) -> int:
    """Check a row of the stat index as a whole: another file's digest in it shows, too."""
    return zlib.crc32(digest, zlib.crc32(repr([*stamp]).encode(), zlib.crc32(key)))


def _space_number(connection: sqlite3.Connection, space: str) -> int:
    row = connection.execute("SELECT id FROM spaces WHERE name = ?", (space,)).fetchone()
    return -1 if row is None else int(row[0])


def _path_keys(paths: Sequence[str]) -> list[bytes]:
    """Make paths absolute; as bytes, since a name on disk need not be text."""
    here = Path.cwd()
    return [os.fsencode(os.path.join(here, path)) for path in paths]


def _status(path: str) -> list[int] | None:
    try:
        return list(fingerprint(path, os.stat(path))[1:])  # a Path each would take longer
    except (OSError, ValueError):
        return None


def _is_digest(value: object) -> bool:
    return isinstance(value, bytes) and len(value) == 32


def _today() -> int:
    return int(time.time() // _DAY)


def _date(day: int) -> str:
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=day)).isoformat()


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))
