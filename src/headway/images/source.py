"""The format of a file, by its content; the one reader that may open it; and a reason where that fails."""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import logging
import os
import re
import stat
import warnings
from collections.abc import Iterator
from decimal import Decimal
from numbers import Real
from pathlib import Path
from typing import IO, Any, TypeGuard, cast

from PIL import Image, ImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.JpegImagePlugin import JpegImageFile

from headway import fork
from headway.errors import HeadwayError, PictureError
from headway.images import headers, transparency
from headway.images.dicom import open_dicom
from headway.images.tiff import open_tiff

MAX_MEGAPIXELS = 200
MAX_SIDE = 65_535
MAX_FILE_BYTES = 1 << 30
# Larger files are read through their handle, so that a thread never holds more than this of one.
_WHOLE_FILE_BYTES = 32 << 20

INTERLACED = "interlaced PNG"
DEEP = "32-bit TIFF"
DEEP_KEY = "16-bit PNG with a transparent colour"
RUNS = "run-length BMP"
WHOLE_MEGAPIXELS = {
    INTERLACED: 150,
    DEEP_KEY: 50,
    "BMP": 150,
    RUNS: 25,
    "GIF": 150,
    "TIFF": 100,
    DEEP: 50,
    "HEIC": 60,
    "AVIF": 50,
    "WebP": 50,
    "DICOM": 25,
}
"""Kinds that can only be decoded whole, and how many megapixels of each need no more than about 800 MB."""

# Kinds whose reader takes in all of the file, or much of it, before a pixel is decoded; and one that Pillow reads in
# Python, at half a microsecond for every run of pixels.
_KIND_MIB = {"JPEG": 256, "GIF": 256, "WebP": 64, "AVIF": 64, "HEIC": 64, RUNS: 16}

giant_lock = fork.Lock()
"""Held by the one thread that has a giant, a picture or a file, in memory."""
# Of pictures that are larger than this once decoded, one at a time is in memory.
_GIANT_PIXELS = 16_000_000

# Each reader is called directly: Image.open would try the plugins of other packages, and warn by a process-wide limit.
_READERS = {
    "JPEG": ("headway.images.headers", "BoundedJpegFile"),
    "PNG": ("PIL.PngImagePlugin", "PngImageFile"),
    "WebP": ("PIL.WebPImagePlugin", "WebPImageFile"),
    "GIF": ("PIL.GifImagePlugin", "GifImageFile"),
    "BMP": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "AVIF": ("PIL.AvifImagePlugin", "AvifImageFile"),
    "HEIC": ("pillow_heif", "HeifImageFile"),
}
TAGGED = {"TIFF": open_tiff, "DICOM": open_dicom}
"""Kinds that are opened by their tags."""

_STARTS = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
)
# DICOM has its mark behind 128 bytes that may hold anything.
_HEAD_BYTES = 132
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_OTHERS = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"ID3", "an MP3"),
    (b"OggS", "an Ogg file"),
    (b"fLaC", "a FLAC file"),
    (b"8BPS", "a Photoshop file"),
    (b"%!PS", "PostScript"),
    (b"\x7fELF", "a program"),
    (b"<svg", "an SVG drawing"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "XML"),
)

# As warnings.filterwarnings would make it.
_QUIET = ("ignore", None, Warning, re.compile("PIL|pillow_heif|pydicom"), 0)


def is_dicom(head: bytes) -> bool:
    """Say whether a file is DICOM, by its first 132 bytes."""
    return head[128:132] == b"DICM"


def kind_of(head: bytes) -> str:
    """Tell an image's format from the first 132 bytes of its file; the reason of the error says what it looks like.

    Examples
    --------
    >>> kind_of(b"GIF89a...")
    'GIF'
    >>> kind_of(b"%PDF-1.7")
    Traceback (most recent call last):
        ...
    headway.errors.PictureError: not a picture (starts like a PDF)
    """
    if not head:
        raise PictureError("empty file")
    if is_dicom(head):  # what is before its mark may look like a TIFF
        return "DICOM"
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head[4:8] == b"ftyp":
        # The major brand, a version, then the brands that the file is compatible with.
        brands = {head[at : at + 4] for at in (8, *range(16, min(int.from_bytes(head[:4]), len(head)), 4))}
        if brands & _AVIF_BRANDS:
            return "AVIF"
        if brands & _HEIC_BRANDS:
            return "HEIC"
    raise PictureError(f"not a picture (starts like {_likeness(head)})")


