"""Strips and tiles: where they are, decompressed, and their samples as numbers."""

from __future__ import annotations

import io
import lzma
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL.TiffImagePlugin import TiffImageFile

from headway.errors import PictureError
from headway.images.tiff.directory import Directory
from headway.images.tiff.layout import LZMA, NONE, Layout

# Each takes ten microseconds or more.
_MOST_SEGMENTS = 400_000
# So much is decompressed at once, and unpacked bit by bit.
_GROUP_BYTES = 4 << 20
_PACKED_BYTES = 1 << 19
_LZMA_BYTES = 256 << 20
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class _Segment(NamedTuple):
    """A strip or tile, or some rows of one that is not compressed."""

    plane: int
    left: int
    top: int
    rows: int
    start: int
    bytes: int


def check_segments(directory: Directory, layout: Layout) -> None:
    """Refuse a page with too many strips or tiles, or too few for its pixels."""
    for tag in (324, 325) if layout.tiled else (273, 279):
        # Its size is bounded where it is read.
        count = len(directory.array(tag))
        if count > _MOST_SEGMENTS:
            raise PictureError(f"a TIFF in {count:,} strips or tiles; at most {_MOST_SEGMENTS:,} are read")
        across, down = layout.grid
        if count < across * down * layout.planes and not (tag == 279 and layout.compression == NONE):
            raise PictureError("truncated TIFF file")


def read_samples(
    stream: IO[bytes],
    directory: Directory,
    layout: Layout,
    wanted: Sequence[int],
    keep: Callable[[NDArray[Any]], NDArray[Any]],
) -> NDArray[Any]:
    """Read some of the numbers of every pixel.

    Parameters
    ----------
    stream : binary file
        The file.
    directory : Directory
        The page's tags.
    layout : Layout
        What they say.
    wanted : sequence of int
        Which of a pixel's numbers, from 0.
    keep : callable
        What is done with them before they are kept, for instance to have fewer bytes.

    Returns
    -------
    ndarray, shape (height, width, len(wanted))
    """
    dtype = keep(np.zeros((1, 1, 1), _dtype(layout))).dtype
    pixels = np.zeros((layout.height, layout.width, len(wanted)), dtype)
    for group in _groups(layout, _segments(directory, layout, wanted)):
        data = _decompressed(stream, layout, group)
        values = keep(_numbers(layout, data))
        at = 0
        for plane, left, top, rows, *_ in group:
            piece = values[at : at + rows]
            at += rows
            target = pixels[top : top + rows, left : left + layout.segment[0]]
            piece = piece[: target.shape[0], : target.shape[1]]
            if layout.in_planes:
                for number in (number for number, sample in enumerate(wanted) if sample == plane):
                    target[..., number] = piece[..., 0]
            else:
                target[...] = piece[..., list(wanted)]
    return pixels


def _dtype(layout: Layout) -> np.dtype[Any]:
    return layout.dtype.newbyteorder("=") if layout.bits in (8, 16, 32, 64) else np.dtype(np.uint16)


