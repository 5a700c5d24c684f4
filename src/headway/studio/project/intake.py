"""Pictures from outside: each is looked at, within bounds, before it may lie among the others."""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from headway.cores import cpu_count
from headway.dataset.archives.members import ArchiveFile, Bounds, Member, members
from headway.dataset.walk import SIDECAR_SUFFIXES, suffix
from headway.errors import DataError, PictureError, UserError
from headway.images.decode import decode
from headway.images.levels import Levels
from headway.places import regular_status
from headway.studio.project.names import checked_class, is_of_the_system, parts_of
from headway.studio.project.writing import explained, write_new

MAX_BYTES = 64 << 20
"""Of one picture."""

_LOOKED_AT = 192  # pixels: all of a picture is decoded, at a fraction of its size
_AT_ONCE = 64  # pictures that are in memory
_LONGEST_SHOWN = 200  # characters of a name
_STEM = "incoming-"
_OLD_S = 24 * 3600


class Upload(Protocol):
    """A file that somebody gives: its name, with folders or without, and its content."""

    @property
    def name(self) -> str:
        """What it is called there; any text."""
        ...

    @property
    def content(self) -> bytes:
        """All of it."""
        ...


@dataclass(frozen=True)
class Refusal:
    """A file that was not taken, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Added:
    """What became of files that were given.

    Parameters
    ----------
    added : tuple of str
        Those that are pictures of the project now, by their names there.
    refused : tuple of Refusal
        Those that are not.
    copies : tuple of str
        Those that were there already, byte for byte, by the names that they were given with.
    """

    added: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    copies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Incoming:
    """A picture that was looked at, and lies aside until it has a place."""

    name: str
    label: str | None
    kind: str
    size: int
    digest: str
    draft: Path


class Intake:
    """A folder where pictures lie until they have their places; it is gone with the ``with`` statement.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.incoming: list[Incoming] = []
        self.refused: list[Refusal] = []

    @classmethod
    @contextmanager
    def open(cls, root: Path) -> Iterator[Intake]:
        """Make a folder of its own in another."""
        folder = root / f"{_STEM}{secrets.token_hex(6)}"
        with explained(folder):
            folder.mkdir(parents=True)
        try:
            yield cls(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def take(self, uploads: Iterable[Upload], label: str | None) -> None:
        """Look at files, and lay the pictures among them aside.

        A full disk is an `OutputError`.
        """
        given = (one for one in uploads if not is_of_the_system(one.name))
        with ThreadPoolExecutor(cpu_count()) as pool:
            for some in _batches(given):
                for found in pool.map(lambda one: self._look(one, label), some):
                    if isinstance(found, Refusal):
                        self.refused.append(found)
                    else:
                        self.incoming.append(found)

    def take_archive(self, path: Path, title: str, label: str | None) -> None:
        """Look at the pictures in an archive, within the bounds of `headway.dataset.archives`.

        One that is damaged, encrypted or holds too much is a `DataError`.
        """
        try:
            regular_status(path)
            file = ArchiveFile(io.FileIO(path))
        except OSError as error:
            raise DataError(f"{title!r} cannot be read: {error.strerror or error}") from error
        with file:
            free = shutil.disk_usage(self._folder).free
            bounds = Bounds(repr(title), os.fstat(file.fileno()).st_size, str(self._folder), free)
            # A chunk can be read only before the next member is asked for, so that each is whole in memory at once.
            self.take((_Packed.of(member) for member in members(file, bounds) if _is_wanted(member)), label)

    def _look(self, one: Upload, label: str | None) -> Incoming | Refusal:
        name = one.name[-_LONGEST_SHOWN:].encode("utf-8", "replace").decode()
        try:
            label = self._label(one.name) if label is None else label
            if len(one.content) > MAX_BYTES:
                raise PictureError(f"{len(one.content) / 2**20:,.0f} MiB; at most {MAX_BYTES >> 20} are taken")
            kind = _kind(one.content)
        except (PictureError, UserError) as error:
            return Refusal(name, str(error))
        draft = self._folder / secrets.token_hex(8)
        with explained(draft):
            write_new(draft, one.content)
        return Incoming(name, label, kind, len(one.content), hashlib.sha256(one.content).hexdigest(), draft)

    @staticmethod
    def _label(name: str) -> str | None:
        """Return the class that a file's folder names."""
        folders = parts_of(name)[:-1]
        return checked_class(folders[-1]) if folders else None


def new_file(root: Path) -> Path:
    """Return a place for a file that is coming in, and is deleted when it was looked at."""
    return root / f"{_STEM}{secrets.token_hex(6)}"


def sweep(root: Path) -> None:
    """Delete what a process that was killed has left."""
    drafts = (root.parent.glob(".headway-*.part"), root.glob("history/.headway-*.part"), root.glob("thumbs/*/.*.part"))
    for path in itertools.chain(root.glob(f"{_STEM}*"), *drafts):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime > time.time() - _OLD_S:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()


def _batches(uploads: Iterable[Upload]) -> Iterator[list[Upload]]:
    """Yield some files after the other, so that not too much is in memory at once."""
    batch: list[Upload] = []
    size = 0
    for one in uploads:
        batch.append(one)
        size += len(one.content)
        if len(batch) >= _AT_ONCE or size > MAX_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _kind(content: bytes) -> str:
    """Decode a picture, and return its format; one that cannot be read is a `PictureError`."""
    _, header = decode(content, _LOOKED_AT, "letterbox", (), Levels())
    return header.format or ""


@dataclass(frozen=True)
class _Packed:
    name: str
    content: bytes

    @classmethod
    def of(cls, member: Member) -> _Packed:
        content = bytearray()
        for chunk in member.chunks:  # all of it is read, as what follows in a tar stands behind it
            if len(content) <= MAX_BYTES:
                content += chunk
        return cls(member.name, bytes(content))


def _is_wanted(member: Member) -> bool:
    """Say whether a member may be a picture: tables and notes beside pictures are no mistake."""
    return member.kind == "file" and suffix(member.name) not in SIDECAR_SUFFIXES and not is_of_the_system(member.name)


class Contents:
    """Finds files with the same content; only files of the same size are read, and each once."""

    def __init__(self) -> None:
        self._digests: dict[tuple[str, int, int], str] = {}

    def among(self, paths: Iterable[str], sizes: Iterable[int]) -> set[str]:
        """Return the digests of the files that have one of some sizes."""
        wanted = set(sizes)
        return {self._digest(path, seen) for path, seen in _seen(paths) if seen[0] in wanted} - {""}

    def _digest(self, path: str, seen: tuple[int, int]) -> str:
        key = (path, *seen)
        if key not in self._digests:
            try:
                with open(path, "rb") as file:
                    self._digests[key] = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError:  # it is gone
                return ""
        return self._digests[key]


def _seen(paths: Iterable[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    for path in paths:
        try:
            status = os.stat(path)
        except OSError:  # it is gone
            continue
        yield path, (status.st_size, status.st_mtime_ns)
