"""What a file says of itself in its header, without a pixel being decoded."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, TYPE_CHECKING

from PIL import Image

from headway.errors import PictureError
from headway.facts.images import FileFacts
from headway.images.exif import taken
from headway.images.frames import count_frames
from headway.images.quality import jpeg_quality
from headway.images.source import open_image
from headway.images.upright import orientation

if TYPE_CHECKING:
    from headway.types import Picture

_PNG_BITS = 24  # where a PNG says how many there are
_DEEP = ("I", "F", "I;16", "I;16B", "I;16L")


def read_file_facts(picture: Picture) -> FileFacts | None:
    """Read the header of a path, or of the bytes of a file; None for what is no file, or cannot be read.

    Safe to be called from several threads at once.

    Examples
    --------
    >>> import headway
    >>> facts = read_file_facts(min(headway.demo.pictures().glob("birds/*")))
    >>> facts.format, facts.ending, facts.frames, facts.quality, facts.taken
    ('WebP', '.webp', 1, None, None)
    """
    if isinstance(picture, bytearray | memoryview):
        picture = bytes(picture)
    if not isinstance(picture, str | os.PathLike | bytes):
        return None
    ending = "" if isinstance(picture, bytes) else Path(picture).suffix.lower()
    try:
        with open_image(picture) as (stream, image, kind):
            return FileFacts(
                bytes=stream.seek(0, os.SEEK_END),
                ending=ending,
                format=kind,
                mode=image.mode,
                bits=_bits(stream, image, kind),
                frames=count_frames(stream, image, kind),
                quality=jpeg_quality(getattr(image, "quantization", {})) if kind == "JPEG" else None,
                orientation=orientation(image.info),
                taken=taken(image.info),
            )
    except PictureError:
        return None


def capture_time(picture: Picture) -> float | None:
    """Return when a camera took a picture, as `FileFacts` has it; None where its file does not say."""
    facts = read_file_facts(picture)
    return None if facts is None else facts.taken


def _bits(stream: IO[bytes], image: Image.Image, kind: str) -> int:
    if kind == "PNG":
        stream.seek(_PNG_BITS)
        return int.from_bytes(stream.read(1))
    if image.mode in _DEEP:
        return 16 if image.mode.startswith("I;") else 32
    return 1 if image.mode == "1" else 8
