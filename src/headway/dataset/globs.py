"""Which files of a data set are taken: ``--include`` and ``--exclude``."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass

from headway.dataset.names import composed
from headway.errors import DataError

MAX_GLOB = 1000


@dataclass(frozen=True)
class Globs:
    """Globs of what to take and what to leave out.

    A glob is matched against the path of a file below the data set, with ``/`` between its parts, against its name,
    and against the folders around it in the same way; ``*`` matches ``/``, too. With ``./`` before it, it is matched
    against whole paths only.

    Examples
    --------
    >>> globs = Globs.of(["color"], ["*_mask.png"])
    >>> globs.takes("color/cat/1.png"), globs.takes("grey/cat/1.png"), globs.takes("color/cat/1_mask.png")
    (True, False, False)
    >>> globs = Globs.of(["./train"], [])
    >>> globs.takes("train/cat/1.png"), globs.takes("cat/train/1.png")
    (True, False)
    """

    include: re.Pattern[str] | None = None
    exclude: re.Pattern[str] | None = None

    @classmethod
    def of(cls, include: Sequence[str], exclude: Sequence[str]) -> Globs:
        """Compile globs; none in ``include`` takes all."""
        return cls(_compiled(include), _compiled(exclude))

    def takes(self, path: str) -> bool:
        """Return whether a file is taken, by its path below the data set."""
        path = composed(path)
        if self.exclude is not None and self.exclude.match(path):
            return False
        return self.include is None or bool(self.include.match(path))

    def names(self, name: str) -> bool:
        """Return whether a file or folder is asked for by its own name, whatever it lies in.

        Examples
        --------
        >>> globs = Globs.of(["masks", "./cat"], [])
        >>> globs.names("masks"), globs.names("cat")
        (True, True)
        >>> globs.names("lung masks")
        False
        """
        return self.include is not None and bool(self.include.match(composed(name)))

    def leaves_out(self, folder: str) -> bool:
        """Return whether everything below a folder is left out."""
        return self.exclude is not None and bool(self.exclude.match(composed(folder)))


EVERYTHING = Globs()


def _compiled(globs: Sequence[str]) -> re.Pattern[str] | None:
    for glob in globs:
        if not isinstance(glob, str) or not glob.strip("/") or len(glob) > MAX_GLOB:
            raise DataError(f"a glob (--include, --exclude) must be a text such as 'color/*', and one is {glob!r}")
    parts = [_pattern(composed(glob).replace("\\", "/").rstrip("/")) for glob in globs]
    # What lies below a folder that matches is meant, too.
    return re.compile(rf"(?:{'|'.join(parts)})(?:/.*)?\Z", re.DOTALL) if parts else None


def _pattern(glob: str) -> str:
    anchored = glob.startswith("./")
    # fnmatch ends with "\\Z", from Python 3.14 on with "\\z".
    return ("" if anchored else "(?:.*/)?") + fnmatch.translate(glob.removeprefix("./").lstrip("/"))[:-2]
