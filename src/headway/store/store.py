"""Features, failures, facts about images and the stat index, by content.

A feature is stored under the SHA-256 of the image's content and a *space*, which names everything else that it depends
on: backbone, decoding policy, way of resizing, precision. So the same content under two names is stored once.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import sqlite3
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from headway.errors import DataError, OutputError, StoreError, UnknownNameError
from headway.facts.catalogue import Space
from headway.places import cache_dir
from headway.store.database import FILE_NAME, DamageError, Database
from headway.store.image_table import find_image_facts, put_image_facts
from headway.store.rows import chunks, marks
from headway.store.stat_index import Seen, find_digests, put_digests
from headway.store.vectors import find_entries, put_vectors, read_vectors, touch_entries

if TYPE_CHECKING:
    from headway.facts.images import ImageFacts
    from headway.types import FloatArray

_DAY = 86_400


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
        When the folder cannot be written to, or is not a folder.
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
        """Return the SHA-256 of the files that have not changed since they were last read; open none of them."""
        return self._database.run(lambda connection: find_digests(connection, paths))

    def remember(self, entries: Iterable[tuple[Seen, bytes]]) -> None:
        """Store the SHA-256 of files, each as it was *before* it was read (see `is_settled`)."""
        rows = list(entries)
        self._database.run(lambda connection: put_digests(connection, rows), write=True)

    # -- features

    def missing(self, space: str, hashes: Sequence[bytes]) -> set[bytes]:
        """Return the contents that have no feature in a space; those that have one count as used today."""
        today = _today()
        known = self._database.run(lambda connection: find_entries(connection, space, hashes))
        aged = [digest for digest, used in known.items() if used != today]
        if aged:
            # Only a date for pruning: a disk that is full must not keep anyone from reading.
            with contextlib.suppress(StoreError, OutputError):
                self._database.run(lambda connection: touch_entries(connection, space, aged, today), write=True)
        return set(hashes).difference(known)

    def state(self, policy: str, space: str, digest: bytes) -> tuple[str | None, bool]:
        """Return why a content cannot be decoded (see `failures`), or None, and whether it has a feature.

        Callable from any thread, and one statement: each makes threads that decode meanwhile wait for each other.
        """
        statement = (
            "SELECT (SELECT reason FROM failures WHERE policy = ? AND hash = ?), "
            "EXISTS (SELECT 1 FROM entries JOIN spaces ON id = space WHERE name = ? AND hash = ?)"
        )
        values = (policy, digest, space, digest)
        reason, known = self._database.run(lambda connection: connection.execute(statement, values).fetchone())
        return reason if isinstance(reason, str) else None, bool(known)

    def put(self, space: str, hashes: Sequence[bytes], vectors: FloatArray) -> None:
        """Store float32 (n, D) vectors, all or none of them; those that are there already stay as they are."""
        rows = np.ascontiguousarray(vectors, dtype="<f4")
        self._database.run(lambda connection: put_vectors(connection, space, hashes, rows, _today()), write=True)

    def read(self, space: str, hashes: Sequence[bytes], columns: slice | Sequence[int] | None = None) -> FloatArray:
        """Return features, float32 (n, D), in the order asked for; a digest may be there several times.

        ``columns`` picks values of each vector. `FeaturesGoneError` where one of the vectors is not there.
        """
        return self._database.run(lambda connection: read_vectors(connection, space, hashes, columns))

    # -- facts about images

    def put_image_facts(self, policy: str, facts: Sequence[tuple[bytes, ImageFacts]]) -> None:
        """Store facts about images by SHA-256; ``policy`` names what they depend on besides the content."""
        self._database.run(lambda connection: put_image_facts(connection, policy, facts), write=True)

    def image_facts(self, policy: str, hashes: Sequence[bytes]) -> dict[bytes, ImageFacts]:
        """Return the facts that are known of any of these contents; callable from any thread."""
        return self._database.run(lambda connection: find_image_facts(connection, policy, hashes))

    # -- contents that could not be decoded

    def put_failures(self, policy: str, failures: Sequence[tuple[bytes, str]]) -> None:
        """Store the reasons, in one line each, why contents cannot be decoded; another ``policy`` may be able to."""
        rows = [(policy, digest, reason) for digest, reason in failures]
        self._database.run(
            lambda connection: connection.executemany("REPLACE INTO failures VALUES (?, ?, ?)", rows), write=True
        )

    def failures(self, policy: str, hashes: Sequence[bytes]) -> dict[bytes, str]:
        """Return the reasons that are known for any of these contents; callable from any thread."""

        def work(connection: sqlite3.Connection) -> dict[bytes, str]:
            return {
                digest: reason
                for chunk in chunks(hashes)
                for digest, reason in connection.execute(
                    f"SELECT hash, reason FROM failures WHERE policy = ? AND hash IN ({marks(chunk)})",
                    (policy, *chunk),
                )
                if isinstance(reason, str)  # else it is damaged, and the content is decoded again
            }

        return self._database.run(work)

    # -- facts about this machine

    def fact(self, name: str) -> str | None:
        """Return what `put_fact` stored under ``name``, or None."""
        row = self._database.run(
            lambda connection: connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        )
        return None if row is None else str(row[0])

    def put_fact(self, name: str, value: str) -> None:
        """Store something small that takes long to find out."""
        self._database.run(lambda connection: connection.execute("REPLACE INTO facts VALUES (?, ?)", (name, value)))

    # -- housekeeping

    def summary(self) -> list[Space]:
        """Return what is stored, the largest space first."""

        def work(connection: sqlite3.Connection) -> list[Space]:
            rows = connection.execute(
                "SELECT name, count(*), count(*) * dim * 4, max(used) FROM entries JOIN spaces ON id = space "
                "GROUP BY space ORDER BY 3 DESC, name"
            ).fetchall()
            if not all(isinstance(name, str) and isinstance(size, int) and size >= 0 for name, _, size, _ in rows):
                raise DamageError("a space has no name, or no size")
            return [Space(name, count, size, _date(day)) for name, count, size, day in rows]

        return self._database.run(work)

    def prune(self, space: str | None = None, *, older_than: float | None = None, everything: bool = False) -> int:
        """Delete features, and give their room on disk back.

        Features that a table still needs are computed again when they are read.

        Parameters
        ----------
        space : str, optional
            Only those of this space, see `summary`.
        older_than : float, optional
            Only those not used for so many days.
        everything : bool
            All of them, with failures, facts, the stat index and all files that were set aside.

        Returns
        -------
        int
            Number of features deleted.
        """
        if space is None and older_than is None and not everything:
            raise DataError("name what to delete: a space, an age in days, or everything")
        names = [row.space for row in self.summary()]
        if space is not None and space not in names:
            raise UnknownNameError("space of features", space, names)
        last_day = None if older_than is None else _today() - older_than

        def delete(connection: sqlite3.Connection) -> int:
            chosen = (
                "FROM entries WHERE (:day IS NULL OR used <= :day) "
                "AND (:all OR space IN (SELECT id FROM spaces WHERE name = :name))"
            )
            values = {"day": last_day, "all": space is None, "name": space}
            # Facts go with the last feature of their content.
            connection.execute(
                f"DELETE FROM images WHERE hash IN (SELECT hash {chosen}) AND hash NOT IN "
                f"(SELECT hash FROM entries WHERE (space, hash) NOT IN (SELECT space, hash {chosen}))",
                values,
            )
            connection.execute(f"DELETE FROM vectors WHERE id IN (SELECT vector {chosen})", values)
            count = connection.execute(f"DELETE {chosen}", values).rowcount
            connection.execute("DELETE FROM spaces WHERE id NOT IN (SELECT space FROM entries)")
            if everything:
                for table in ("failures", "facts", "images"):
                    connection.execute(f"DELETE FROM {table}")
            connection.execute(
                "DELETE FROM files WHERE hash NOT IN "
                "(SELECT hash FROM entries UNION SELECT hash FROM failures UNION SELECT hash FROM images)"
            )
            return count

        deleted = self._database.run(delete, write=True)
        self._database.run(lambda connection: connection.execute("VACUUM"))
        self._database.run(lambda connection: connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
        if everything:
            for path in self.path.parent.glob(f"{FILE_NAME}.corrupt-*"):
                path.unlink(missing_ok=True)
        return deleted


def _today() -> int:
    return int(time.time() // _DAY)


def _date(day: object) -> str:
    """Return a day as a date; what is not a day of the past, which only damage can be, as today."""
    if not isinstance(day, int) or not 0 <= day <= _today():
        day = _today()
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=day)).isoformat()
