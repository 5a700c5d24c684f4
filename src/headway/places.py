"""Where Headway keeps files between runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path


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
