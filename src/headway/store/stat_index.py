"""When a file may be taken for unchanged without reading it: the same size, time of change and inode as before.

That is wrong in one case, which git calls "racily clean": a file is written again, at the same size, so soon after it
was read that the file system's clock has not ticked in between. So a file is only remembered if it was read later than
one tick after its last change; until then it is read anew, which is slower but never wrong.
"""

from __future__ import annotations

import os
from typing import NamedTuple

FINE_TICK_NS = 20_000_000  # Linux stamps files by its scheduler's clock, which ticks every 10 ms at the slowest
COARSE_TICK_NS = 2_100_000_000  # FAT counts in steps of 2 s, HFS+ and some network file systems in steps of 1 s
_SECOND_NS = 1_000_000_000
_INT64 = 0x7FFF_FFFF_FFFF_FFFF


class Seen(NamedTuple):
    """A file as it was when it was read.

    Attributes
    ----------
    path : str
        Where it is.
    size : int
        Bytes.
    mtime_ns : int
        Time of the last change, in ns since 1970.
    inode : int
        Its number in the file system, cut to 63 bits.
    """

    path: str
    size: int
    mtime_ns: int
    inode: int


def fingerprint(path: str, status: os.stat_result) -> Seen:
    """Take down what tells a file from a later version of itself.

    Examples
    --------
    >>> fingerprint("/a.png", os.stat(os.devnull)).path
    '/a.png'
    """
    return Seen(path, status.st_size, status.st_mtime_ns, status.st_ino & _INT64)


def tick_ns(seen: Seen) -> int:
    """Return the longest time that two changes of this file may lie apart and bear the same stamp.

    Examples
    --------
    >>> tick_ns(Seen("/a.png", 1, 1_700_000_000_123_456_789, 1)) // 1_000_000, "ms"
    (20, 'ms')
    """
    return COARSE_TICK_NS if seen.mtime_ns % _SECOND_NS == 0 else FINE_TICK_NS


def is_settled(seen: Seen, read_ns: int) -> bool:
    """Say whether a change after the reading is sure to show in the file's stamp.

    Parameters
    ----------
    seen : Seen
        The file, as it was just before it was read.
    read_ns : int
        When the reading began, in ns since 1970.

    Examples
    --------
    >>> just_written = Seen("/a.png", 1, 1_700_000_000_123_456_789, 1)
    >>> is_settled(just_written, just_written.mtime_ns + 1_000_000)
    False
    """
    return read_ns - seen.mtime_ns > tick_ns(seen)
