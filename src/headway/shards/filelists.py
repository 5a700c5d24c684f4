"""Shards of pictures that are files of their own: of a folder or a table, here or in object storage.

They are cut in the order of their names, behind a name of which the checksum says so: where a picture is added or taken
away, the shards before and behind it stay what they are, and are not computed again.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import os
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headway.errors import DataError, HeadwayError
from headway.pipeline import parallel
from headway.rendering.data import source as source_line
from headway.shards.objects import ObjectPlace, Patience
from headway.shards.place import Place
from headway.shards.records import NO_SPLIT, SMALL_BYTES, Cut, Later, Record, Unreadable, stream
from headway.shards.storage import is_address, open_place

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.types import Picture

_AT_ONCE = 32  # requests, most of which wait for storage
_AHEAD = 64


@dataclass(frozen=True)
class FileList:
    """Some files, and what is known of them.

    Parameters
    ----------
    names : tuple of str
        Paths or addresses.
    stamps : tuple of str
        What differs where a file was written again; empty where nothing is known.
    labels : tuple of str or None
    splits : tuple of int
    groups : tuple of int
        Empty where there are none.
    """

    names: tuple[str, ...]
    stamps: tuple[str, ...]
    labels: tuple[str | None, ...]
    splits: tuple[int, ...]
    groups: tuple[int, ...]

    @property
    def title(self) -> str:
        """The first file, and how many there are."""
        return f"{self.names[0]} and {len(self.names) - 1:,} more"

    @property
    def pictures(self) -> int:
        """How many there are."""
        return len(self.names)

    def listing(self) -> Iterator[str]:
        """Yield a line for each file."""
        for row, name in enumerate(self.names):
            group = self.groups[row] if self.groups else ""
            yield f"{name!r} {self.stamps[row]} {self.labels[row]!r} {self.splits[row]} {group}"

    def records(self) -> Generator[Record]:
        """Yield the files; those of object storage are read ahead."""
        with closing(self._pictures()) as pictures:
            for row, picture in enumerate(pictures):
                group = self.groups[row] if self.groups else None
                yield Record(self.names[row], picture, self.labels[row], self.splits[row], group)

    def _pictures(self) -> Generator[Picture]:
        if not any(is_address(name) for name in self.names):
            return (name for name in self.names)
        fetch = functools.partial(_fetch, functools.lru_cache(maxsize=64)(_open_root))
        return parallel(self.names, fetch, threads=_AT_ONCE, ahead=_AHEAD)


def _fetch(find: Callable[[str], Place], name: str) -> Picture:
    """Return a small file of object storage, or a stream of a large or a missing one."""
    if not is_address(name):
        return name
    root, path = _divided(name)
    place = find(root)
    if not isinstance(place, ObjectPlace):
        return place.address(path)
    later = Later(functools.partial(_read, place, path, _is_of_web(name)))
    try:
        content = place.read_small(path, SMALL_BYTES)
    except FileNotFoundError:
        return stream(later)
    except HeadwayError as error:
        if not _is_of_web(name):
            raise
        return stream(Unreadable(_reason(error)))
    return stream(later) if content is None else content


def _read(place: Place, path: str, of_web: bool) -> bytes:
    """Return a file; of the web, what a server refuses is one picture that cannot be read, and not the end of a run."""
    try:
        return place.read(path)
    except HeadwayError as error:
        if not of_web:
            raise
        raise OSError(_reason(error)) from error


def _reason(error: HeadwayError) -> str:
    return str(error).partition("; run the same")[0][:200]


def _is_of_web(address: str) -> bool:
    return address.lower().startswith(("http://", "https://"))


def _open_root(root: str) -> Place:
    """Open a bucket or a server; of the web, many do not answer any more, and are not asked for long."""
    return open_place(root, Patience(retries=2, answer_s=30.0) if _is_of_web(root) else None)


def _divided(address: str) -> tuple[str, str]:
    """Return the address of a bucket or a server, and the path in it."""
    scheme, _, rest = address.partition("://")
    host, _, path = rest.partition("/")
    return f"{scheme}://{host}", path


def cut_files(dataset: Dataset, rows: int, stamps: Mapping[str, str] | None = None) -> Cut:
    """Cut a data set of files into shards of some rows; ``stamps`` are those of addresses, where they are known."""
    names = [name for name in dataset.pictures if isinstance(name, str)]
    if len(names) < len(dataset):
        raise DataError(
            "a data set of many files is computed of files, and these pictures are in memory: write them first"
        )
    order = sorted(range(len(names)), key=names.__getitem__)
    groups = None if dataset.groups is None else _group_numbers(dataset, names)
    readers = tuple(
        _file_list(dataset, names, order[start:end], groups, stamps)
        for start, end in itertools.pairwise(boundaries([names[row] for row in order], rows))
    )
    return Cut(
        readers,
        source_line(dataset.source),
        dataset.source,
        dict(dataset.skipped),
        dataset.groups is not None,
        local=None if any(is_address(name) for name in names) else dataset,
    )


def boundaries(names: Sequence[str], rows: int) -> list[int]:
    """Return where names in their order are cut into pieces of about some rows: at least half, at most twice as many.

    Examples
    --------
    >>> boundaries([f"{number}.jpg" for number in range(20)], 4)
    [0, 8, 10, 18, 20]
    """
    half = max(1, rows // 2)
    places = [0]
    for end, name in enumerate(names, start=1):
        length = end - places[-1]
        chosen = length >= half and zlib.crc32(os.fsencode(name)) % max(1, rows - half) == 0
        if chosen or length >= 2 * rows:
            places.append(end)
    return places if places[-1] == len(names) else [*places, len(names)]


def _group_numbers(dataset: Dataset, names: Sequence[str]) -> list[int]:
    """Return a number for the group of each picture that stays the same whatever other pictures there are."""
    numbers = []
    for name, group in zip(names, dataset.groups.tolist() if dataset.groups is not None else [], strict=True):
        title = dataset.group_names[group] if dataset.group_names else f"{group}"
        digest = hashlib.sha256((f"group {title}" if title else f"picture {name}").encode("utf-8", "surrogateescape"))
        numbers.append(int.from_bytes(digest.digest()[:8]) >> 1)
    return numbers


def _file_list(
    dataset: Dataset,
    names: Sequence[str],
    rows: Sequence[int],
    groups: Sequence[int] | None,
    stamps: Mapping[str, str] | None,
) -> FileList:
    own = tuple(names[row] for row in rows)
    labels = dataset.labels[list(rows)].tolist()
    return FileList(
        own,
        tuple(_stamp(name, stamps) for name in own),
        tuple(dataset.classes[label] if label >= 0 else None for label in labels),
        (NO_SPLIT,) * len(own) if dataset.given is None else tuple(dataset.given[list(rows)].tolist()),
        () if groups is None else tuple(groups[row] for row in rows),
    )


def _stamp(name: str, stamps: Mapping[str, str] | None) -> str:
    if is_address(name):
        return "" if stamps is None else stamps.get(name, "")
    try:
        status = os.stat(name)
    except OSError:
        return ""
    return f"{status.st_size}:{status.st_mtime_ns}"


def stamps_of(addresses: Iterable[str]) -> dict[str, str]:
    """Return the stamps of files of object storage, by listing the folders that they are in.

    A file that is not there is a `DataError`. Those of the web cannot be listed, and have none.
    """
    wanted: dict[str, list[str]] = {}
    for address in addresses:
        if is_address(address) and not _is_of_web(address):
            wanted.setdefault(address.rpartition("/")[0], []).append(address)
    found: dict[str, str] = {}
    missing: list[str] = []

    def listed(folder: str) -> dict[str, str]:
        return {f"{folder}/{file.name}": f"{file.size}:{file.stamp}" for file in open_place(folder).list()}

    with closing(parallel(wanted, listed, threads=_AT_ONCE, ahead=_AHEAD)) as folders:
        for own, files in zip(wanted.values(), folders, strict=True):
            found |= {address: files[address] for address in own if address in files}
            missing += [address for address in own if address not in files]
    if missing:
        total = sum(map(len, wanted.values()))
        raise DataError(
            f"{len(missing):,} of {total:,} files of the list are not there, the first is {missing[0]}: correct the "
            "list, or leave them out"
        )
    return found
