"""What is asked of a place where files are: a folder of this machine, or a prefix of object storage.

Files have names within a place, with ``/`` between their parts. A file appears whole or not at all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import IO, NamedTuple

AHEAD_BYTES = 1 << 20


class Stored(NamedTuple):
    """A file of a place; its stamp differs where its content does."""

    name: str
    size: int
    stamp: str


class Place(ABC):
    """A folder or a prefix; ``str`` of it is what the user called it, without credentials.

    Every method raises `UserError` where the request cannot succeed (no credentials, no such bucket, no permission) and
    `RunError` where storage still fails after it was asked several times.
    """

    @abstractmethod
    def __str__(self) -> str: ...

    @abstractmethod
    def address(self, name: str) -> str:
        """Return what opens a file of the place from anywhere: a path or an address."""

    @abstractmethod
    def list(self, *, deep: bool = False) -> Iterator[Stored]:
        """Yield the files of the place, in the order of their names; ``deep``, those of its folders, too.

        A folder that does not exist has none.
        """

    @abstractmethod
    def has_folders(self) -> bool:
        """Say whether there are folders with files in the place, hidden ones aside."""

    @abstractmethod
    def size(self, name: str) -> int | None:
        """Return how many bytes a file has; None where there is none."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """Return the content of a file; FileNotFoundError where there is none."""

    @abstractmethod
    def open(self, name: str, *, ahead: int = AHEAD_BYTES) -> IO[bytes]:
        """Open a file for reading at any position, as pyarrow does; FileNotFoundError where there is none.

        ``ahead`` bytes are read at once where that is worth it.
        """

    @abstractmethod
    def adding(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Write a file in the body of a ``with`` statement; it appears at its end, unless there is one by then.

        Names stand for contents: whoever comes second has written the same.
        """

    @abstractmethod
    def stamp(self, name: str) -> str | None:
        """Return what shows that a file was written again; None where there is none."""

    @abstractmethod
    def put(self, name: str, content: bytes, *, after: str | None) -> bool:
        """Write a file at once where its stamp is still ``after``, or None for no file; say whether it was."""

    @abstractmethod
    def delete(self, name: str) -> None:
        """Delete a file, if it is there."""

    @abstractmethod
    def check_writable(self) -> None:
        """Raise the error of a place where no file can be written, before the work for it is done."""
