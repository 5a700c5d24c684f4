"""What a header promises, checked before anything is decoded: how much memory it takes, and whether it can be true."""

from __future__ import annotations

import io
from typing import IO

from PIL.JpegImagePlugin import JpegImageFile

from headway.errors import PictureError

# Of a file's notes (text, profile, EXIF), which its reader keeps in memory.
_NOTES_BYTES = 16 << 20
# Each chunk of a PNG takes a microsecond or more, and may take twelve bytes.
_NOTE_CHUNKS = 10_000
_CHUNKS = 300_000
# A progressive JPEG is in memory as coefficients of 16 bits: 200 megapixels of the usual 4:2:0 are 600 MB.
_COEFFICIENT_BYTES = 620_000_000
# Each scan goes over the whole picture again, and may take a dozen bytes; encoders write 10.
_SCANS = 100
_PIECE_BYTES = 1 << 20
_HUFFMAN = (0xC0, 0xC1, 0xC2)


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
    """Refuse a JPEG whose pixels begin late: Pillow would join all that comes before, piece by piece.

    The stream is at its beginning, and is left anywhere.
    """
    start = stream.read(_NOTES_BYTES)
    if len(start) < _NOTES_BYTES:
        return
    try:
        with JpegImageFile(io.BytesIO(start)) as image:
            if image.tile:
                return
    except (OSError, SyntaxError):
        # Cut short, as it must be where no pixels have begun.
        pass
    raise PictureError(f"a JPEG with more than {_NOTES_BYTES >> 20} MiB before its pixels")


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
    several = bool(image.info.get("progressive")) or head[head.rindex(b"\xff\xda") + 4] < image.layers
    coefficients = blocks * 128 if several else 0
    if coefficients > _COEFFICIENT_BYTES:
        needed, most = coefficients // 1_000_000, _COEFFICIENT_BYTES // 1_000_000
        raise PictureError(f"a progressive JPEG that takes {needed} MB to decode; at most {most} are given")
    scans = 1
    while several and (piece := stream.read(_PIECE_BYTES)):
        scans += piece.count(b"\xff\xda")
        if scans > _SCANS:
            raise PictureError(f"a JPEG in more than {_SCANS} scans")
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
