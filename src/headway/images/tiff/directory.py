"""The first page's directory of tags, read within bounds, whatever it claims."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from headway.errors import PictureError

# Cameras and microscopes write dozens.
_TAGS = 1000
# Of one tag: the tables of two million tiles.
_VALUE_BYTES = 16 << 20
# Some editors append to XMP what a picture was made of, megabyte by megabyte.
_NOTE_BYTES = 1 << 20
# By TIFF's number of the type; of the numbers that are looked at here, whole ones and nothing else.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_WHOLE = {1: "u1", 3: "u2", 4: "u4", 6: "i1", 7: "u1", 8: "i2", 9: "i4", 13: "u4", 16: "u8", 17: "i8", 18: "u8"}


@dataclass(frozen=True)
class _Entry:
    type: int
    count: int
    start: int  # where in the file its values are

    @property
    def bytes(self) -> int:
        return self.count * _SIZES.get(self.type, 0)


class Directory:
    """The tags of a TIFF's first page; their values are read from the file when they are asked for.

    Parameters
    ----------
    stream : binary file
        The file; it is left anywhere.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.size = stream.seek(0, io.SEEK_END)
        head = self._read(0, 4)
        self.order = "<" if head[:1] == b"I" else ">"
        self._big = 43 in head[2:]
        self._entries = dict(self._parse())

    @property
    def notes_bytes(self) -> int:
        """The bytes of all values."""
        return sum(entry.bytes for entry in self._entries.values())

    def __contains__(self, tag: int) -> bool:
        return tag in self._entries

    def array(self, tag: int) -> NDArray[Any]:
        """Return the values of a tag that is a list of whole numbers; none where there is no such tag."""
        entry = self._entries.get(tag)
        if entry is None:
            return np.empty(0, np.int64)
        if entry.type not in _WHOLE:
            raise PictureError(f"broken TIFF file (tag {tag} must be whole numbers)")
        return np.frombuffer(self.content(tag), f"{self.order}{_WHOLE[entry.type]}")

    def number(self, tag: int, default: int) -> int:
        """Return the first value of a tag."""
        values = self.array(tag)
        return int(values[0]) if len(values) else default

    def content(self, tag: int) -> bytes:
        """Return the values of a tag as the bytes that they are."""
        entry = self._entries[tag]
        if entry.bytes > _VALUE_BYTES:
            raise PictureError(
                f"a TIFF with {entry.bytes >> 20} MiB in tag {tag}; at most {_VALUE_BYTES >> 20} are read"
            )
        return self._read(entry.start, entry.bytes)

    def note(self, tag: int) -> bytes:
        """Return the bytes of a tag, or so many of the first as a note needs; none where there is no such tag."""
        entry = self._entries.get(tag)
        return self._read(entry.start, min(entry.bytes, _NOTE_BYTES)) if entry else b""

    def _read(self, start: int, count: int) -> bytes:
        if start + count > self.size:
            raise PictureError("truncated TIFF file")
        self._stream.seek(start)
        return self._stream.read(count)

    def _number(self, start: int, count: int) -> int:
        return int.from_bytes(self._read(start, count), "little" if self.order == "<" else "big")

    def _parse(self) -> dict[int, _Entry]:
        wide = 8 if self._big else 4
        start = self._number(8 if self._big else 4, wide)
        count = self._number(start, 8 if self._big else 2)
        if count > _TAGS:
            raise PictureError(f"a TIFF with {count:,} tags; at most {_TAGS:,} are read")
        entries: dict[int, _Entry] = {}
        start += 8 if self._big else 2
        for at in range(start, start + count * (4 + 2 * wide), 4 + 2 * wide):
            tag, kind, values = self._number(at, 2), self._number(at + 2, 2), self._number(at + 4, wide)
            if tag in entries:
                # Readers differ in which of them they take.
                raise PictureError(f"broken TIFF file (tag {tag} twice)")
            inside = values * _SIZES.get(kind, 0) <= wide
            entries[tag] = _Entry(kind, values, at + 4 + wide if inside else self._number(at + 4 + wide, wide))
        return entries
