"""What a ZIP or tar archive holds, one member after the other; whoever made it may mean harm.

Nothing that an archive says of itself is relied on: bytes are counted as they come, and the lists and headers that
`zipfile` and `tarfile` take into memory are read up to a bound. Which kind it is, its content says, not its name.
"""

from __future__ import annotations

import importlib
import io
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import IO, Literal, TypeAlias

from headway.errors import DataError, HeadwayError, OutputError

MAX_MEMBERS = 500_000
MAX_BYTES = 100_000_000_000  # of all that an archive unpacks to
MAX_RATIO = 200  # of that to the archive; deflate reaches 1,000 on zeros
ANY_RATIO_BYTES = 100_000_000  # below, the ratio does not matter
RESERVED_BYTES = 100_000_000  # of the disk, which stay free
MAX_LIST_BYTES = 64 << 20  # of a ZIP's list of members
MAX_HEADER_BYTES = 1 << 20  # of a tar's headers in front of one member

CHUNK_BYTES = 1 << 18
UNPACK_IT = "unpack it yourself and give the folder"

_COMPRESSIONS = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ\0": "lzma"}
_TAR_AT, _TAR = 257, b"ustar"
_UTF8 = 0x800  # a flag of a ZIP's member: its name is in UTF-8
_ENCRYPTED = 1

Kind: TypeAlias = Literal["file", "folder", "link", "special"]


@dataclass(frozen=True)
class Member:
    """A member of an archive; the content of a file comes in chunks, once, before the next member is asked for.

    ``start`` is where that begins in a tar as it lies there, and ``size`` how long its header says that it is.
    """

    name: str
    kind: Kind
    chunks: Iterator[bytes]
    start: int = 0
    size: int = 0


@dataclass(frozen=True)
class Bounds:
    """What one archive may hold; ``title`` is what to call it, ``free`` the bytes that are free in ``folder``."""

    title: str
    packed: int
    folder: str
    free: int

    def check_members(self, count: int) -> None:
        """Refuse so many members."""
        if count > MAX_MEMBERS:
            raise DataError(f"{self.title} must hold at most {MAX_MEMBERS:,} files, and holds more: {UNPACK_IT}")

    def check_bytes(self, total: int) -> None:
        """Refuse so many unpacked bytes."""
        if total > ANY_RATIO_BYTES and total > MAX_RATIO * self.packed:
            raise DataError(
                f"{self.title} must unpack to at most {MAX_RATIO} times its size, and is made to fill disks: "
                f"if you trust it, {UNPACK_IT}"
            )
        if total > MAX_BYTES:
            raise DataError(f"{self.title} must unpack to at most {MAX_BYTES / 1e9:,.0f} GB, and has more: {UNPACK_IT}")
        if total > self.free - RESERVED_BYTES:
            raise OutputError(
                f"{self.title} unpacks to more than is free in {self.folder}: make room, or name another folder with "
                "--cache"
            )


class ArchiveFile(io.BufferedReader):
    """An archive on disk, of which no more is read at once than a list of members may have."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read a piece."""
        if size is not None and size > MAX_LIST_BYTES:
            raise tarfile.ReadError("its list of members is too long")
        return super().read(size)


def members(file: ArchiveFile, bounds: Bounds) -> Iterator[Member]:
    """Yield the members of an archive; a damaged one is a `DataError`, and so is whatever breaks the bounds."""
    with _translated(bounds.title):
        head = file.peek(_TAR_AT + len(_TAR))
        packing = next((module for start, module in _COMPRESSIONS.items() if head.startswith(start)), None)
        if packing is not None:
            with importlib.import_module(packing).open(file) as content:
                yield from _of_tar(content, bounds)
        elif not head.startswith(_TAR, _TAR_AT) and zipfile.is_zipfile(file):
            yield from _of_zip(file, bounds)
        else:
            file.seek(0)
            yield from _of_tar(file, bounds)


@contextmanager
def _translated(title: str) -> Iterator[None]:
    """Turn whatever the readers of archives raise on hostile bytes into a `DataError`."""
    try:
        yield
    except HeadwayError:
        raise
    except NotImplementedError as error:
        raise DataError(f"{title} is packed in a way that is not known here ({error}): {UNPACK_IT}") from error
    # BadZipFile, TarError, zlib.error, LZMAError, EOFError, OSError, ValueError, OverflowError, RecursionError, ...
    except Exception as error:
        reason = " ".join(str(getattr(error, "strerror", None) or error).split())[:100] or type(error).__name__
        raise DataError(
            f"{title} must be a whole ZIP or tar archive, and is damaged or cut short ({reason}): get it again, or "
            f"{UNPACK_IT}"
        ) from error


def tar_members(content: IO[bytes], bounds: Bounds) -> Iterator[Member]:
    """Yield the members of a tar that is not compressed, and read from its beginning; errors as for `members`."""
    with _translated(bounds.title):
        yield from _of_tar(content, bounds)


