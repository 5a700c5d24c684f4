"""Areas of the cache folder: files of one kind, which may all be deleted, and of which only so many are left.

What an area calls a file may also be a folder with all that is in it, such as an archive that is unpacked.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from headway.places import cache_dir


def delete_file(path: Path) -> bool:
    """Delete a file, and say whether that could be done: on Windows it cannot while the file is in use."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def delete_folder(path: Path) -> bool:
    """Delete a folder with all that is in it, and say whether that could be done."""
    shutil.rmtree(path, ignore_errors=True)
    return not path.exists()


def size_of_folder(path: Path) -> int:
    """Return the bytes of the files in a folder and below."""
    return sum(os.lstat(os.path.join(folder, name)).st_size for folder, _, names in os.walk(path) for name in names)


def size_of_file(path: Path) -> int:
    """Return the bytes of a file."""
    return path.stat().st_size


@dataclass(frozen=True)
class Area:
    """A folder of the cache, and which of its files are Headway's.

    Examples
    --------
    >>> import tempfile
    >>> area = Area("notes", "*.txt", max_bytes=3)
    >>> with tempfile.TemporaryDirectory() as cache:
    ...     area.folder(cache).mkdir()
    ...     for name in ("a.txt", "b.txt"):
    ...         _ = (area.folder(cache) / name).write_bytes(b"12")
    ...     area.size(cache), area.prune(cache), area.size(cache), area.clear(cache), area.size(cache)
    (4, 2, 2, 2, 0)
    """

    name: str  # of the folder
    pattern: str  # a glob pattern, relative to the folder; other files are left alone
    max_bytes: int | None = None  # what `prune` leaves; None for any number
    max_age_s: float | None = None  # since the last use, after which `prune` deletes a file; None for ever
    delete: Callable[[Path], bool] = delete_file  # deletes a file and what belongs to it; False where it cannot
    measure: Callable[[Path], int] = size_of_file  # returns the bytes that it takes

    def folder(self, cache: str | Path | None = None) -> Path:
        """Return the folder; it need not exist."""
        return cache_dir(cache) / self.name

    def size(self, cache: str | Path | None = None) -> int:
        """Return the bytes that the files take."""
        return sum(size for _, size, _ in self._files(cache))

    def clear(self, cache: str | Path | None = None) -> int:
        """Delete all files, and return how many bytes they took."""
        return sum(size for _, size, path in self._files(cache) if self.delete(path))

    def prune(
        self, cache: str | Path | None = None, *, max_bytes: int | None = None, in_use: Iterable[Path] = ()
    ) -> int:
        """Delete files that are too old, then the longest unused ones until the rest fits; return the bytes deleted.

        ``max_bytes`` is in place of the area's own; files ``in_use`` are left.
        """
        files, spared = sorted(self._files(cache)), set(in_use)
        limit = self.max_bytes if max_bytes is None else max_bytes
        total = sum(size for _, size, _ in files)
        oldest = 0.0 if self.max_age_s is None else time.time() - self.max_age_s
        deleted = 0
        for used, size, path in files:
            too_much = limit is not None and total - deleted > limit
            if (used < oldest or too_much) and path not in spared and self.delete(path):
                deleted += size
        return deleted

    def _files(self, cache: str | Path | None) -> list[tuple[float, int, Path]]:
        """Return when each file was last used, its bytes and its path."""
        files = []
        for path in self.folder(cache).glob(self.pattern):
            try:
                files.append((path.stat().st_mtime, self.measure(path), path))
            except OSError:  # another process has just deleted it
                continue
        return files
