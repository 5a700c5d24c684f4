"""Giant PNGs, decoded a few rows at a time, in memory that does not grow with the picture.

Pillow decodes a PNG as a whole, and a whole one of 168 megapixels takes 670 MB. Here the compressed stream is inflated
a strip of rows at a time. A row of a PNG is stored as its difference to the row above, so a strip becomes a tiny PNG of
its own: the last decoded row of the strip before, stored as it is, and then the strip's rows as they stand in the file.
Pillow undoes the differences in C; the strip is brought to a working mode, reduced by whole factors, and pasted into a
picture of a few times the final size.
"""

from __future__ import annotations

import io
import math
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from headway.errors import PictureError
from headway.images.fitting import REDUCING_GAP, Placement
from headway.images.levels import PLAIN, Levels
from headway.images.modes import to_working_mode
from headway.images.transparency import has_deep_key

STRIP_BYTES = 2 << 20
_CHUNK_BYTES = 1 << 18
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
_NOTES = (b"eXIf", b"tEXt", b"zTXt", b"iTXt")


@dataclass(frozen=True)
class _Header:
    width: int
    height: int
    depth: int
    colour_type: int

    @property
    def row_bytes(self) -> int:
        return (self.width * _CHANNELS[self.colour_type] * self.depth + 7) // 8


def can_read(image: Image.Image) -> bool:
    """Say whether an open PNG has its rows one after the other, and no need of both bytes of 16 bits."""
    return not image.info.get("interlace") and not has_deep_key(image)