def _of_zip(file: ArchiveFile, bounds: Bounds) -> Iterator[Member]:
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        bounds.check_members(len(infos))
        bounds.check_bytes(sum(info.file_size for info in infos))
        if any(info.flag_bits & _ENCRYPTED for info in infos):
            raise DataError(f"{bounds.title} must not be encrypted, and is: {UNPACK_IT}")
        total = 0

        def content(info: zipfile.ZipInfo) -> Iterator[bytes]:
            nonlocal total
            with _translated(bounds.title), archive.open(info) as opened:
                while chunk := opened.read(CHUNK_BYTES):
                    total += len(chunk)
                    bounds.check_bytes(total)
                    yield chunk

        for info in infos:
            name = _name_in_zip(info)
            yield Member(name, _kind_in_zip(info, name), content(info))


def _name_in_zip(info: zipfile.ZipInfo) -> str:
    """Return a name as it was meant: macOS writes UTF-8 and does not say so."""
    if info.flag_bits & _UTF8:
        return info.orig_filename
    try:
        return info.orig_filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.orig_filename


def _kind_in_zip(info: zipfile.ZipInfo, name: str) -> Kind:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if stat.S_ISLNK(kind):
        return "link"
    if stat.S_ISDIR(kind) or name.endswith(("/", "\\")):
        return "folder"
    return "file" if kind in (0, stat.S_IFREG) else "special"


def _of_tar(content: IO[bytes], bounds: Bounds) -> Iterator[Member]:
    stream = _Forward(content, bounds.check_bytes)
    with closing(tarfile.TarFile(fileobj=stream)) as archive:  # type: ignore[arg-type]
        count = 0
        while (info := archive.next()) is not None:
            archive.members = []  # type: ignore[attr-defined]  # or it would remember all
            count += 1
            bounds.check_members(count)
            chunks = _content_in_tar(archive, info, stream, bounds.title)
            yield Member(info.name, _kind_in_tar(info), chunks, info.offset_data, info.size)
            stream.may_read = MAX_HEADER_BYTES
    # Where a header is damaged, tarfile stops as at the end, which is a block of zeros.
    if stream.last != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError("it does not end as an archive does")
    for block in stream.rest():  # up to the checksum of a compressed one
        if _is_tar_header(block):
            raise tarfile.ReadError("more files follow behind its end, as of two archives put together")


def _is_tar_header(block: bytes) -> bool:
    """Say whether a member of a tar begins here; the end of an archive is filled up with zeros, or with anything."""
    try:
        return block != bytes(tarfile.BLOCKSIZE) and bool(tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape"))
    except tarfile.HeaderError:
        return False


def _kind_in_tar(info: tarfile.TarInfo) -> Kind:
    if info.issym() or info.islnk():
        return "link"
    if info.isdir():
        return "folder"
    return "file" if info.isreg() and not info.issparse() else "special"  # holes have any size at no cost


def _content_in_tar(archive: tarfile.TarFile, info: tarfile.TarInfo, stream: _Forward, title: str) -> Iterator[bytes]:
    with _translated(title):
        stream.may_read = info.size
        opened = archive.extractfile(info)
        while opened is not None and (chunk := opened.read(CHUNK_BYTES)):
            yield chunk


class _Forward:
    """A file that `tarfile` reads from its beginning to its end; ``check`` is told how many bytes that is so far.

    Not more than ``may_read`` is handed out: tarfile takes into memory whatever a header says that its name is long.
    """

    def __init__(self, content: IO[bytes], check: Callable[[int], None]) -> None:
        self._content = content
        self._check = check
        self._position = 0
        self.may_read = MAX_HEADER_BYTES
        self.last = b""

    def tell(self) -> int:
        """Return how many bytes were read or skipped."""
        return self._position

    def read(self, size: int) -> bytes:
        """Read bytes, fewer only at the end."""
        if not 0 <= size <= self.may_read:
            raise tarfile.ReadError("a header in it is too long")
        self.may_read -= size
        self.last = self._take(size)
        return self.last

    def seek(self, position: int) -> None:
        """Skip bytes, up to the end."""
        if position < self._position:
            raise tarfile.ReadError("a header in it leads back")
        while position > self._position and self._take(min(position - self._position, CHUNK_BYTES)):
            pass

    def rest(self) -> Iterator[bytes]:
        """Yield the blocks up to the end."""
        while chunk := self._take(CHUNK_BYTES):
            for start in range(0, len(chunk), tarfile.BLOCKSIZE):
                yield chunk[start : start + tarfile.BLOCKSIZE]

    def _take(self, size: int) -> bytes:
        chunk = self._content.read(size)
        self._position += len(chunk)
        self._check(self._position)
        return chunk
