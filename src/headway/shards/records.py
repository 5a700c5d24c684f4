"""The pictures of a shard, one after the other, wherever they are."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, NamedTuple, Protocol

from headway.dataset.names import class_name
from headway.errors import PictureError

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.facts.data import Source
    from headway.shards.place import Place
    from headway.types import Picture

SMALL_BYTES = 2 << 20
"""Pictures up to this are read ahead of their decoding; some hundreds of them are in memory at a time."""

LARGEST_BYTES = 64 << 20
"""Pictures of this at most are read from tar files and Parquet."""

NO_SPLIT = -1
_LONGEST_LABEL = 200


class Record(NamedTuple):
    """A picture, and what is known of it."""

    name: str
    picture: Picture
    label: str | None = None
    split: int = NO_SPLIT
    group: int | None = None


class Reader(Protocol):
    """What a shard is read from. It goes to another process, perhaps on another machine.

    Attributes
    ----------
    title : str
        What to call it in messages.
    pictures : int or None
        How many there are; None where that is not known before it is read.
    """

    @property
    def title(self) -> str: ...  # noqa: D102

    @property
    def pictures(self) -> int | None: ...  # noqa: D102

    def listing(self) -> Iterable[str]:
        """Yield lines that differ where a picture, or what is known of it, does; nothing is read."""

    def records(self) -> Generator[Record]:
        """Yield the pictures; those that cannot be read are streams that say so when they are."""


@dataclass(frozen=True)
class SourceFile:
    """A file that pictures are read from, as its place knows it.

    Parameters
    ----------
    place : Place
    name : str
        Within the place.
    size : int
        In bytes.
    stamp : str
        Another one where the file was changed.
    """

    place: Place
    name: str
    size: int
    stamp: str

    @property
    def title(self) -> str:
        """The path or the address."""
        return self.place.address(self.name)


@dataclass(frozen=True)
class Cut:
    """What is to be computed, in shards.

    Parameters
    ----------
    readers : tuple of Reader
        One for each shard, in order.
    source : str
        What was read, in one line.
    dataset : Source or None
        How a folder or a table was read; None for tar files and Parquet.
    skipped : dict of str to int
        Why files were skipped, and how many.
    grouped : bool
        Whether pictures have groups.
    notes : tuple of str
        What was guessed, and how to decline it.
    local : Dataset or None
        The files themselves, where all are of this machine.
    """

    readers: tuple[Reader, ...]
    source: str
    dataset: Source | None
    skipped: dict[str, int]
    grouped: bool
    notes: tuple[str, ...] = ()
    local: Dataset | None = None

    @property
    def pictures(self) -> int | None:
        """How many pictures there are, where that is known."""
        counts = [reader.pictures for reader in self.readers]
        return None if None in counts else sum(count or 0 for count in counts)


class Unreadable:
    """A stream that says why it cannot be read, when it is."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def read(self, size: int = -1) -> bytes:
        """Raise OSError with the reason."""
        raise OSError(self._reason)


class Later:
    """A stream that is fetched whole when it is read: by the thread that decodes it."""

    def __init__(self, fetch: Callable[[], bytes]) -> None:
        self._fetch = fetch

    def read(self, size: int = -1) -> bytes:
        """Fetch it."""
        try:
            return self._fetch()
        except FileNotFoundError:
            raise OSError("it is not there") from None


def in_memory(content: bytes) -> Picture:
    """Return a picture that is in memory already, or, where it is large, one that waits on disk for its turn."""
    if len(content) > LARGEST_BYTES:
        return too_large(len(content))
    if len(content) <= SMALL_BYTES:
        return content
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # whoever reads it closes it
    file.write(content)
    file.seek(0)
    return file


def too_large(size: int) -> Picture:
    """Return what stands for a picture that is too large to be read from a tar file or Parquet."""
    return stream(Unreadable(f"{size / 2**20:,.0f} MiB, of at most {LARGEST_BYTES >> 20} in a tar file or Parquet"))


def label_of(text: str) -> str | None:
    """Return a text as the name of a class, None for an empty one; PictureError where it is a description instead."""
    text = text.strip()
    if len(text) > _LONGEST_LABEL or "\n" in text:
        raise PictureError(f"its label is {text[:20]!r}…, too long for the name of a class")
    return class_name(text) or None


def stream(reader: Unreadable | Later) -> Picture:
    """Return a reader as a picture."""
    return reader  # type: ignore[return-value]