def read(
    stream: IO[bytes], image: Image.Image, placement: Placement, levels: Levels = PLAIN
) -> tuple[Image.Image, Placement]:
    """Decode one part of a PNG that is not interlaced, reduced.

    Return an image of a working mode, each axis at least `REDUCING_GAP` times the final size, or as large as it was,
    and the wanted part in it. ``image`` is the same file, opened and not decoded, for its palette and transparent
    colour; the notes that follow the pixels are added to its ``info``. ``levels`` are for 16 bits.
    """
    stream.seek(0)
    chunks = _Chunks(stream)
    header = chunks.header()
    if (header.width, header.height) != image.size:
        raise PictureError("broken PNG file (two headers)")
    wide, high = placement.factors(REDUCING_GAP)
    left, top, right, bottom = _window(placement, header)
    strip_rows = max(1, STRIP_BYTES // (header.row_bytes * high)) * high
    inflated = _Inflated(chunks.pixels)
    reduced: Image.Image | None = None
    # Filters work on each byte by itself, so the high bytes of 16 bits are a PNG of 8 bits, and so are the low ones.
    planes = [_Plane(header, offset) for offset in (range(1 if levels.is_plain else 2) if header.depth == 16 else [0])]
    row = 0
    while row < header.height:
        # The first strip ends where the wanted part begins, so that the strips after it are reduced in step.
        count = min(strip_rows, (top if row < top else header.height) - row)
        rows = inflated.read(count * (header.row_bytes + 1))
        decoded = [plane.unfiltered(rows, count) for plane in planes]
        if top <= row < bottom:
            window = (left, 0, right, min(count, bottom - row))
            parts = [_image(header, image, pixels, count, window) for pixels in decoded]
            strip = to_working_mode(parts[0] if len(parts) == 1 else _joined(parts, levels)).reduce((wide, high))
            if reduced is None:
                reduced = Image.new(strip.mode, (strip.width, -(-(bottom - top) // high)))
            reduced.paste(strip, (0, (row - top) // high))
        row += count
    if reduced is None:
        raise PictureError("broken PNG file (no rows)")
    image.info |= chunks.notes()
    shifted = Placement(tuple(np.subtract(placement.box, (left, top, left, top)).tolist()), placement.size)
    return reduced, shifted.scaled(wide, high)


def _window(placement: Placement, header: _Header) -> tuple[int, int, int, int]:
    """Return the wanted part in whole pixels, with the neighbours that the resizing filter reaches."""
    left, top, right, bottom = placement.box
    across, down = (right - left) / placement.size[0], (bottom - top) / placement.size[1]
    return (
        max(0, math.floor(left - across)),
        max(0, math.floor(top - down)),
        min(header.width, math.ceil(right + across)),
        min(header.height, math.ceil(bottom + down)),
    )


class _Chunks:
    """The chunks of a PNG, in order."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._stream.read(len(_SIGNATURE))
        self._next = self._head()
        self.pixels = self._pixels()

    def _head(self) -> tuple[bytes, int]:
        head = self._stream.read(8)
        return (head[4:], int.from_bytes(head[:4])) if len(head) == 8 else (b"", 0)

    def _skip(self) -> None:
        # To the end of this chunk and of its checksum.
        self._stream.seek(self._next[1] + 4, io.SEEK_CUR)
        self._next = self._head()

    def header(self) -> _Header:
        width, height, depth, colour_type = struct.unpack(">IIBB", self._stream.read(10))
        self._stream.seek(-10, io.SEEK_CUR)
        return _Header(width, height, depth, colour_type)

    def _pixels(self) -> Iterator[bytes]:
        while self._next[0] not in (b"IDAT", b""):
            self._skip()
        while self._next[0] == b"IDAT":
            left = self._next[1]
            while left:
                piece = self._stream.read(min(left, _CHUNK_BYTES))
                if not piece:
                    return
                left -= len(piece)
                yield piece
            self._stream.seek(4, io.SEEK_CUR)
            self._next = self._head()

    def notes(self) -> dict[Any, Any]:
        """Return EXIF and text that follow the pixels, as Pillow reads them."""
        for _ in self.pixels:
            pass
        notes = []
        while self._next[0] not in (b"IEND", b""):
            if self._next[0] in _NOTES:
                notes.append(_chunk(self._next[0], self._stream.read(self._next[1])))
                self._stream.seek(-self._next[1], io.SEEK_CUR)
            self._skip()
        if not notes:
            return {}
        with PngImageFile(io.BytesIO(_tiny(1, 1, 1, zlib.compress(bytes(2)), *notes))) as image:
            return image.info


class _Inflated:
    """The stream of rows, inflated no further than asked for."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._inflate = zlib.decompressobj()

    def read(self, count: int) -> bytes:
        parts = []
        while count:
            piece = self._inflate.unconsumed_tail or next(self._pieces, b"")
            if not piece:
                raise PictureError("truncated PNG file")
            parts.append(self._inflate.decompress(piece, count))
            count -= len(parts[-1])
            if self._inflate.eof and count:
                raise PictureError("truncated PNG file")
        return b"".join(parts)


class _Plane:
    """Undoes the filters of some rows after the other: of all their bytes, or of the high or low ones of 16 bits."""

    def __init__(self, header: _Header, offset: int) -> None:
        self._step, self._offset = (2 if header.depth == 16 else 1), offset
        self._channels, self._width = _CHANNELS[header.colour_type], header.width
        if header.depth < 8:
            self._channels, self._width = 1, header.row_bytes
        self._above = bytes(header.row_bytes // self._step)

    def unfiltered(self, rows: bytes, count: int) -> Image.Image:
        """Return an image of the rows below the last of those before."""
        if self._step > 1:
            table = np.frombuffer(rows, np.uint8).reshape(count, -1)
            rows = np.concatenate([table[:, :1], table[:, 1 + self._offset :: 2]], axis=1).tobytes()
        stored = zlib.compress(b"".join([b"\0", self._above, rows]), 0)
        with PngImageFile(io.BytesIO(_tiny(self._width, count + 1, self._channels, stored))) as image:
            image.load()
            self._above = image.crop((0, count, self._width, count + 1)).tobytes()
            return image


def _joined(parts: Sequence[Image.Image], levels: Levels) -> Image.Image:
    """Return an image by its levels, from the high and the low bytes of its values."""
    high, low = (np.asarray(part) for part in parts)
    values = (high.astype(np.uint16) << 8 | low).reshape(*high.shape[:2], -1)
    pixels = levels.of_pixels(values)
    return Image.fromarray(pixels if pixels.shape[2] > 1 else pixels[..., 0])


def _tiny(width: int, height: int, channels: int, pixels: bytes, *notes: bytes) -> bytes:
    """Return a PNG of 8 bits of compressed pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    return b"".join([_SIGNATURE, _chunk(b"IHDR", header), *notes, _chunk(b"IDAT", pixels), _chunk(b"IEND", b"")])


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))


def _image(
    header: _Header, whole: Image.Image, pixels: Image.Image, count: int, window: tuple[int, int, int, int]
) -> Image.Image:
    """Read unfiltered rows as pixels, as Pillow would have read the whole file."""
    left, top, right, bottom = window
    if header.colour_type != 3 and header.depth >= 8:
        strip = pixels.crop((left, top + 1, right, bottom + 1))
    else:
        data = pixels.crop((0, 1, pixels.width, count + 1)).tobytes()
        mode = "P" if header.colour_type == 3 else "1" if header.depth == 1 else "L"
        packing = mode if mode == "1" or header.depth == 8 else f"{mode};{header.depth}"
        strip = Image.frombytes(mode, (header.width, count), data, "raw", packing)
        if header.colour_type == 3 and whole.palette is not None:
            strip.putpalette(whole.palette.palette, "RGB")
        strip = strip.crop(window)
    if "transparency" in whole.info:
        strip.info["transparency"] = whole.info["transparency"]
    return strip
