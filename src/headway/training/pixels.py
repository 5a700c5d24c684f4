"""Decoded images for all epochs, in a temporary file without a name: read as an array, gone with the process."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from contextlib import closing
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import numpy as np

from headway.cores import cpu_count
from headway.errors import DataError, OutputError, PictureError
from headway.pipeline import decode, parallel
from headway.places import make_private
from headway.types import AS_USUAL, Quarantined

if TYPE_CHECKING:
    from pathlib import Path

    from headway.dataset import Dataset
    from headway.session import Session
    from headway.types import IntArray, Picture, Reading, ResizePolicy, UInt8Array

_AHEAD_BYTES = 32 << 20  # of decoded pictures that wait to be written
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, eq=False)
class Squares:
    """Decoded images, without those that could not be read."""

    pixels: UInt8Array  # (m, size, size, 3), read as they are needed; the room on disk is free when the array is
    rows: IntArray  # (m,), of the data set, in the order asked for
    quarantined: tuple[Quarantined, ...]


def squares(
    dataset: Dataset, rows: IntArray, *, size: int, resize: ResizePolicy, reading: Reading = AS_USUAL, session: Session
) -> Squares:
    """Decode images once, for all epochs.

    They take ``n * size * size * 3`` bytes of the disk that the cache is on; nothing is left there, however the process
    ends. Raises DataError when not one of them can be read, and OutputError when there is not enough room.
    """
    progress = session.progress
    pixels = _allocate(len(rows), size, session.cache)
    readable: list[int] = []
    quarantined: list[Quarantined] = []

    def work(picture: Picture) -> UInt8Array | PictureError:
        try:
            return decode(picture, size, resize, reading)
        except PictureError as error:
            return error

    threads = cpu_count()
    ahead = max(threads, min(192, _AHEAD_BYTES // (size * size * 3)))
    progress.start("decode", len(rows))
    pictures = (dataset.pictures[row] for row in rows.tolist())
    with closing(parallel(pictures, work, threads=threads, ahead=ahead)) as outcomes:
        for row, outcome in zip(rows.tolist(), outcomes, strict=True):
            if isinstance(outcome, PictureError):
                quarantined.append(Quarantined(dataset.name(row), str(outcome)))
            else:
                pixels[len(readable)] = outcome
                readable.append(row)
            progress.advance()
    if not readable:
        first = f", the first because: {quarantined[0].reason}" if quarantined else ""
        raise DataError(f"pictures to train on are needed, and none of {len(rows):,} can be read{first}")
    return Squares(pixels[: len(readable)], np.array(readable, np.int64), tuple(quarantined))


def _allocate(n: int, size: int, folder: Path) -> UInt8Array:
    """Return an array (n, size, size, 3) on disk."""
    shape = (n, size, size, 3)
    if n == 0:
        return np.empty(shape, np.uint8)
    needed = n * size * size * 3
    try:
        make_private(folder)
        if shutil.disk_usage(folder).free < needed:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        with tempfile.TemporaryFile(dir=folder, prefix="headway-squares-") as file:
            _reserve(file, needed)
            return np.memmap(file, np.uint8, "r+", shape=shape)
    except OSError as error:
        problem = f"{n:,} pictures of {size} × {size} pixels need {needed / 1e9:.2f} GB in {folder} during training"
        if error.errno in _NO_ROOM:
            raise OutputError(
                f"{problem}, and that much is not free: make room, name another folder with --cache, "
                "or take a smaller --image-size"
            ) from error
        raise OutputError(f"{problem}: {error.strerror or error}; name another folder with --cache") from error


def _reserve(file: IO[bytes], size: int) -> None:
    """Reserve room on the disk now: a mapped file that finds none later ends the process."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
    else:
        file.truncate(size)