def _likeness(head: bytes) -> str:
    plain = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for start, name in _OTHERS:
        if plain.startswith(start.lower()):
            return name
    if head[:4] == b"RIFF":
        return "a sound or a film"
    if head[4:8] == b"ftyp":
        return "a film"
    if head[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"):
        return "an MP3"
    if not head.strip(b"\0"):
        return "nothing but zeros"
    if all(byte >= 0x20 or byte in b"\t\r\n" for byte in head):
        return "text"
    return "no format that is known here"


@contextlib.contextmanager
def open_image(picture: str | os.PathLike[str] | bytes) -> Iterator[tuple[IO[bytes], Image.Image, str]]:
    """Open a path, or the bytes of a file, up to its header and within the bounds.

    Yield the stream, the image, not yet decoded, and its format, as `kind_of` says it.
    """
    with contextlib.ExitStack() as stack:
        stream = io.BytesIO(picture) if isinstance(picture, bytes) else _file(picture, stack)
        if isinstance(picture, bytes):
            _check_bytes(len(picture))
        kind = kind_of(stream.read(_HEAD_BYTES))
        stream.seek(0)
        _check_bytes(size := stream.seek(0, io.SEEK_END), kind)
        stream.seek(0)
        with translate_errors(kind):
            large = stack.enter_context(contextlib.ExitStack())
            if size > _WHOLE_FILE_BYTES:
                large.enter_context(giant_lock)
            image = _header(stream, kind)
            stack.callback(image.close)
            _check(image, kind, size)
            if kind in ("JPEG", "PNG"):
                # What is kept of their headers is small, and their pixels are read piece by piece.
                large.close()
            if kind == "JPEG" and headers.check_jpeg(stream, cast(JpegImageFile, image)) > _WHOLE_FILE_BYTES:
                large.enter_context(giant_lock)
            yield stream, image, kind


def one_giant_at_a_time(image: Image.Image) -> contextlib.AbstractContextManager[object]:
    """Return what is held while an image is decoded."""
    return giant_lock if image.width * image.height > _GIANT_PIXELS else contextlib.nullcontext()


def picture_name(picture: object, index: int) -> str:
    """Return the path of a picture, or ``"picture 7"`` for one that is not a file."""
    return os.fsdecode(picture) if isinstance(picture, (str, os.PathLike)) else f"picture {index}"


def is_stream(picture: object) -> TypeGuard[IO[bytes]]:
    """Say whether a picture is to be read from an open file."""
    return callable(getattr(picture, "read", None))


def read_once(picture: Any) -> Any:
    """Return a picture that may be read again and again: bytes in place of an open file or a buffer."""
    if is_stream(picture):
        return read_stream(picture)
    return bytes(picture) if isinstance(picture, bytearray | memoryview) else picture


def read_stream(stream: IO[bytes]) -> bytes:
    """Read an open binary file from its current position to its end, once; it stays open."""
    try:
        content = stream.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError for a closed one
        raise PictureError(f"cannot be read: {error}") from error
    if not isinstance(content, bytes):
        raise PictureError(f"a file that was opened as {type(content).__name__}: open it with mode 'rb'")
    if not content:
        with contextlib.suppress(OSError, ValueError, AttributeError):  # a pipe has no position
            if stream.tell() > 0:
                raise PictureError("an open file that was read to its end: seek(0) goes back to its beginning")
    return content


def is_missing(value: object) -> bool:
    """Say whether a value stands for none: None, NaN, and pandas' NA and NaT.

    Examples
    --------
    >>> is_missing(float("nan")), is_missing("")
    (True, False)
    """
    if value is None or type(value).__name__ in ("NAType", "NaTType"):  # pandas need not be installed
        return True
    return isinstance(value, Real | Decimal) and value != value


def not_a_picture(value: object) -> PictureError:
    """Say what a picture may be."""
    if is_missing(value):
        return PictureError(f"is missing ({value})")
    return PictureError(
        f"a picture must be a path, bytes, a binary file, a PIL image or an array, not {type(value).__name__}"
    )


def _file(path: str | os.PathLike[str], stack: contextlib.ExitStack) -> IO[bytes]:
    try:
        found = os.stat(path)
        # Opening a pipe would wait for its writer for ever.
        if not stat.S_ISREG(found.st_mode):
            raise PictureError("not a file" if not stat.S_ISDIR(found.st_mode) else "a folder, not a file")
        _check_bytes(found.st_size)
        # A file of /proc calls itself empty, and reading it may wait, too, or never end.
        if not found.st_size:
            raise PictureError("empty file")
        if found.st_size <= _WHOLE_FILE_BYTES:
            return io.BytesIO(Path(path).read_bytes())
        return stack.enter_context(open(path, "rb"))
    except OSError as error:
        raise PictureError(f"cannot be opened: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:
        raise PictureError(f"cannot be opened: {error}") from error


def _check_bytes(count: int, kind: str | None = None) -> None:
    if count > MAX_FILE_BYTES:
        raise PictureError(f"a file of {count / (1 << 30):.1f} GiB; at most 1 is read")
    if kind in _KIND_MIB and count > _KIND_MIB[kind] << 20:
        raise PictureError(f"a {kind} file of {-(-count >> 20)} MiB; at most {_KIND_MIB[kind]} are read")


def _check(image: Image.Image, kind: str, size: int) -> None:
    check_pixels(*image.size)
    if kind == "PNG" and transparency.has_deep_key(image):
        kind = DEEP_KEY
    elif kind == "PNG" and image.info.get("interlace"):
        kind = INTERLACED
    elif isinstance(image, BmpImageFile) and image.tile and image.tile[0].codec_name == "bmp_rle":
        kind = RUNS
        _check_bytes(size, kind)
    elif kind == "TIFF" and image.mode in ("I", "F"):
        kind = DEEP
    limit = WHOLE_MEGAPIXELS.get(kind, MAX_MEGAPIXELS)
    if image.width * image.height > limit * 1_000_000:
        megapixels = -(-image.width * image.height // 1_000_000)
        raise PictureError(f"{megapixels} megapixels; of {kind} at most {limit} are read")


def check_pixels(width: int, height: int) -> None:
    """Refuse an image of no pixels, of more than 200 million, or with a side that is longer than a JPEG's may be.

    Examples
    --------
    >>> check_pixels(20_000, 20_000)
    Traceback (most recent call last):
        ...
    headway.errors.PictureError: 400 megapixels; at most 200 are read
    """
    if width < 1 or height < 1:
        raise PictureError(f"an empty picture of {width} × {height} pixels")
    for side, way in ((width, "wide"), (height, "high")):
        if side > MAX_SIDE and width * height <= MAX_MEGAPIXELS * 1_000_000:
            raise PictureError(f"{side:,} pixels {way}; at most {MAX_SIDE:,} are read")
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        megapixels = -(-width * height // 1_000_000)
        raise PictureError(f"{megapixels} megapixels; at most {MAX_MEGAPIXELS} are read")


@functools.cache
def _reader(kind: str) -> type[ImageFile.ImageFile]:
    module, name = _READERS[kind]
    try:
        reader: type[ImageFile.ImageFile] = getattr(importlib.import_module(module), name)
    except ImportError as error:
        needed = "pip install 'headway[heic]'" if kind == "HEIC" else f"a Pillow built with {kind}"
        raise PictureError(f"{kind} cannot be read here: {needed}") from error
    return reader


def _header(stream: IO[bytes], kind: str) -> Image.Image:
    if kind in TAGGED:
        return TAGGED[kind](stream)
    reader = _reader(kind)
    if kind == "PNG":
        headers.check_png(stream)
    if kind == "JPEG":
        headers.check_jpeg_notes(stream)
    if kind == "GIF":
        headers.check_gif(stream)
    stream.seek(0)
    image = reader(stream)
    transparency.correct(stream, image, kind)
    return image


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep warnings about malformed headers, and what is logged where nobody listens, from the user.

    ``warnings.catch_warnings`` would put back, in one thread, the filters that another has just replaced; an entry that
    each thread adds and takes away harms nobody.
    """
    filters = cast("list[object]", warnings.filters)
    filters.insert(0, _QUIET)
    # Without a handler anywhere, logging writes to standard error by itself.
    loggers, handler = [logging.getLogger(name) for name in ("PIL", "pydicom")], logging.NullHandler()
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
        with contextlib.suppress(ValueError):
            filters.remove(_QUIET)


@contextlib.contextmanager
def translate_errors(kind: str) -> Iterator[None]:
    """Turn whatever a decoder raises on hostile bytes into a `PictureError`, and keep its warnings quiet."""
    try:
        with _quiet():
            yield
    except HeadwayError:
        raise
    except MemoryError as error:
        raise PictureError(f"not enough memory to decode this {kind}") from error
    except Image.DecompressionBombError as error:
        raise PictureError(f"more pixels than a {kind} may have here") from error
    # Pillow's parsers raise nearly everything on broken bytes: SyntaxError, KeyError, struct.error, AttributeError, ...
    except Exception as error:
        raise PictureError(_reason(error, kind)) from error


def _reason(error: Exception, kind: str) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, EOFError | IndexError) or "truncated" in text.lower():
        return f"truncated {kind} file"
    if kind == "DICOM":
        # pydicom says which values it cannot read, and they may be a patient's.
        return "broken DICOM file"
    printable = "".join(character for character in text if character.isprintable())[:80]
    return f"broken {kind} file ({printable or type(error).__name__})"
