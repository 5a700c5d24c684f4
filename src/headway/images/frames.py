"""How many pictures a file holds, of which only the first is read; counted without decoding any, and within bounds."""

from __future__ import annotations

import struct
from typing import IO

from PIL import Image

MOST = 1000
"""What is counted at most of a GIF or a TIFF."""

_GIF_PIECES = 100_000
# A smaller or a transparent version of another page, which is no picture of its own.
_SUBFILE, _REDUCED, _MASK = 254, 1, 4


def count_frames(stream: IO[bytes], image: Image.Image, kind: str) -> int:
    """Return the number of frames or pages, at least 1; the stream is left anywhere."""
    if kind == "GIF":
        return max(1, _gif(stream))
    if kind == "TIFF":
        return max(1, _tiff(stream))
    return max(1, int(getattr(image, "n_frames", 1)))


def _gif(stream: IO[bytes]) -> int:
    stream.seek(10)
    _skip_colours(stream, 13)
    frames, pieces = 0, 0
    while frames < MOST and pieces < _GIF_PIECES and (head := stream.read(1)) not in (b"", b";"):
        pieces += 1
        if head == b",":
            frames += 1
            stream.seek(8, 1)
            _skip_colours(stream)
        if head in (b",", b"!"):  # each with a byte of its own, and then blocks
            stream.seek(1, 1)
            while pieces < _GIF_PIECES and (length := int.from_bytes(stream.read(1))):
                pieces += 1
                stream.seek(length, 1)
    return frames


def _skip_colours(stream: IO[bytes], start: int | None = None) -> None:
    """Read the flags of a screen or a frame, and pass over its table of colours."""
    flags = int.from_bytes(stream.read(1))
    table = 3 << (flags & 7) + 1 if flags & 0x80 else 0
    stream.seek(table if start is None else start + table, 1 if start is None else 0)


def _tiff(stream: IO[bytes]) -> int:
    stream.seek(0)
    head = stream.read(16)
    order, big = "<" if head[:1] == b"I" else ">", 43 in head[2:4]
    place, number, size = ("Q", "Q", 20) if big else ("I", "H", 12)

    def read(at: int, kind: str) -> int:
        stream.seek(at)
        return int(struct.unpack(order + kind, stream.read(struct.calcsize(kind)))[0])

    pages, seen = 0, set[int]()
    try:
        at = read(8 if big else 4, place)
        while at and at not in seen and len(seen) < MOST:
            seen.add(at)
            start, entries = at + struct.calcsize(number), read(at, number)
            # Tags ascend, and there is none before that of the kind of page.
            subfile = entries and read(start, "H") == _SUBFILE and read(start + size - struct.calcsize(place), "I")
            pages += not subfile & (_REDUCED | _MASK)
            at = read(start + size * entries, place)
    except (struct.error, OverflowError, OSError, ValueError):  # the file ends before its directories do
        pass
    return pages
