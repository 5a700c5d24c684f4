"""Where Headway keeps files between runs, and how it writes them."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

from headway.errors import OutputError, UserError
from headway.posix import has_storage

_ELSEWHERE = "name another folder with --cache or HEADWAY_CACHE"

_SIGNED_WITHIN = 4096  # bytes


def cache_dir(override: str | os.PathLike[str] | None = None) -> Path:
    r"""Return the folder for everything that can be computed or fetched again; it need not exist yet.

    It is ``override``, or ``$HEADWAY_CACHE``, or the platform's own place: ``$XDG_CACHE_HOME/headway`` or
    ``~/.cache/headway`` on Linux, ``~/Library/Caches/headway`` on macOS, ``%LOCALAPPDATA%\headway`` on Windows. What is
    no path, or begins with a home folder that is not known, is a `UserError`.

    Examples
    --------
    >>> cache_dir("/tmp/features").as_posix()
    '/tmp/features'
    """
    try:
        return _cache_dir(override)
    except RuntimeError as error:  # from expanduser and home
        raise UserError(f"the cache folder cannot be found: {error}; {_ELSEWHERE}") from error


def _cache_dir(override: str | os.PathLike[str] | None) -> Path:
    if override is not None:
        if not isinstance(override, str | os.PathLike) or override == "":
            raise UserError(f"the cache folder must be a path, not {override!r}; {_ELSEWHERE}")
        return Path(override).expanduser()
    if named := os.environ.get("HEADWAY_CACHE"):
        return Path(named).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "headway"
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "headway"
    # The XDG specification: a relative path there is to be ignored.
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (base if base.is_absolute() else Path.home() / ".cache") / "headway"


def make_private(folder: Path) -> None:
    """Make a folder of the cache, and those that it is in; only their owner may enter those that are new.

    What was seen of pictures may be inferred from features, and models and weights are taken from here unasked.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as root:
    ...     make_private(Path(root) / "a" / "b")
    ...     (Path(root) / "a" / "b").is_dir()
    True
    """
    if not folder.is_dir():
        if folder.parent != folder:
            make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def regular_status(path: str | os.PathLike[str], *, own: bool = False) -> os.stat_result:
    """Return what the file system says of a regular file; opening a pipe would wait for its writer for ever.

    No such file, a folder, a pipe, a socket or a device is an `OSError`. So is a file of ``/proc`` and the like, which
    calls itself regular and empty, and may wait, too, or never end; not where it is Headway's ``own``, which is empty
    at first.

    Examples
    --------
    >>> regular_status(os.curdir)
    Traceback (most recent call last):
    OSError: [Errno 22] it is a folder, not a file: '.'
    """
    status = os.stat(path)  # a Path each would take longer
    if not stat.S_ISREG(status.st_mode):
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or a device"
        raise OSError(errno.EINVAL, f"it is {what}, not a file", os.fspath(path))
    if not status.st_size and not own and not has_storage(path):
        raise OSError(errno.EINVAL, "the system makes it while it is read, as in /proc: it is no file", os.fspath(path))
    return status


class FileStamp(NamedTuple):
    """What shows that a file is another one, or was written again.

    Examples
    --------
    >>> FileStamp.of(Path("no-such-file")) is None
    True
    """

    inode: int
    changed_ns: int
    size: int

    @classmethod
    def of(cls, path: Path) -> FileStamp | None:
        """Look at a file; None where there is none."""
        try:
            found = path.stat()
        except OSError:
            return None
        return cls(found.st_ino, found.st_mtime_ns, found.st_size)


def check_output(path: Path, *, option: str = "-o", sign: bytes | Callable[[Path], bool] = b"") -> Path:
    """Refuse, with an `OutputError`, a place where no file can be written, before the work for it is done.

    Returns the place without symbolic links: what a link points to is replaced, not the link. ``option`` is what the
    place was named with. ``sign`` is what the beginning of such a file holds when Headway wrote it, or says whether it
    did; any other file that is there is refused.

    Examples
    --------
    >>> check_output(Path(os.curdir))
    Traceback (most recent call last):
    headway.errors.OutputError: . cannot be written: it is a folder, not a file; give another place with -o
    """
    why: object = None
    target = path
    try:
        target = Path(os.path.realpath(path))
        if target.is_symlink():
            why = "it is a link that leads to itself"
        elif not target.parent.is_dir():
            why = f"there is no folder {path.parent}"
        else:
            with suppress(FileNotFoundError):
                if regular_status(target, own=True).st_size and not _is_signed(target, sign):
                    why = "it is a file that Headway did not write, and is not replaced"
            # Permissions alone do not tell: there are full disks, disks that are only read, and /proc.
            with tempfile.TemporaryFile(dir=target.parent) as trial:
                trial.write(b"\0")
    except FileNotFoundError:  # what /proc says
        why = f"no file can be made in {path.parent}"
    except OSError as error:
        why = error.strerror or error
    except ValueError as error:  # a NUL byte
        why = error
    if why is not None:
        raise OutputError(f"{path} cannot be written: {why}; give another place with {option}")
    return target


def _is_signed(path: Path, sign: bytes | Callable[[Path], bool]) -> bool:
    if callable(sign):
        return sign(path)
    with path.open("rb") as file:
        return sign in file.read(_SIGNED_WITHIN)


@contextmanager
def replacing(path: Path, *, option: str = "-o") -> Iterator[IO[bytes]]:
    """Write a file that appears under its name whole, or not at all; what was there stays until then.

    Symbolic links are followed; folders, pipes and devices are left alone. ``option`` is what the place, or the folder
    that it is in, was named with. A place that cannot be written to is an `OutputError`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder) / "a.txt") as file:
    ...         _ = file.write(b"whole")
    ...     (Path(folder) / "a.txt").read_bytes()
    b'whole'
    """
    target = check_output(path, option=option)
    draft = target.with_name(f".headway-{secrets.token_hex(6)}.part")
    try:
        try:
            with draft.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        why = error.strerror or error
        raise OutputError(f"{path} cannot be written: {why}; give another place with {option}") from error
