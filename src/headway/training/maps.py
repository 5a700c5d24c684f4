"""What the frozen part of a network says of pictures, on disk: computed once, then read in every epoch.

``CACHE/maps/SPACE/`` holds what was computed by one network in one way, in segments: ``NAME.maps`` is float16, one
record after the other, and ``NAME.keys`` holds the SHA-256 of each record's picture and a checksum of it all. A segment
appears whole or not at all, so it does not matter when a run is killed, nor how many of them write; one that was
damaged is forgotten.
"""

from __future__ import annotations

import math
import os
import secrets
import shutil
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.errors import OutputError
from headway.places import cache_dir, replacing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import IntArray

DIGEST_BYTES = 32
SEGMENT_BYTES = 64 << 20
_CHECKSUM_BYTES, _PIECE_BYTES = 4, 4 << 20
MOST_BYTES = 10_000_000_000
"""What is kept after a run; the segments that were not used for longest go first."""


def folder(cache: str | Path | None = None) -> Path:
    """Return where maps are kept."""
    return cache_dir(cache) / "maps"


class MapStore:
    """The maps of one space.

    Parameters
    ----------
    space : Path
        Its folder; is made.
    shape : tuple of int
        Of one record.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     store = MapStore(Path(place) / "space", (2, 3))
    ...     store.write([bytes(32)], np.ones((1, 2, 3), np.float16))
    ...     store.missing([bytes(32), b"1" * 32]), store.reader([bytes(32)]).take(np.array([0, 0])).shape
    ([1], (2, 2, 3))
    """

    def __init__(self, space: Path, shape: tuple[int, ...]) -> None:
        self.space, self.shape = space, shape
        self._record = math.prod(shape) * np.dtype(np.float16).itemsize
        self._places: dict[bytes, tuple[Path, int]] = {}
        try:
            space.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{space} cannot be written: {error.strerror or error}; name another --cache") from error
        for keys in sorted(space.glob("*.keys")):
            self._add(keys)

    def _add(self, keys: Path) -> None:
        maps = keys.with_suffix(".maps")
        try:
            content = keys.read_bytes()
            digests, checksum = content[:-_CHECKSUM_BYTES], content[-_CHECKSUM_BYTES:]
            sound = not len(digests) % DIGEST_BYTES and checksum == _checksum(digests, _pieces(maps))
        except OSError:  # another process has just pruned it
            return
        if sound:
            self._note(digests, maps)
        else:
            _delete(maps)

    def _note(self, digests: bytes, maps: Path) -> None:
        for row in range(len(digests) // DIGEST_BYTES):
            self._places[digests[row * DIGEST_BYTES : (row + 1) * DIGEST_BYTES]] = maps, row

    def missing(self, digests: Sequence[bytes]) -> list[int]:
        """Return the places of the pictures that are not here, each picture once."""
        first = {digest: place for place, digest in reversed(list(enumerate(digests))) if digest not in self._places}
        return sorted(first.values())

    def write(self, digests: Sequence[bytes], maps: NDArray[np.float16]) -> None:
        """Keep some records, (n, *shape).

        Raises
        ------
        OutputError
            When the disk is full or not writable.
        """
        path = self.space / f"{secrets.token_hex(8)}.maps"
        keys, content = b"".join(digests), np.ascontiguousarray(maps).data.cast("B")
        with replacing(path, option="--cache") as file:
            file.write(content)
        with replacing(path.with_suffix(".keys"), option="--cache") as file:
            file.write(keys + _checksum(keys, [content]))
        self._note(keys, path)

    def fill(self, records: Iterable[tuple[bytes, NDArray[np.float16]]]) -> Iterator[bytes]:
        """Write records as they come, a segment at a time, and yield the digest of each."""
        most = max(1, SEGMENT_BYTES // self._record)
        digests: list[bytes] = []
        rows: list[NDArray[np.float16]] = []
        for digest, record in records:
            digests.append(digest)
            rows.append(record)
            if len(rows) == most:
                self.write(digests, np.stack(rows))
                digests, rows = [], []
            yield digest
        if rows:
            self.write(digests, np.stack(rows))

    def check_room(self, count: int, cache: str | Path | None) -> None:
        """Make room for so many records more.

        Raises
        ------
        OutputError
            When there is not enough of it even then.
        """
        wanted = count * self._record
        prune(cache, max(MOST_BYTES - wanted, 0), spare={maps for maps, _ in self._places.values()})
        if shutil.disk_usage(self.space).free < wanted:
            raise OutputError(
                f"the maps of {count:,} pictures need {wanted / 1e9:.1f} GB in {self.space.parent}, and there is not "
                "so much free: make room, name another folder with --cache, or leave out augmentations"
            )

    def reader(self, digests: Sequence[bytes]) -> MapReader:
        """Open the records of some pictures, all of which must be here, in this order."""
        return MapReader([self._places[digest] for digest in digests], self.shape)


class MapReader:
    """Records of some pictures, read as they are needed."""

    def __init__(self, places: Sequence[tuple[Path, int]], shape: tuple[int, ...]) -> None:
        files = list(dict.fromkeys(path for path, _ in places))
        self._segments = [np.memmap(path, np.float16, "r").reshape(-1, *shape) for path in files]
        number = {path: position for position, path in enumerate(files)}
        self._places = [(number[path], row) for path, row in places]
        self.shape = shape
        for path in files:
            os.utime(path)  # so that it is pruned last

    def take(self, rows: IntArray, views: Sequence[int] | None = None) -> NDArray[np.float16]:
        """Return the records of some pictures, or of each one entry along the first axis."""
        shape = self.shape if views is None else self.shape[1:]
        taken = np.empty((len(rows), *shape), np.float16)
        for place, row in enumerate(rows.tolist()):
            segment, record = self._places[row]
            found: Any = self._segments[segment][record]
            taken[place] = found if views is None else found[views[place]]
        return taken


def _segments(cache: str | Path | None) -> list[tuple[float, int, Path]]:
    """Return when each segment was last used, its bytes and its file."""
    found = []
    for path in folder(cache).glob("*/*.maps"):
        try:
            status = path.stat()
        except OSError:  # another process has just pruned it
            continue
        found.append((status.st_mtime, status.st_size, path))
    return found


def size(cache: str | Path | None = None) -> int:
    """Return the bytes that maps take."""
    return sum(size for _, size, _ in _segments(cache))


def prune(cache: str | Path | None = None, most: int = MOST_BYTES, *, spare: Iterable[Path] = ()) -> int:
    """Delete the segments that were not used for longest until the rest takes at most so many bytes.

    Parameters
    ----------
    cache : path, optional
        Headway's cache folder, if it is not the usual one.
    most : int
        Bytes that may stay; 0 deletes everything.
    spare : iterable of Path
        Segments in use.

    Returns
    -------
    int
        Bytes that were deleted.
    """
    sizes = _segments(cache)
    kept, deleted, spared = sum(size for _, size, _ in sizes), 0, set(spare)
    for _, size, path in sorted(sizes):
        if kept - deleted <= most:
            break
        if path in spared:
            continue
        if _delete(path):
            deleted += size
    return deleted


def _delete(maps: Path) -> bool:
    """Delete a segment, its keys first; say whether that could be done."""
    try:
        maps.with_suffix(".keys").unlink(missing_ok=True)
        maps.unlink(missing_ok=True)
    except OSError:  # on Windows, when it is in use
        return False
    return True


def _checksum(keys: bytes, maps: Iterable[bytes | memoryview]) -> bytes:
    """Return a CRC-32 of a segment: against disks, not against people."""
    value = zlib.crc32(keys)
    for piece in maps:
        value = zlib.crc32(piece, value)
    return value.to_bytes(_CHECKSUM_BYTES, "little")


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece
