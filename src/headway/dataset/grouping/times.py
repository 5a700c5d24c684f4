"""Bursts: photographs that one camera took within seconds of each other, by what their EXIF blocks say."""

from __future__ import annotations

import datetime
import os
import re
import struct
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from headway.dataset.grouping.evidence import Evidence, Names
from headway.dataset.walk import suffix

GAP = 2.0
"""Seconds between two pictures of one burst, at most."""

_WITH_EXIF = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".webp", ".heic", ".heif"})
_SAMPLE = 100  # files: where none of these has a time, the others are not opened
_BEGIN, _MORE = 4 << 10, 64 << 10  # bytes of a file that are read: nearly always the first will do
_LONGEST = 50  # pictures: who takes more without a pause takes them by a machine, of one thing after another
# WebP has the block in a piece of its own, of which four bytes are the length.
_BLOCK = re.compile(rb"(?:Exif\0\0|EXIF(?s:.{4}))(?=II\*\0|MM\0\*)")
_MODEL, _EXIF, _TIME, _PART_OF_SECOND = 0x0110, 0x8769, 0x9003, 0x9291
_TIME_TEXT = re.compile(rb"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)")
_MOST_ENTRIES = 200


class Taken(NamedTuple):
    """When and by which model of camera a photograph was taken, in seconds since the year 1."""

    time: float
    camera: bytes


def by_times(names: Names, files: Sequence[str]) -> Evidence | None:
    """Find bursts among files: of one folder and class, by one camera, each within 2 s of the one before.

    Only headers are read, and only of formats that have such a block. Files of which none of a hundred has a time
    are left alone; so are those that were taken without a pause, as by a machine.
    """
    rows = [row for row, path in enumerate(files) if suffix(path) in _WITH_EXIF]
    some = rows[:: max(len(rows) // _SAMPLE, 1)]
    if len(rows) < 2 or not any(taken(files[row]) for row in some):
        return None
    takes: dict[tuple[str, int, int, bytes], list[tuple[float, int]]] = defaultdict(list)
    for row in rows:
        if (found := taken(files[row])) is not None:
            folder = names.paths[row].rpartition("/")[0]
            place = (folder, int(names.labels[row]), int(names.splits[row]), found.camera)
            takes[place].append((found.time, row))
    keys = [""] * len(files)
    for number, burst in enumerate((burst for take in takes.values() for burst in _bursts(take)), start=1):
        for row in burst:
            keys[row] = f"burst {number}"
    sizes = Counter(key for key in keys if key)
    if not sizes or max(sizes.values()) > _LONGEST:
        return None
    return Evidence("times", keys, keys)


def _bursts(take: Sequence[tuple[float, int]]) -> Iterator[list[int]]:
    """Yield the rows of pictures that follow one another without a pause, where these are several."""
    burst: list[int] = []
    before = 0.0
    for time, row in sorted(take):
        if burst and time - before > GAP:
            if len(burst) > 1:
                yield burst
            burst = []
        burst.append(row)
        before = time
    if len(burst) > 1:
        yield burst


def taken(path: str) -> Taken | None:
    """Read when a photograph was taken from the head or the end of its file; None where it does not say so."""
    try:
        with open(path, "rb", buffering=0) as file:
            begin = file.read(_BEGIN)
            found = _of_block(begin)
            if found or len(begin) < _BEGIN:
                return found
            if begin[8:12] == b"WEBP":  # behind the pixels
                file.seek(-min(_MORE, os.fstat(file.fileno()).st_size), os.SEEK_END)
                return _of_block(file.read(_MORE))
            return _of_block(begin + file.read(_MORE - _BEGIN))
    except OSError:  # it is quarantined when its pixels are to be read
        return None


def _of_block(begin: bytes) -> Taken | None:
    match = _BLOCK.search(begin)
    block = begin[match.end() :] if match else begin
    if block[:4] not in (b"II*\0", b"MM\0*"):
        return None
    order = "<" if block[:1] == b"I" else ">"
    try:
        main = _directory(block, order, struct.unpack_from(f"{order}I", block, 4)[0])
        exif = _directory(block, order, struct.unpack_from(f"{order}I", block, main[_EXIF] + 8)[0])
        time = _TIME_TEXT.match(_text(block, order, exif, _TIME))
        if time is None:
            return None
        moment = datetime.datetime(*map(int, time.groups()))  # type: ignore[arg-type]
    except (struct.error, KeyError, ValueError):  # the block ends before it should, or has no such entry or time
        return None
    part = _text(block, order, exif, _PART_OF_SECOND).strip()
    seconds = (moment - datetime.datetime.min).total_seconds()
    return Taken(seconds + (float(b"0." + part) if part.isdigit() else 0.0), _text(block, order, main, _MODEL))


def _directory(block: bytes, order: str, start: int) -> dict[int, int]:
    """Return where the entry of each tag stands."""
    count = min(struct.unpack_from(f"{order}H", block, start)[0], _MOST_ENTRIES)
    places = range(start + 2, start + 2 + 12 * count, 12)
    return {struct.unpack_from(f"{order}H", block, place)[0]: place for place in places}


def _text(block: bytes, order: str, directory: Mapping[int, int], tag: int) -> bytes:
    """Return the text of an entry, without what fills it up; empty where there is none."""
    place = directory.get(tag)
    if place is None:
        return b""
    kind, count = struct.unpack_from(f"{order}HI", block, place + 2)
    if kind != 2:
        return b""
    start = place + 8 if count <= 4 else struct.unpack_from(f"{order}I", block, place + 8)[0]
    return block[start : start + min(count, 100)].rstrip(b"\0 ")
