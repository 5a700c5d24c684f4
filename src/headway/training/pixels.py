"""Decoded pictures for the epochs of a training, in a file without a name: read as an array, gone with the process."""

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
from headway.embedding.pipeline import decode, parallel
from headway.errors import DataError, OutputError, PictureError
from headway.places import cache_dir
from headway.types import Quarantined, Silent

if TYPE_CHECKING:
    from pathlib import Path

    from headway.dataset import Dataset
    from headway.types import IntArray, Picture, Progress, ResizePolicy, UInt8Array

_AHEAD_BYTES = 32 << 20  # of decoded pictures that wait to be written
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, eq=False)
class Squares:
    """Decoded pictures.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (m, size, size, 3)
        Read from disk as they are needed; the room on disk is free again when the array is.
    rows : ndarray of int64, shape (m,)
        Their places in the data set, in the order asked for.
    quarantined : tuple of Quarantined
        The pictures that could not be read.
    """

    pixels: UInt8Array
    rows: IntArray
    quarantined: tuple[Quarantined, ...]


def squares(
    dataset: Dataset,
    rows: IntArray,
    *,
    size: int,
    resize: ResizePolicy,
    cache: str | Path | None = None,
    progress: Progress | None = None,
) -> Squares:
    """Decode pictures once, for all epochs.

    Parameters
    ----------
    dataset : Dataset
        The pictures.
    rows : ndarray of int64, shape (n,)
        Which of them.
    size : int
        Side of a square, in pixels.
    resize : {"crop", "squash", "letterbox"}
        How a picture becomes a square.
    cache : path, optional
        Folder whose disk is used, if it is not the usual one: ``n * size * size * 3`` bytes. Nothing is left there,
        however the process ends.
    progress : Progress, optional
        Told how many pictures are decoded.

    Returns
    -------
    Squares
        Without the pictures that cannot be read.

    Raises
    ------
    DataError
        When not one of them can be read.
    OutputError
        When there is not enough room on the disk.

    Examples
    --------
    >>> from headway.dataset import read
    >>> dataset = read([np.full((9, 9, 3), 7, np.uint8), b"no picture"], ["a", "b"])
    >>> found = squares(dataset, np.arange(2), size=4, resize="squash", cache=tempfile.gettempdir())
    >>> found.pixels.shape, found.rows.tolist(), len(found.quarantined)
    ((1, 4, 4, 3), [0], 1)
    """
    progress = progress or Silent()
    pixels = _room(len(rows), size, cache_dir(cache))
    good: list[int] = []
    quarantined: list[Quarantined] = []

    def work(picture: Picture) -> UInt8Array | PictureError:
        try:
            return decode(picture, size, resize)
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
                pixels[len(good)] = outcome
                good.append(row)
            progress.advance()
    if not good:
        first = f", the first because: {quarantined[0].reason}" if quarantined else ""
        raise DataError(f"pictures to train on are needed, and none of {len(rows):,} can be read{first}")
    return Squares(pixels[: len(good)], np.array(good, np.int64), tuple(quarantined))


def _room(n: int, size: int, folder: Path) -> UInt8Array:
    """Return an array (n, size, size, 3) on disk."""
    shape = (n, size, size, 3)
    if n == 0:
        return np.empty(shape, np.uint8)
    wanted = n * size * size * 3
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < wanted:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        with tempfile.TemporaryFile(dir=folder, prefix="headway-squares-") as file:
            _allocate(file, wanted)
            return np.memmap(file, np.uint8, "r+", shape=shape)
    except OSError as error:
        place = f"{n:,} pictures of {size} × {size} pixels need {wanted / 1e9:.2f} GB in {folder} while they are learnt"
        if error.errno in _NO_ROOM:
            raise OutputError(
                f"{place}, and there is not so much free: make room, name another folder with --cache, "
                "or take a smaller --image-size"
            ) from error
        raise OutputError(f"{place}: {error.strerror or error}; name another folder with --cache") from error


def _allocate(file: IO[bytes], size: int) -> None:
    """Take room on the disk now: a mapped file that finds none later ends the process."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
    else:
        file.truncate(size)
