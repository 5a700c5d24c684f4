"""Feature maps of the frozen part of a network, on disk: computed once, then read in every epoch.

``CACHE/maps/SPACE/`` holds what was computed by one network in one way, in segments: ``NAME.maps`` is float16, one
record after the other, and ``NAME.keys`` holds the SHA-256 of each record's image and a checksum of it all. A segment
appears whole or not at all, so it does not matter when a run is killed, nor how many of them write; a damaged one is
deleted.
"""

from __future__ import annotations

import math
import os
import secrets
import shutil
import zlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.areas import Area, delete_file
from headway.errors import OutputError
from headway.places import make_private, replacing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import IntArray

DIGEST_BYTES = 32
SEGMENT_BYTES = 64 << 20
_CHECKSUM_BYTES, _CHUNK_BYTES = 4, 4 << 20


def _delete(maps: Path) -> bool:
    """Delete a segment, its keys first; say whether that could be done."""
    return delete_file(maps.with_suffix(".keys")) and delete_file(maps)


AREA = Area("maps", "*/*.maps", max_bytes=10_000_000_000, delete=_delete)
"""Pruned before maps are added; the longest unused segments go first."""


class MapStore:
    """The maps of one space, in its folder; ``shape`` is that of the maps of one image."""

    def __init__(self, space: Path, shape: tuple[int, ...]) -> None:
        self.space, self.shape = space, shape
        self._record_bytes = math.prod(shape) * np.dtype(np.float16).itemsize
        self._locations: dict[bytes, tuple[Path, int]] = {}
        try:
            make_private(space)
        except OSError as error:
            raise OutputError(f"{space} cannot be written: {error.strerror or error}; name another --cache") from error
        for keys in sorted(space.glob("*.keys")):
            self._add(keys)

    def _add(self, keys: Path) -> None:
        maps = keys.with_suffix(".maps")
        try:
            content = keys.read_bytes()
            digests, checksum = content[:-_CHECKSUM_BYTES], content[-_CHECKSUM_BYTES:]
            sound = not len(digests) % DIGEST_BYTES and checksum == _checksum(digests, _chunks(maps))
        except OSError:  # another process has just pruned it
            return
        if sound:
            self._index(digests, maps)
        else:
            _delete(maps)

    def _index(self, digests: bytes, maps: Path) -> None:
        for row in range(len(digests) // DIGEST_BYTES):
            self._locations[digests[row * DIGEST_BYTES : (row + 1) * DIGEST_BYTES]] = maps, row

    def missing(self, digests: Sequence[bytes]) -> list[int]:
        """Return the positions of the images that are not stored, each image once."""
        first = {digest: row for row, digest in reversed(list(enumerate(digests))) if digest not in self._locations}
        return sorted(first.values())

    def write(self, digests: Sequence[bytes], maps: NDArray[np.float16]) -> None:
        """Store records (n, *shape) as one segment."""
        path = self.space / f"{secrets.token_hex(8)}.maps"
        keys, content = b"".join(digests), np.ascontiguousarray(maps).data.cast("B")
        with replacing(path, option="--cache") as file:
            file.write(content)
        with replacing(path.with_suffix(".keys"), option="--cache") as file:
            file.write(keys + _checksum(keys, [content]))
        self._index(keys, path)

    def fill(self, records: Iterable[tuple[bytes, NDArray[np.float16]]]) -> Generator[bytes]:
        """Write records as they come, a segment at a time, and yield the digest of each.

        When it is closed before the end, what has come is written, too.
        """
        full = max(1, SEGMENT_BYTES // self._record_bytes)
        digests: list[bytes] = []
        rows: list[NDArray[np.float16]] = []
        try:
            for digest, record in records:
                digests.append(digest)
                rows.append(record)
                if len(rows) == full:
                    self.write(digests, np.stack(rows))
                    digests, rows = [], []
                yield digest
        finally:
            if rows:
                self.write(digests, np.stack(rows))

    def make_room(self, count: int, cache: str | Path | None) -> None:
        """Prune other maps to make room for so many records, and raise OutputError where that is not enough."""
        needed = count * self._record_bytes
        limit = max((AREA.max_bytes or 0) - needed, 0)
        AREA.prune(cache, max_bytes=limit, in_use={maps for maps, _ in self._locations.values()})
        if shutil.disk_usage(self.space).free < needed:
            raise OutputError(
                f"the maps of {count:,} pictures need {needed / 1e9:.1f} GB in {self.space.parent}, and that much is "
                "not free: make room, name another folder with --cache, or leave out augmentations"
            )

    def reader(self, digests: Sequence[bytes]) -> MapReader:
        """Open the records of some images, all of which must be stored, in this order."""
        return MapReader([self._locations[digest] for digest in digests], self.shape)


class MapReader:
    """Records of some images, read as they are needed."""

    def __init__(self, locations: Sequence[tuple[Path, int]], shape: tuple[int, ...]) -> None:
        files = list(dict.fromkeys(path for path, _ in locations))
        self._segments = [np.memmap(path, np.float16, "r").reshape(-1, *shape) for path in files]
        numbers = {path: number for number, path in enumerate(files)}
        self._locations = [(numbers[path], row) for path, row in locations]
        self.shape = shape
        for path in files:
            os.utime(path)  # so that it is pruned last

    def take(self, rows: IntArray, views: Sequence[int] | None = None) -> NDArray[np.float16]:
        """Return the records of some images, or the given view of each."""
        shape = self.shape if views is None else self.shape[1:]
        taken = np.empty((len(rows), *shape), np.float16)
        for position, row in enumerate(rows.tolist()):
            segment, number = self._locations[row]
            record: Any = self._segments[segment][number]
            taken[position] = record if views is None else record[views[position]]
        return taken


def _checksum(keys: bytes, maps: Iterable[bytes | memoryview]) -> bytes:
    """Return a CRC-32 of a segment: against disks, not against people."""
    value = zlib.crc32(keys)
    for chunk in maps:
        value = zlib.crc32(chunk, value)
    return value.to_bytes(_CHECKSUM_BYTES, "little")


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
