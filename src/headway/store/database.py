"""One SQLite file that several processes share, that survives a kill at any moment, and that is replaced when damaged.

SQLite's write-ahead log gives the first two. For the third, every use goes through `Database.run`: where SQLite, or
a checksum, says that the file is damaged, it is renamed to ``features.sqlite.corrupt-N``, an empty one takes its
place, and the use is tried once more. Nothing is deleted, and nothing is lost but time: everything in it can be
computed again.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from headway.errors import OutputError, StoreError
from headway.places import make_private, regular_status
from headway.posix import lock_file

T = TypeVar("T")

FILE_NAME = "features.sqlite"
VERSION = 4  # in PRAGMA user_version; raise it with every change of the layout, and only then, with a migration
APPLICATION_ID = 0x48454144  # "HEAD"
BUSY_SECONDS = 60.0
ELSEWHERE = "name another folder with --cache or HEADWAY_CACHE"

# The vectors are apart from their keys: appended in the order of their making, they are written and read in long runs,
# and the keys stay small. Without STRICT tables and RETURNING, so that SQLite 3.24 will do.
SCHEMA = """
CREATE TABLE spaces (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, dim INTEGER NOT NULL);
CREATE TABLE vectors (id INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE entries (
    space INTEGER NOT NULL, hash BLOB NOT NULL, vector INTEGER NOT NULL, used INTEGER NOT NULL,
    PRIMARY KEY (space, hash)
) WITHOUT ROWID;
CREATE TABLE failures (policy TEXT NOT NULL, hash BLOB NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (policy, hash))
WITHOUT ROWID;
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
FILES = """
CREATE TABLE files (
    path BLOB PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL, hash BLOB NOT NULL, checksum INTEGER NOT NULL
) WITHOUT ROWID;
"""
IMAGES = """
CREATE TABLE images (
    policy TEXT NOT NULL, hash BLOB NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, mode TEXT NOT NULL,
    format TEXT, brightness REAL NOT NULL, contrast REAL NOT NULL, sharpness REAL NOT NULL, n_colours INTEGER NOT NULL,
    perceptual_hash INTEGER NOT NULL, checksum INTEGER NOT NULL, PRIMARY KEY (policy, hash)
) WITHOUT ROWID;
"""
_NEW_FILES = f"DROP TABLE IF EXISTS files; {FILES}"
# What turns the version before into each. 2: rows of the stat index have checksums; files are hashed once more.
# 3: facts about images; contents that are known get theirs when they are next decoded. 4: the stat index has a second
# time; files are hashed once more.
MIGRATIONS = {2: _NEW_FILES, 3: f"DROP TABLE IF EXISTS images; {IMAGES}", 4: _NEW_FILES}


_NUMBERS = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};"


class DamageError(Exception):
    """The file holds something that was never written into it."""


# Python cannot decode SQLite's message where that quotes a damaged layout, and raises UnicodeDecodeError instead of it.
_FAULTS = (sqlite3.Error, DamageError, UnicodeDecodeError)


