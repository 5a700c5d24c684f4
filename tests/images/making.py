"""Picture files by hand, of kinds that Pillow does not write."""

from __future__ import annotations

import struct
import zlib

import numpy as np

# First column and row, and steps, of the seven pictures of an interlaced PNG.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(
    values: np.ndarray,
    depth: int,
    colour_type: int,
    *,
    key: bytes | None = None,
    palette: bytes | None = None,
    interlaced: bool = False,
    before: bytes = b"",
    after: bytes = b"",
) -> bytes:
    """Return a PNG of values (H, W) or (H, W, channels), with chunks before and after its pixels."""
    pixels = values.reshape(*values.shape[:2], -1)
    parts = [pixels[row::down, column::across] for column, row, across, down in _PASSES] if interlaced else [pixels]
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], depth, colour_type, 0, 0, interlaced)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before,
            chunk(b"PLTE", palette) if palette else b"",
            chunk(b"tRNS", key) if key else b"",
            chunk(b"IDAT", zlib.compress(b"".join(_rows(part, depth) for part in parts))),
            after + chunk(b"IEND", b""),
        ]
    )


def _rows(pixels: np.ndarray, depth: int) -> bytes:
    rows = pixels.reshape(len(pixels), -1)
    if depth == 16:
        packed = rows.astype(">u2").view(np.uint8)
    elif depth == 8:
        packed = rows.astype(np.uint8)
    else:
        bits = (rows[..., None] >> np.arange(depth - 1, -1, -1)) & 1
        packed = np.packbits(bits.reshape(len(rows), -1).astype(np.uint8), axis=1)
    return b"".join(b"\0" + row.tobytes() for row in packed) if packed.size else b""


def riff(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def bmp(pixels: np.ndarray, header_bytes: int, *, bits: int, compression: int, masks: tuple[int, ...]) -> bytes:
    """Return a BMP of packed pixels (H, W, bytes), whose header is long enough for an alpha mask, or not."""
    height, width = pixels.shape[:2]
    data = pixels[::-1].tobytes()
    header = struct.pack("<IiiHHIIiiII", header_bytes, width, height, 1, bits, compression, len(data), 0, 0, 0, 0)
    header += struct.pack(f"<{len(masks)}I", *masks)
    start = 14 + max(len(header), header_bytes)
    return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + header.ljust(start - 14, b"\0") + data
