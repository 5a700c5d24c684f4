"""When a file counts as unchanged without being read: the same size, times and inode as before.

Of the two times, programs can set that of the last modification, and some set it back: ``cp -p``, ``touch -r``, and
whoever edits a picture in place and restores its date. The other one, of the last change of the file or of what the
system notes of it, nobody can. (On Windows it is the time of the file's creation, and tells nothing.)

That is wrong in one case, which git calls "racily clean": a file is written again, at the same size, so soon after it
was read that the file system's clock has not ticked in between. So a file is only remembered if it was read later than
one tick after its last change; until then it is read anew, which is slower but never wrong.
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from headway.store.rows import chunks, marks

FINE_TICK_NS = 20_000_000  # Linux stamps files by its scheduler's clock, which ticks every 10 ms at the slowest
COARSE_TICK_NS = 2_100_000_000  # FAT counts in steps of 2 s, HFS+ and some network file systems in steps of 1 s
_SECOND_NS = 1_000_000_000
_INT64 = 0x7FFF_FFFF_FFFF_FFFF


class Seen(NamedTuple):
    """A file as it was when it was read; times in ns since 1970, numbers cut to what SQLite holds."""

    path: str
    size: int
    mtime_ns: int
    inode: int
    ctime_ns: int

    @property
    def changed_ns(self) -> int:
        """The later of both times."""
        return max(self.mtime_ns, self.ctime_ns)


def fingerprint(path: str, status: os.stat_result) -> Seen:
    """Return what tells a file from a later version of itself.

    Examples
    --------
    >>> fingerprint("/a.png", os.stat(os.devnull)).path
    '/a.png'
    """
    # SQLite's numbers end in the year 2262.
    mtime_ns, ctime_ns = min(status.st_mtime_ns, _INT64), min(status.st_ctime_ns, _INT64)
    return Seen(path, status.st_size, mtime_ns, status.st_ino & _INT64, ctime_ns)


def tick_ns(time_ns: int) -> int:
    """Return the longest time between two changes of a file that may leave the same time.

    Examples
    --------
    >>> tick_ns(1_700_000_000_123_456_789) // 1_000_000, "ms"
    (20, 'ms')
    """
    return COARSE_TICK_NS if time_ns % _SECOND_NS == 0 else FINE_TICK_NS


def is_settled(seen: Seen, read_ns: int) -> bool:
    """Say whether a change after the reading, which began at ``read_ns``, is sure to show in the file's stamp.

    Examples
    --------
    >>> just_written = Seen("/a.png", 1, 1_700_000_000_123_456_789, 1, 1_700_000_000_123_456_789)
    >>> is_settled(just_written, just_written.mtime_ns + 1_000_000)
    False
    """
    return all(read_ns - time > tick_ns(time) for time in (seen.mtime_ns, seen.ctime_ns))


def find_digests(connection: sqlite3.Connection, paths: Sequence[str]) -> list[bytes | None]:
    """Return for each path the SHA-256 of its content, or None where the file is not known or has changed."""
    found: list[bytes | None] = []
    for chunk in chunks(paths):
        keys = _path_keys(chunk)
        rows = connection.execute(
            f"SELECT path, size, mtime_ns, inode, ctime_ns, hash, checksum FROM files WHERE path IN ({marks(keys)})",
            keys,
        )
        known = {path: (stamp, digest, checksum) for path, *stamp, digest, checksum in rows}
        for path, key in zip(chunk, keys, strict=True):
            stamp, digest, checksum = known.get(key, (None, None, None))
            unchanged = stamp is not None and stamp == _stamp(path)
            # A damaged row is as good as none: the file is read again, and the row replaced.
            sound = unchanged and isinstance(digest, bytes) and len(digest) == 32
            found.append(digest if sound and checksum == _checksum(key, stamp, digest) else None)
    return found


def put_digests(connection: sqlite3.Connection, entries: Iterable[tuple[Seen, bytes]]) -> None:
    """Insert the SHA-256 of files as they were before they were read, or replace what is there."""
    stamps = list(entries)
    keys = _path_keys([seen.path for seen, _ in stamps])
    rows = [
        (key, *seen[1:], digest, _checksum(key, seen[1:], digest))
        for key, (seen, digest) in zip(keys, stamps, strict=True)
    ]
    connection.executemany("REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def _checksum(key: bytes, stamp: Iterable[int], digest: bytes) -> int:
    """Check a row as a whole, so that another file's digest in it shows, too."""
    return zlib.crc32(digest, zlib.crc32(repr([*stamp]).encode(), zlib.crc32(key)))


def _path_keys(paths: Sequence[str]) -> list[bytes]:
    """Make paths absolute; as bytes, since a name on disk need not be text."""
    here = str(Path.cwd())  # a Path would be spelled out for each of them
    return [os.fsencode(os.path.join(here, path)) for path in paths]


def _stamp(path: str) -> list[int] | None:
    try:
        return list(fingerprint(path, os.stat(path))[1:])  # a Path each would take longer
    except (OSError, ValueError):
        return None