class Database:
    """The connection to ``features.sqlite`` in a folder; it may be used from several threads.

    Where there is no file, one is made; with ``create=False`` nothing is made on disk, and an empty one stands in for
    it in memory. ``notes`` says, in lines, what happened to the file that its user should know.
    """

    def __init__(self, folder: Path, *, create: bool = True) -> None:
        self.path = folder / FILE_NAME
        self.notes: list[str] = []
        self._guard = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        try:
            in_memory = not create and (folder.is_dir() or not folder.exists()) and not self.path.exists()
            if not in_memory:
                make_private(folder)
        except (OSError, ValueError) as error:  # ValueError for a NUL byte
            raise self._explain(error) from error
        if in_memory:
            self._connection = self._connect(":memory:")
            return
        with self._only_process():
            try:
                self._open()
            except OSError as error:
                raise self._explain(error) from error
            except _FAULTS as error:
                self._renew(error)

    def close(self) -> None:
        """Let go of the file; closing twice is fine."""
        with self._guard:
            connection, self._connection = self._connection, None
            if connection is not None:
                # What SQLite tidies up on closing, the next opening does as well.
                with contextlib.suppress(sqlite3.Error):
                    connection.close()

    def run(self, work: Callable[[sqlite3.Connection], T], *, write: bool = False) -> T:
        """Call ``work`` with the connection, once more on an empty file if this one proves damaged.

        It must be repeatable. With ``write`` it is one transaction, which is undone when it fails. All that goes wrong
        with the file is a `StoreError`, or an `OutputError` where it may not be written to.
        """
        with self._guard:
            try:
                return self._attempt(work, write)
            except _FAULTS as error:
                with self._only_process():
                    self._renew(error)
            try:
                return self._attempt(work, write)
            except _FAULTS as error:
                raise self._explain(error) from error

    def _attempt(self, work: Callable[[sqlite3.Connection], T], write: bool) -> T:
        connection = self._connection
        if connection is None:
            raise StoreError(f"the feature store {self.path} is closed")
        if not write:
            return work(connection)
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = work(connection)
            connection.execute("COMMIT")
        except BaseException:
            # A full disk or a damaged page may have undone the transaction already.
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise
        return result

    def _open(self) -> None:
        """Open the file and lay out an empty one; call it as the only process."""
        for ending in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                regular_status(Path(f"{self.path}{ending}"), own=True)
        # Its owner's only, as its log will be, also in a folder that others may enter.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = self._connect(self.path)
        try:
            status = self.path.stat()
        except BaseException:
            connection.close()
            raise
        self._connection, self._identity = connection, (status.st_dev, status.st_ino)

    def _connect(self, place: Path | str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            place, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=64
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables and (application, version) != (APPLICATION_ID, VERSION) and _layout(connection) == _own_layout():
            # Only these numbers are damaged: another version has another layout.
            application, version = APPLICATION_ID, VERSION
            connection.executescript(_NUMBERS)
        if tables and application != APPLICATION_ID:
            raise StoreError(f"{self.path} is not a feature store of Headway: move it away, or {ELSEWHERE}")
        if version > VERSION:
            raise StoreError(
                f"the feature store {self.path} was written by a newer Headway (format {version}, "
                f"this one reads up to {VERSION}): update Headway, or {ELSEWHERE}"
            )
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "cell_size_check = ON", "trusted_schema = OFF"):
            connection.execute(f"PRAGMA {pragma}")
        if not tables:
            connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} {FILES} {IMAGES} {_NUMBERS} COMMIT;")
        elif version < VERSION:
            steps = " ".join(MIGRATIONS[number] for number in range(max(version, 1) + 1, VERSION + 1))
            connection.executescript(f"BEGIN IMMEDIATE; {steps} {_NUMBERS} COMMIT;")

    def _renew(self, error: Exception) -> None:
        """Set a damaged file aside and open an empty one, or say what else is wrong; call it as the only process."""
        if not _is_damage(error):
            raise self._explain(error) from error
        self.close()
        try:
            status = self.path.stat()
            # Another process may have set it aside already.
            if self._identity in (None, (status.st_dev, status.st_ino)):
                self._set_aside(error)
            self._open()
        except FileNotFoundError:
            self._open()
        except (OSError, *_FAULTS) as second:
            raise self._explain(second) from second

    def _set_aside(self, error: Exception) -> None:
        number = 1
        while (aside := self.path.with_name(f"{FILE_NAME}.corrupt-{number}")).exists():
            number += 1
        for ending in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                Path(f"{self.path}{ending}").rename(f"{aside}{ending}")
        self.notes.append(
            f"the feature store was damaged ({error}): it is set aside as {aside}, and features are computed again"
        )

    @contextlib.contextmanager
    def _only_process(self) -> Iterator[None]:
        """Keep other processes from opening or setting aside meanwhile; the lock ends with the process, if not here."""
        path = self.path.with_name("features.lock")
        try:
            with contextlib.suppress(FileNotFoundError):
                regular_status(path, own=True)
            lock = open(path, "ab")  # noqa: SIM115  # closed below
        except OSError as error:
            raise self._explain(error) from error
        with lock:
            try:
                lock_file(lock)
            except OSError as error:
                raise self._explain(error) from error
            yield

    def _explain(self, error: Exception) -> StoreError | OutputError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        full = code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _free_bytes(self.path.parent) < 2**20)
        if full or (isinstance(error, OSError) and error.errno == 28):
            return StoreError(
                f"the disk is full, so the feature store cannot grow: {self.path}; what it holds stays usable: "
                f"free some space and run again, or {ELSEWHERE}"
            )
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return StoreError(
                f"another process kept the feature store busy for {BUSY_SECONDS:.0f} s: {self.path}; "
                f"wait for it and run again, or {ELSEWHERE}"
            )
        reason = error.strerror if isinstance(error, OSError) else str(error)
        if isinstance(error, (FileExistsError, NotADirectoryError)):
            reason = "it is a file, or in one, and not a folder"
        no_place = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
        if code in no_place or isinstance(error, (OSError, ValueError)):
            return OutputError(f"the cache folder cannot be used: {self.path}: {reason}; {ELSEWHERE}")
        return StoreError(f"the feature store cannot be used: {self.path}: {reason}; run again, or {ELSEWHERE}")


def _layout(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    """Return the name of everything in a file, and the statement that made it."""
    return set(connection.execute("SELECT name, sql FROM sqlite_master"))


@functools.cache
def _own_layout() -> set[tuple[str, str]]:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(f"{SCHEMA} {FILES} {IMAGES}")
        return _layout(connection)


def _free_bytes(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return sys.maxsize


def _is_damage(error: Exception) -> bool:
    if isinstance(error, (DamageError, UnicodeDecodeError)):
        return True
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    # The statements are fixed and the layout was checked: a missing table or column was there once.
    lost = code == sqlite3.SQLITE_ERROR and str(error).startswith("no such ")
    return lost or code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
