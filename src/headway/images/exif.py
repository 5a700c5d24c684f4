"""The EXIF block of an image, read within its bounds, whatever it claims."""

from __future__ import annotations

import itertools
import re
import struct
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

# Some writers put the block's header twice.
_HEADERS = re.compile(rb"^(Exif\0\0){1,2}")
# Whole numbers of 16 and 32 bits, as they are numbered in a directory.
_NUMBERS = {3: "H", 4: "I", 8: "h", 9: "i"}
_TEXT, _CAMERA = 2, 0x8769
# When the picture was taken; else, when it was digitised.
_TIMES = (0x9003, 0x9004)
_TIME_BYTES = 19
# Cameras write dozens.
_TAGS = 1000


class Entry(NamedTuple):
    """What a directory says of one tag."""

    tag: int
    kind: int
    length: int
    at: int  # where its value, or the place of it, stands in the block


def exif_block(info: Mapping[Any, Any]) -> bytes:
    """Return the EXIF block in the ``info`` of a PIL image, from its byte order on; empty where there is none."""
    exif, text = info.get("exif"), info.get("Raw profile type exif")
    if exif is None and isinstance(text, str):
        # A line for the name and one for the length, then digits.
        try:
            exif = bytes.fromhex("".join(text.split("\n")[3:]))
        except ValueError:
            return b""
    block = _HEADERS.sub(b"", exif) if isinstance(exif, bytes) else b""
    return block if block[:4] in (b"II*\0", b"MM\0*") else b""


def entries(block: bytes, directory: int | None = None) -> Iterator[Entry]:
    """Yield the entries of a directory of a block, by default the first; they end where the block does."""
    try:
        start = unpack(block, 4, "I") if directory is None else directory
        for at in range(start + 2, start + 2 + 12 * unpack(block, start, "H"), 12):
            yield Entry(unpack(block, at, "H"), unpack(block, at + 2, "H"), unpack(block, at + 4, "I"), at + 8)
    except struct.error:
        return


def unpack(block: bytes, at: int, kind: str) -> int:
    """Return a whole number in a block's byte order; `struct.error` where the block ends before it does."""
    return int(struct.unpack_from(("<" if block[:1] == b"I" else ">") + kind, block, at)[0])


def whole_number(block: bytes, entry: Entry) -> int | None:
    """Return the value of a tag that is one whole number."""
    if entry.kind not in _NUMBERS or entry.length != 1:
        return None
    try:
        return unpack(block, entry.at, _NUMBERS[entry.kind])
    except struct.error:
        return None


def taken(info: Mapping[Any, Any]) -> float | None:
    """Return when a camera took the image, by its own clock: seconds since 1970, as if that went by UTC.

    Examples
    --------
    >>> from PIL import Image
    >>> exif = Image.Exif()
    >>> exif.get_ifd(0x8769)[0x9003] = "2026:11:30 12:00:00"
    >>> taken({"exif": exif.tobytes()})
    1796040000.0
    """
    block = exif_block(info)
    for camera in (entry for entry in entries(block) if entry.tag == _CAMERA):
        place = whole_number(block, camera)
        if place is not None and place >= 0:
            tags = itertools.islice(entries(block, place), _TAGS)
            times = {entry.tag: _time(block, entry) for entry in tags if entry.tag in _TIMES}
            return next((times[tag] for tag in _TIMES if times.get(tag) is not None), None)
    return None


def _time(block: bytes, entry: Entry) -> float | None:
    if entry.kind != _TEXT or entry.length < _TIME_BYTES:
        return None
    try:
        start = unpack(block, entry.at, "I")
        text = block[start : start + _TIME_BYTES].decode("ascii")
        if len(text) < _TIME_BYTES:
            return None
        return datetime.strptime(text, "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
    except (struct.error, ValueError):  # cameras without a clock write blanks or zeros
        return None