def _segments(directory: Directory, layout: Layout, wanted: Sequence[int]) -> Iterator[_Segment]:
    starts, sizes = (directory.array(tag) for tag in ((324, 325) if layout.tiled else (273, 279)))
    if layout.compression != NONE and int(sizes.sum(dtype=np.float64)) > 2 * directory.size:
        raise PictureError("broken TIFF file (strips or tiles that overlap)")
    across, down = layout.grid
    wide, high = layout.segment
    for plane in sorted(set(wanted)) if layout.in_planes else (0,):
        for number in range(across * down):
            index = plane * across * down + number
            left, top = number % across * wide, number // across * high
            rows = high if layout.tiled else min(high, layout.height - top)
            start = int(starts[index])
            size = int(sizes[index]) if index < len(sizes) else rows * layout.row_bytes
            if not start or not size:
                raise PictureError("a TIFF with strips or tiles left out")
            if layout.compression != NONE:
                yield _Segment(plane, left, top, rows, start, size)
                continue
            if size < rows * layout.row_bytes:
                raise PictureError("truncated TIFF file")
            # Rows of what is not compressed can be read by themselves.
            step = max(1, _group_bytes(layout) // layout.row_bytes)
            for row in range(0, rows, step):
                some = min(step, rows - row)
                yield _Segment(plane, left, top + row, some, start + row * layout.row_bytes, some * layout.row_bytes)


def _group_bytes(layout: Layout) -> int:
    return _GROUP_BYTES if layout.bits in (8, 16, 32, 64) else _PACKED_BYTES


def _groups(layout: Layout, segments: Iterator[_Segment]) -> Iterator[list[_Segment]]:
    """Bring together what may be decompressed at once: of a group only the last may have fewer rows."""
    group: list[_Segment] = []
    rows = 0
    for segment in segments:
        full = (rows + segment.rows) * layout.row_bytes > _group_bytes(layout)
        if group and (full or group[-1].rows != layout.segment[1]):
            yield group
            group, rows = [], 0
        group.append(segment)
        rows += segment.rows
    yield group


def _decompressed(stream: IO[bytes], layout: Layout, group: list[_Segment]) -> bytes:
    pieces = []
    for segment in group:
        stream.seek(segment.start)
        piece = stream.read(segment.bytes)
        if len(piece) < segment.bytes:
            raise PictureError("truncated TIFF file")
        pieces.append(piece.translate(_REVERSED) if layout.reversed_bits else piece)
    if layout.compression == NONE:
        return b"".join(pieces)
    sizes = [segment.rows * layout.row_bytes for segment in group]
    if layout.compression == LZMA:
        return b"".join(map(_unlzma, pieces, sizes))
    return _by_libtiff(layout, pieces, sum(sizes) // layout.row_bytes)


def _unlzma(piece: bytes, size: int) -> bytes:
    content = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_LZMA_BYTES).decompress(piece, size)
    if len(content) < size:
        raise PictureError("truncated TIFF file")
    return content


def _by_libtiff(layout: Layout, pieces: list[bytes], rows: int) -> bytes:
    """Let libtiff decompress bytes, whatever they mean: as strips of a grey picture of 8 bits."""
    sizes = [len(piece) for piece in pieces]
    tables = 8 + 2 + 9 * 12 + 4
    start = tables + 8 * len(pieces)
    starts = np.cumsum([start, *sizes[:-1]]).tolist()
    many = len(pieces) > 1
    tags = (
        (256, 1, layout.row_bytes),
        (257, 1, rows),
        (258, 1, 8),
        (259, 1, layout.compression),
        (262, 1, 1),
        (273, len(pieces), tables if many else starts[0]),
        (277, 1, 1),
        (278, 1, layout.segment[1]),
        (279, len(pieces), tables + 4 * len(pieces) if many else sizes[0]),
    )
    directory = b"".join(struct.pack("<HHII", tag, 4, count, value) for tag, count, value in tags)
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + directory + bytes(4)
    content = b"".join([head, np.array([*starts, *sizes], "<u4").tobytes(), *pieces])
    with TiffImageFile(io.BytesIO(content)) as image:
        return image.tobytes()


def _numbers(layout: Layout, data: bytes) -> NDArray[Any]:
    """Read decompressed rows as numbers (rows, pixels, samples), in this machine's order of bytes."""
    table = np.frombuffer(data, np.uint8).reshape(-1, layout.row_bytes)
    shape = (len(table), layout.segment[0], -1)
    if layout.bits not in (8, 16, 32, 64):
        return _unpacked(table, layout.bits, layout.row_samples).reshape(shape)
    if layout.predictor == 3:
        return _without_float_differences(layout, table).reshape(shape)
    values = table.view(layout.dtype).astype(_dtype(layout), copy=False).reshape(shape)
    if layout.predictor == 2:
        whole = values.view(f"u{values.itemsize}")
        return np.cumsum(whole, axis=1, dtype=whole.dtype).view(values.dtype)
    return values


def _unpacked(table: NDArray[np.uint8], bits: int, count: int) -> NDArray[Any]:
    """Read rows of numbers that are not whole bytes, the highest bit first."""
    each = np.unpackbits(table, axis=1)[:, : count * bits].reshape(len(table), count, bits)
    values: NDArray[Any] = np.zeros((len(table), count), np.uint16)
    for bit in range(bits):
        values = values << 1 | each[..., bit]
    return values


def _without_float_differences(layout: Layout, table: NDArray[np.uint8]) -> NDArray[Any]:
    """Undo predictor 3: of a row's floats all first bytes, then all second ones, …, each less the one before."""
    samples = layout.row_samples // layout.segment[0]
    rows = np.cumsum(table.reshape(len(table), -1, samples), axis=1, dtype=np.uint8)
    size = layout.bits // 8
    joined = np.ascontiguousarray(rows.reshape(len(table), size, -1).transpose(0, 2, 1))
    return joined.view(f">f{size}").astype(f"f{size}")
