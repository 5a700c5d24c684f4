"""An archive of pictures, unpacked once into the cache.

``CACHE/archives/SHA256/`` is the archive with that content: its pictures, tables and sidecar files in ``files/``, and
in ``about.json`` how many these are. It is written aside and renamed, so it appears whole or not at all, and neither a
kill nor two processes at once do harm. What was deleted of it later shows in the number of files: it is unpacked again.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import secrets
import shlex
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from headway.areas import Area, delete_folder, size_of_folder
from headway.dataset.archives.members import UNPACK_IT, ArchiveFile, Bounds, Member, members
from headway.dataset.names import plural, some
from headway.dataset.pictures import archive_stem
from headway.dataset.walk import (
    HIDDEN,
    NEEDS_PICTURES,
    OTHER,
    SIDECAR_SUFFIXES,
    SPECIAL,
    SYSTEM,
    SYSTEM_NAMES,
    suffix,
)
from headway.errors import AmbiguousDataError, DataError, OutputError
from headway.facts.data import Unpacked
from headway.images import SUFFIXES
from headway.places import make_private, regular_status
from headway.rendering.data import skipped as reasons
from headway.rendering.data import unpacked as said
from headway.store import fingerprint
from headway.types import Progress, Silent

LINK = "link in an archive"
NESTED = "archive in an archive"

MAX_FILE_BYTES = 2 << 30
MAX_NAME_BYTES, MAX_PATH_BYTES, MAX_DEPTH = 255, 1000, 50

_DIGEST = "[0-9a-f]" * 64
_DAY_S = 24 * 3600
_FILES, _ABOUT = "files", "about.json"
_DRIVE = re.compile("[A-Za-z]:")


def _count(folder: Path) -> tuple[int, int]:
    """Return how many files there are in a folder and below, and their bytes."""
    sizes = [os.lstat(os.path.join(path, name)).st_size for path, _, names in os.walk(folder) for name in names]
    return len(sizes), sum(sizes)


AREA = Area("archives", f"{_DIGEST}*", 100_000_000_000, 30 * _DAY_S, delete_folder, size_of_folder)
"""Pruned when another archive was unpacked."""

_DRAFTS = replace(AREA, pattern=f"{_DIGEST}.*", max_bytes=None, max_age_s=_DAY_S)
"""What a run that was killed has left."""


@contextmanager
def named_in_errors(archive: Unpacked) -> Iterator[None]:
    """Name the archive in a `DataError` of the ``with`` statement's body, not the folder, which its user never gave."""
    try:
        yield
    except AmbiguousDataError as error:
        # A table in the archive has no other path than that in the folder.
        readings = [(what, _for_archive(command, archive)) for what, command in error.readings]
        raise AmbiguousDataError(error.found.replace(archive.folder, archive.archive), readings) from error
    except DataError as error:
        error.args = (str(error).replace(repr(archive.folder)[1:-1], repr(archive.archive)[1:-1]),)
        raise


def _for_archive(command: str, archive: Unpacked) -> str:
    *start, data = shlex.split(command)[:3]  # headway read DATA; --images takes a folder, and so the one in the cache
    return shlex.join([*start, archive.archive if data == archive.folder else data, *shlex.split(command)[3:]])


@dataclass(frozen=True)
class Unpacker:
    """Unpacks archives into the cache folder, if they are not there yet; ``progress`` is told."""

    cache: str | Path | None = None
    progress: Progress = field(default_factory=Silent)

    def unpack(self, path: str) -> Unpacked:
        """Unpack an archive, unless that content is unpacked already.

        One that is damaged, encrypted or holds too much, or a name that leads out of its folder, is a `DataError`.
        """
        try:
            regular_status(path)
            opened = ArchiveFile(io.FileIO(path))
        except OSError as error:
            raise DataError(f"{path!r} cannot be read: {error.strerror or error}") from error
        with opened as file:
            before = fingerprint(path, os.fstat(file.fileno()))
            self.progress.start(f"reading {os.path.basename(path)}")
            entry = AREA.folder(self.cache) / hashlib.file_digest(file, "sha256").hexdigest()
            if (known := _read_about(entry, path)) is not None:
                with suppress(OSError):
                    os.utime(entry)  # so that it is pruned last
                return known
            draft = entry.with_name(f"{entry.name}.{secrets.token_hex(4)}")
            try:
                found = self._write(file, path, draft)
                if fingerprint(path, os.fstat(file.fileno())) != before:
                    raise DataError(f"{path!r} has changed while it was unpacked: run again when it is complete")
                _put_in_place(draft, entry)
            except OSError as error:
                raise OutputError(
                    f"{entry.parent} cannot be written: {error.strerror or error}; make room, or name another folder "
                    "with --cache"
                ) from error
            finally:
                delete_folder(draft)
        done = replace(found, folder=str(entry / _FILES))
        self.progress.note(said(done))
        AREA.prune(self.cache, in_use=[entry])
        return done

    def _write(self, file: ArchiveFile, path: str, draft: Path) -> Unpacked:
        """Write the files that Headway reads, and how many there are."""
        _DRAFTS.prune(self.cache)
        root = draft / _FILES
        make_private(root)
        bounds = Bounds(repr(path), os.fstat(file.fileno()).st_size, str(draft.parent), shutil.disk_usage(root).free)
        self.progress.start(f"unpacking {os.path.basename(path)}")
        file.seek(0)
        skipped: Counter[str] = Counter()
        folders = _Folders(root, bounds)
        for member in members(file, bounds):
            self.progress.advance()
            parts = _parts(member.name, bounds.title)
            if member.kind != "folder" and parts:
                if (why := _why_not(member, parts)) is not None:
                    skipped[why] += 1
                else:
                    folders.write(member, parts)
        found = Unpacked(path, str(root), *_count(root), skipped)
        if not found.files:
            total = sum(skipped.values())
            rest = f": {reasons(skipped)}" if skipped else ""
            raise DataError(f"{NEEDS_PICTURES}, and {path!r} has none among its {plural(total, 'file')}{rest}")
        about = {"files": found.files, "bytes": found.bytes, "skipped": skipped}
        (draft / _ABOUT).write_text(json.dumps(about), encoding="utf-8")
        return found


