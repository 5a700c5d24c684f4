"""The keys of features and facts: the SHA-256 of the content, and a name for everything else that they depend on."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import stat
import time
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import Image

from headway.errors import PictureError
from headway.images import POLICIES
from headway.images.source import MAX_FILE_BYTES, not_a_picture, read_once, translate_errors
from headway.store import Seen, fingerprint, is_settled
from headway.types import AS_USUAL, Reading

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.types import Device, Picture, Precision, ResizePolicy

DIGEST_BYTES = 32
# Larger files are hashed, and then decoded, through their handle, so that threads hold little of them.
WHOLE_FILE_BYTES = 32 << 20
_RACY_WAIT_NS = 25_000_000  # a little more than the tick of Linux's clock


def space_name(
    info: BackboneInfo,
    resize: ResizePolicy,
    precision: Precision,
    outputs: Sequence[str],
    device: Device = "cpu",
    reading: Reading = AS_USUAL,
) -> str:
    """Name all that features depend on besides the image.

    Examples
    --------
    >>> from headway.testing import TINY
    >>> space_name(TINY, "squash", "fp32", ["head.mean"]).partition(":")[0]
    'tiny'
    """
    columns = hashlib.sha256("\n".join(outputs).encode()).hexdigest()[:8]
    where = "" if device == "cpu" or info.kind == "descriptor" else f"/{device}"
    name = f"{info.name}:{info.sha256[:16]}/{POLICIES[reading.decoding]}/{resize}/{info.input_size}/{precision}"
    return f"{name}/{columns}{where}{reading.name}"


def facts_name(resize: ResizePolicy, size: int, reading: Reading = AS_USUAL) -> str:
    """Name all that facts about an image depend on besides the image."""
    return f"{POLICIES[reading.decoding]}/facts-1/{resize}/{size}{reading.name}"


def squares_name(side: int, reading: Reading = AS_USUAL) -> str:
    """Name all that a grey square of an image depends on besides the image."""
    return f"squares-2/{POLICIES[reading.decoding]}/{side}{reading.name}"


def decoders_name(reading: Reading = AS_USUAL) -> str:
    """Name what decides whether a content can be decoded: another Pillow, a plugin, or other bands may succeed."""
    plugins = [name for name in ("pillow_heif", "pydicom", "pylibjpeg", "gdcm") if importlib.util.find_spec(name)]
    policy = POLICIES[reading.decoding]
    return "/".join([policy, f"pillow-{PIL.__version__}", *plugins]) + Reading(reading.bands).name


def processor() -> str:
    """Name the processor and the version of OpenVINO, without loading that.

    Examples
    --------
    >>> processor() == processor()
    True
    """
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            # The first processor's entry: model and abilities. Its present clock rate does not belong to its name.
            lines = [line for line in file.read().partition("\n\n")[0].splitlines() if not line.startswith("cpu MHz")]
    except OSError:
        lines = [platform.machine(), platform.processor()]
    version = importlib.metadata.version("openvino")
    return f"{hashlib.sha256('|'.join(lines).encode()).hexdigest()[:16]}, openvino {version}"


def is_path(picture: Picture) -> bool:
    """Say whether an image is to be read from a file."""
    return isinstance(picture, str | os.PathLike)


def path_of(picture: Picture) -> str:
    """Return the path of an image for which `is_path` holds."""
    return os.fsdecode(picture)  # type: ignore[arg-type]


def read(picture: Picture) -> tuple[bytes, Picture, Seen | None]:
    """Read an image once: return the SHA-256 of its content, what to decode, and its file before it was read.

    A file's bytes and the file have the same digest. What to decode is, for files, their bytes, unless these are too
    many to hold. The file is None where there is none, or a later change of it might not show.
    """
    if isinstance(picture, str | os.PathLike):
        return _read_file(os.fspath(picture))
    picture = read_once(picture)
    if isinstance(picture, bytes):
        return hashlib.sha256(picture).digest(), picture, None
    if isinstance(picture, Image.Image):
        return _image_digest(picture), picture, None
    if isinstance(picture, np.ndarray):
        return _array_digest(picture), picture, None
    raise not_a_picture(picture)


def _read_file(path: str) -> tuple[bytes, Picture, Seen | None]:
    try:
        status = os.stat(path)  # a Path each would take longer
        # Opening a pipe would wait for its writer for ever.
        if not stat.S_ISREG(status.st_mode):
            raise PictureError("a folder, not a file" if stat.S_ISDIR(status.st_mode) else "not a file")
        if status.st_size > MAX_FILE_BYTES:
            raise PictureError(f"a file of {status.st_size / (1 << 30):.1f} GiB; at most 1 is read")
        # A file of /proc calls itself empty, and reading it may wait, too, or never end.
        if not status.st_size:
            raise PictureError("empty file")
        with open(path, "rb", buffering=0) as file:
            seen = _settled(path, file)
            if status.st_size > WHOLE_FILE_BYTES:
                return hashlib.file_digest(file, "sha256").digest(), path, seen
            content = file.read()
            return hashlib.sha256(content).digest(), content, seen
    except OSError as error:
        raise PictureError(f"cannot be opened: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:
        raise PictureError(f"cannot be opened: {error}") from error


def _settled(path: str, file: IO[bytes]) -> Seen | None:
    """Return a file's stamp before it is read; wait a tick for one that was written in this very moment."""
    seen = fingerprint(path, os.fstat(file.fileno()))
    if 0 <= time.time_ns() - seen.changed_ns <= _RACY_WAIT_NS:
        time.sleep(_RACY_WAIT_NS / 1e9)
        seen = fingerprint(path, os.fstat(file.fileno()))
    return seen if is_settled(seen, time.time_ns()) else None


def _image_digest(image: Image.Image) -> bytes:
    """Hash the pixels, and the notes that decide how they are shown."""
    with translate_errors("PIL image"):
        digest = hashlib.sha256(f"PIL {image.mode} {image.size} ".encode())
        digest.update(image.tobytes())
        palette = image.getpalette() if image.mode in ("P", "PA") else None
        notes = [image.info.get(name) for name in ("transparency", "icc_profile", "exif")]
        digest.update(repr((palette, notes)).encode())
        return digest.digest()


def _array_digest(array: NDArray[Any]) -> bytes:
    if array.dtype.hasobject:
        raise PictureError(f"an array of {array.dtype}; uint8, uint16, bool or float is read")
    digest = hashlib.sha256(f"array {array.dtype.str} {array.shape} ".encode())
    digest.update(np.ascontiguousarray(array).data)
    return digest.digest()
