"""What a header promises, checked before anything is decoded: how much memory it takes, and whether it can be true."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from typing import IO

from PIL.JpegImagePlugin import MARKER, JpegImageFile

from headway.errors import PictureError

# Of a file's notes (text, profile, EXIF), which its reader keeps in memory.
_NOTES_BYTES = 16 << 20
# Each chunk of a PNG takes a microsecond or more, and may take twelve bytes; text may take two milliseconds to inflate.
_NOTE_CHUNKS = 1_000
_CHUNKS = 300_000
# A progressive JPEG is in memory as coefficients of 16 bits: 200 megapixels of the usual 4:2:0 are 600 MB.
_COEFFICIENT_BYTES = 620_000_000
# Each scan goes over the whole picture again, and may take a dozen bytes; encoders write 10.
_SCANS = 100
_SCANNED_BYTES = 25 * _COEFFICIENT_BYTES
_SCAN = b"\xff\xda"
# Cameras write dozens of segments; Pillow appends each of EXIF to all before it.
_SEGMENTS = 1_000
_STRAY_BYTES = 1 << 16
_FED_BYTES = 4 << 20
# Of 255 bytes at most; a profile or XMP takes thousands.
_GIF_PIECES = 100_000
_PIECE_BYTES = 1 << 20
_HUFFMAN = (0xC0, 0xC1, 0xC2)


class BoundedJpegFile(JpegImageFile):
    """A JPEG whose padding is bounded: libjpeg goes over a run of it anew for every piece that it is fed.

    Pieces are larger than Pillow's own of 64 KiB: a photo is one piece, and decoded a thirtieth faster.
    """

    def load_read(self, read_bytes: int) -> bytes:
        """Read on in the scans."""
        piece = super().load_read(max(read_bytes, _FED_BYTES))
        if len(piece) >= _STRAY_BYTES and not piece.strip(b"\xff"):
            raise PictureError(f"a JPEG with more than {_STRAY_BYTES:,} bytes of padding among its pixels")
        return piece


def check_png(stream: IO[bytes]) -> None:
    """Refuse a PNG that holds much besides its pixels; the stream is at its beginning, and is left anywhere."""
    stream.seek(8)
    notes, chunks, others = 0, 0, 0
    while len(head := stream.read(8)) == 8:
        length, name = int.from_bytes(head[:4]), head[4:]
        if name == b"IEND":
            return
        chunks += 1
        others += name not in (b"IDAT", b"fcTL", b"fdAT")
        if others > _NOTE_CHUNKS or chunks > _CHUNKS:
            raise PictureError(f"a PNG in more than {_NOTE_CHUNKS if others > _NOTE_CHUNKS else _CHUNKS:,} chunks")
        if name != b"IDAT":
            # The later frames of an animation are skipped, one chunk at a time.
            notes = max(notes, length) if name == b"fdAT" else notes + length
            if notes > _NOTES_BYTES:
                raise PictureError(
                    f"a PNG with {notes >> 20} MiB besides its pixels; at most {_NOTES_BYTES >> 20} are read"
                )
        stream.seek(length + 4, io.SEEK_CUR)


def check_jpeg_notes(stream: IO[bytes]) -> None:
    """Refuse a JPEG whose pixels begin late, or after very many pieces: Pillow joins and keeps all that comes before.

    The stream is at its beginning, and is left anywhere.
    """
    stream.seek(2)
    segments, stray = 0, 0
    while len(head := stream.read(2)) == 2 and head != _SCAN:
        if head[0] != 0xFF or head[1] in (0x00, 0xFF):
            # Padding, or junk, which Pillow passes over byte by byte.
            stray += 1
            stream.seek(-1, io.SEEK_CUR)
        else:
            segments += 1
            if _has_length(head):
                stream.seek(max(0, int.from_bytes(stream.read(2)) - 2), io.SEEK_CUR)
        if segments > _SEGMENTS:
            raise PictureError(f"a JPEG with more than {_SEGMENTS:,} segments before its pixels")
        if stray > _STRAY_BYTES:
            raise PictureError(f"a JPEG with more than {_STRAY_BYTES:,} stray bytes before its pixels")
        if stream.tell() > _NOTES_BYTES:
            raise PictureError(f"a JPEG with more than {_NOTES_BYTES >> 20} MiB before its pixels")


def _has_length(marker: bytes) -> bool:
    """Say whether Pillow reads a length behind a marker."""
    _, _, handler = MARKER.get(int.from_bytes(marker), (None, None, None))
    return handler is not None


def check_gif(stream: IO[bytes]) -> None:
    """Refuse a GIF with very many pieces before its first picture; the stream is left anywhere."""
    if sum(1 for _ in itertools.islice(_gif_pieces(stream), _GIF_PIECES + 1)) > _GIF_PIECES:
        raise PictureError(f"a GIF with more than {_GIF_PIECES:,} blocks before its first picture")


def _gif_pieces(stream: IO[bytes]) -> Iterator[None]:
    """Pass over extensions, their blocks, and stray bytes, one at a time."""
    stream.seek(10)
    flags = int.from_bytes(stream.read(1))
    stream.seek(13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0))
    while (head := stream.read(1)) and head not in b",;":
        yield
        if head == b"!":
            stream.seek(1, io.SEEK_CUR)
            while length := int.from_bytes(stream.read(1)):
                yield
                stream.seek(length, io.SEEK_CUR)


def check_jpeg(stream: IO[bytes], image: JpegImageFile) -> int:
    """Refuse a JPEG that takes too much memory or time, or whose file is too small for its pixels.

    The stream is where Pillow left it when it opened the image, after the head of the first scan, and is put back
    there. Return the bytes that decoding takes besides the pixels.
    """
    start = stream.tell()
    blocks = _blocks(image)
    # The head of a scan ends here; it has 16 bytes at most, of which the fifth is the number of components in it.
    stream.seek(max(0, start - 16))
    head = stream.read(16)
    several = bool(image.info.get("progressive")) or head[head.rindex(_SCAN) + 4] < image.layers
    coefficients = blocks * 128 if several else 0
    if coefficients > _COEFFICIENT_BYTES:
        needed, most = coefficients // 1_000_000, _COEFFICIENT_BYTES // 1_000_000
        raise PictureError(f"a progressive JPEG that takes {needed} MB to decode; at most {most} are given")
    scans = 1
    while several and (piece := stream.read(_PIECE_BYTES)):
        scans += piece.count(_SCAN)
        if scans > _SCANS:
            raise PictureError(f"a JPEG in more than {_SCANS} scans")
        if scans * coefficients > _SCANNED_BYTES:
            raise PictureError(f"a progressive JPEG of this size in more than {_SCANNED_BYTES // coefficients} scans")
    # Of each block of 8 × 8, Huffman codes take a bit for its mean, and one more for the rest of it unless that is left
    # to later scans, where many blocks can share one.
    bits = blocks * (1 if several else 2)
    size = stream.seek(0, io.SEEK_END)
    if (size - start) * 8 < bits:
        stream.seek(0)
        if _frame(stream.read(start)) in _HUFFMAN:
            raise PictureError("truncated JPEG file")
    stream.seek(start)
    return coefficients


def _blocks(image: JpegImageFile) -> int:
    """Count the blocks of all components."""
    across, down = (max(layer[axis] for layer in image.layer) for axis in (1, 2))
    return sum(
        -(-image.width * layer[1] // (8 * across)) * -(-image.height * layer[2] // (8 * down)) for layer in image.layer
    )


def _frame(header: bytes) -> int | None:
    """Find the marker that says how a JPEG is coded; None where the header is not plain."""
    at = 2
    while at + 4 <= len(header) and header[at] == 0xFF:
        marker = header[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return marker
        at += 1 if marker == 0xFF else 2 + int.from_bytes(header[at + 2 : at + 4])
    return None
