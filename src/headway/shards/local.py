"""A folder of this machine as a place."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from headway.errors import DataError, OutputError
from headway.places import check_output, regular_status
from headway.posix import lock_file
from headway.shards.place import AHEAD_BYTES, Place, Stored

_DRAFT, _LOCK = ".headway-", ".headway-lock"
_ABANDONED_S = 86_400  # after which a draft is nobody's any more


class LocalPlace(Place):
    """A folder; it is made when the first file is written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __str__(self) -> str:
        return str(self._folder)

    def address(self, name: str) -> str:  # noqa: D102
        return str(self._folder / name)

    def list(self, *, deep: bool = False) -> Iterator[Stored]:  # noqa: D102
        yield from sorted(self._walk(self._folder, "", deep))

    def _walk(self, folder: Path, before: str, deep: bool) -> Iterator[Stored]:
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if entry.is_file():
                        status = entry.stat()
                        yield Stored(before + entry.name, status.st_size, str(status.st_mtime_ns))
                    elif deep and entry.is_dir(follow_symlinks=False):
                        yield from self._walk(folder / entry.name, f"{before}{entry.name}/", deep)
        except FileNotFoundError:
            return
        except OSError as error:
            raise DataError(f"the folder {str(folder)!r} cannot be read: {error.strerror or error}") from error

    def has_folders(self) -> bool:  # noqa: D102
        with os.scandir(self._folder) as entries:
            return any(entry.is_dir() and not entry.name.startswith(".") for entry in entries)

    def size(self, name: str) -> int | None:  # noqa: D102
        try:
            return regular_status(self._folder / name, own=True).st_size
        except (OSError, ValueError):
            return None

    def read(self, name: str) -> bytes:  # noqa: D102
        with self.open(name) as file:
            return file.read()

    def open(self, name: str, *, ahead: int = AHEAD_BYTES) -> IO[bytes]:  # noqa: D102
        path = self._folder / name
        try:
            regular_status(path)
            return path.open("rb")
        except FileNotFoundError:
            raise
        except (OSError, ValueError) as error:
            raise DataError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error

    @contextmanager
    def adding(self, name: str) -> Iterator[IO[bytes]]:  # noqa: D102
        with self._drafting(name) as draft:
            with draft.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            _link(draft, self._folder / name)

    def stamp(self, name: str) -> str | None:  # noqa: D102
        try:
            status = (self._folder / name).stat()
        except FileNotFoundError:
            return None
        return f"{status.st_ino} {status.st_mtime_ns} {status.st_size}"

    def put(self, name: str, content: bytes, *, after: str | None) -> bool:  # noqa: D102
        with self._drafting(name) as draft, (self._folder / _LOCK).open("ab") as lock:
            lock_file(lock)
            if self.stamp(name) != after:
                return False
            with draft.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._folder / name)
            return True

    def delete(self, name: str) -> None:  # noqa: D102
        with suppress(FileNotFoundError):
            (self._folder / name).unlink()

    def check_writable(self) -> None:  # noqa: D102
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for left in self._folder.glob(f"{_DRAFT}*.part"):
                if time.time() - left.stat().st_mtime > _ABANDONED_S:
                    left.unlink()
        except OSError as error:
            raise self._unwritable(error) from error
        check_output(self._folder / "manifest.json", sign=lambda _: True)

    @contextmanager
    def _drafting(self, name: str) -> Iterator[Path]:
        draft = self._folder / f"{_DRAFT}{secrets.token_hex(6)}.part"
        try:
            try:
                yield draft
            finally:
                draft.unlink(missing_ok=True)
        except OSError as error:
            raise self._unwritable(error, name) from error

    def _unwritable(self, error: OSError, name: str = "") -> OutputError:
        place = self._folder / name if name else self._folder
        return OutputError(f"{place} cannot be written: {error.strerror or error}; give another place with -o")


def _link(draft: Path, target: Path) -> None:
    """Give a draft its name, unless there is such a file."""
    try:
        os.link(draft, target)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links
        if not target.exists():
            draft.replace(target)