def _read_about(entry: Path, path: str) -> Unpacked | None:
    """Return what is unpacked there; None where it is not, or no longer whole."""
    try:
        about = json.loads((entry / _ABOUT).read_text(encoding="utf-8"))
        found = Unpacked(path, str(entry / _FILES), *_count(entry / _FILES), dict(about["skipped"]))
        return found if (found.files, found.bytes) == (about["files"], about["bytes"]) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _put_in_place(draft: Path, entry: Path) -> None:
    """Rename what is complete; another process may have been quicker."""
    if _read_about(entry, "") is None:
        delete_folder(entry)
        draft.rename(entry)


def _why_not(member: Member, parts: tuple[str, ...]) -> str | None:
    """Return the reason for not writing a file, or None to write it."""
    ending = suffix(parts[-1])
    if any(part.lower() in SYSTEM_NAMES for part in parts):
        return SYSTEM
    if any(part.startswith(".") for part in parts):
        return HIDDEN
    if member.kind != "file":
        return LINK if member.kind == "link" else SPECIAL
    if archive_stem(parts[-1]) is not None:
        return NESTED
    return None if ending in SUFFIXES or ending in SIDECAR_SUFFIXES else OTHER


def _parts(name: str, title: str) -> tuple[str, ...]:
    """Return the folders and the name of a member; Windows' separator counts as one everywhere."""
    path = name.replace("\\", "/")
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    if path.startswith("/") or ".." in parts or "\0" in path or any(map(_DRIVE.match, parts)):
        raise DataError(f"{title} must only hold names below its own folder, and holds {some([name])}: {UNPACK_IT}")
    sizes = [len(os.fsencode(part)) for part in parts]
    if len(parts) > MAX_DEPTH or sum(sizes) > MAX_PATH_BYTES or max(sizes, default=0) > MAX_NAME_BYTES:
        raise DataError(f"{title} must hold shorter names than {some([name])}: {UNPACK_IT}")
    return parts


class _Folders:
    """Writes files below a folder, each where nothing is: the file system knows best which names are one to it."""

    def __init__(self, root: Path, bounds: Bounds) -> None:
        self._root = root
        self._bounds = bounds
        self._made: set[tuple[str, ...]] = {()}

    def write(self, member: Member, parts: tuple[str, ...]) -> None:
        """Write a member, with the folders around it."""
        try:
            self._make(parts[:-1])
            with self._root.joinpath(*parts).open("xb") as target:
                written = 0
                for chunk in member.chunks:
                    written += len(chunk)
                    if written > MAX_FILE_BYTES:
                        raise DataError(
                            f"{self._bounds.title} must hold files of at most {MAX_FILE_BYTES >> 30} GiB, and "
                            f"{some([member.name])} has more: {UNPACK_IT}"
                        )
                    target.write(chunk)
        except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
            raise DataError(
                f"{self._bounds.title} must hold each name once, in whatever case, and holds {some([member.name])} "
                f"again: {UNPACK_IT}"
            ) from error

    def _make(self, parts: tuple[str, ...]) -> None:
        if parts in self._made:
            return
        self._make(parts[:-1])
        self._root.joinpath(*parts).mkdir()
        self._made.add(parts)
        self._bounds.check_members(len(self._made))
