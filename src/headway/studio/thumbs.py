"""Pictures as the page shows them: always encoded anew, so that nothing of a file but its pixels reaches a browser."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import secrets
import threading
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from headway.errors import PictureError
from headway.images.decode import decode
from headway.images.levels import Levels
from headway.images.source import open_image
from headway.images.upright import orientation

SIZES = (96, 192, 384)
"""Sides of small pictures, in pixels."""

LARGE = 1600
_QUALITY = {LARGE: 88}
_USUAL_QUALITY = 80
_MEMORY_BYTES = 32 << 20
_DISK_BYTES = 256 << 20
_MOST_SIZES = 200_000  # pictures whose sides are remembered


class Seen(NamedTuple):
    """A file as it is at the moment."""

    path: str
    size: int
    changed: int

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> Seen:
        """Look at a file; one that is gone is a `PictureError`."""
        try:
            status = os.stat(path)
        except OSError as error:
            raise PictureError(f"cannot be opened: {(error.strerror or str(error)).lower()}") from error
        return cls(os.fspath(path), status.st_size, status.st_mtime_ns)

    @property
    def version(self) -> str:
        """Another one when the content changes."""
        return hashlib.blake2b(repr(self).encode("utf-8", "replace"), digest_size=12).hexdigest()


class Thumbs:
    """Makes small pictures, and keeps those that were asked for last.

    Parameters
    ----------
    folder : Path
        Where they are kept between runs; it may be deleted.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._memory: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._bytes = 0
        self._sides: dict[Seen, tuple[int, int] | None] = {}

    def sides(self, seen: Seen) -> tuple[int, int] | None:
        """Return the width and height of a picture as it is shown; None where it cannot be read."""
        if seen not in self._sides:
            if len(self._sides) >= _MOST_SIZES:
                self._sides.clear()
            self._sides[seen] = _sides(seen.path)
        return self._sides[seen]

    def jpeg(self, seen: Seen, side: int) -> bytes:
        """Return a picture of at most ``side`` pixels, upright; one that cannot be read is a `PictureError`."""
        key = (seen.version, side)
        with self._lock:
            if (known := self._memory.get(key)) is not None:
                self._memory.move_to_end(key)
                return known
        path = self._folder / seen.version[:2] / f"{seen.version}-{side}.jpg"
        if side == LARGE:  # looked at once, and as large as many small ones
            return _encode(seen, side, self.sides(seen))
        content = _read(path)
        if content is None:
            content = _encode(seen, side, self.sides(seen))
            _keep(path, content)
        with self._lock:
            self._bytes += len(content) - len(self._memory.pop(key, b""))
            self._memory[key] = content
            while self._bytes > _MEMORY_BYTES:
                self._bytes -= len(self._memory.popitem(last=False)[1])
        return content

    def prune(self) -> None:
        """Delete the oldest on the disk where there are too many."""
        found = []
        for path in self._folder.glob("*/*.jpg"):
            with contextlib.suppress(OSError):
                if path.parent.is_symlink():
                    continue
                status = path.stat()
                found.append((status.st_mtime, status.st_size, path))
        left = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if left <= _DISK_BYTES:
                return
            with contextlib.suppress(OSError):
                path.unlink()
                left -= size


def _sides(path: str) -> tuple[int, int] | None:
    try:
        with open_image(path) as (_, image, _):
            width, height = image.size
            return (height, width) if orientation(image.info) >= 5 else (width, height)
    except PictureError:
        return None


def _encode(seen: Seen, side: int, sides: tuple[int, int] | None) -> bytes:
    """Decode within the bounds of `headway.images`; small pictures are not made larger."""
    pixels, _ = decode(seen.path, side if sides is None else min(side, max(sides)), "letterbox", (), Levels())
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=_QUALITY.get(side, _USUAL_QUALITY))
    return file.getvalue()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes() or None
    except OSError:
        return None


def _keep(path: Path, content: bytes) -> None:
    """Write a file that can be made again, if there is room."""
    draft = path.with_name(f".{secrets.token_hex(6)}.part")
    with contextlib.suppress(OSError):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(content)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
