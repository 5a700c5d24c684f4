"""Where Headway keeps files between runs, and how it writes them."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from headway.errors import OutputError


def cache_dir(override: Path | None = None) -> Path:
    r"""Return the folder for everything that can be computed or fetched again; it need not exist yet.

    Parameters
    ----------
    override : Path, optional
        Wins over everything else, for instance the value of ``--cache``.

    Returns
    -------
    Path
        ``override``, or ``$HEADWAY_CACHE``, or the platform's own place: ``$XDG_CACHE_HOME/headway`` or
        ``~/.cache/headway`` on Linux, ``~/Library/Caches/headway`` on macOS, ``%LOCALAPPDATA%\headway`` on Windows.

    Examples
    --------
    >>> cache_dir(Path("/tmp/features")).as_posix()
    '/tmp/features'
    """
    if override is not None:
        return override.expanduser()
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


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Write a file that appears under its name whole, or not at all; what was there stays until then.

    Parameters
    ----------
    path : Path
        Where to.

    Yields
    ------
    file
        To write bytes to.

    Raises
    ------
    OutputError
        When the place cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder) / "a.txt") as file:
    ...         _ = file.write(b"whole")
    ...     (Path(folder) / "a.txt").read_bytes()
    b'whole'
    """
    draft = path.with_name(f".headway-{secrets.token_hex(6)}.part")
    try:
        try:
            with draft.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}; give another place with -o") from error
