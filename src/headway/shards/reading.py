"""A feature data set as a data set with its features: in memory where they fit, otherwise read as they are needed."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from headway.dataset import Dataset
from headway.dataset.parquetfile import check_unfolded
from headway.embedding.described import MAX_BYTES, as_table, check_numbers
from headway.embedding.parquet import codes, explained, given, matrix, opened, read_rows
from headway.errors import DataError
from headway.facts.data import Source
from headway.posix import memory_bytes
from headway.shards.manifest import Manifest, read_manifest
from headway.shards.storage import Place, open_place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from headway.embedding.parquet import FileRows
    from headway.embedding.table import FeatureTable
    from headway.types import FloatArray, IntArray, UInt8Array

_MOST_PIECE = 1 << 28  # bytes of features in a row group; Headway writes 40 MiB
_SHARE = 4  # of a machine's memory: an ordinary fit holds about three copies of the features
_SAME = ("backbone", "backbone_sha256", "resize", "input_size", "bands", "value_range", "decoding", "precision")


def memory_bound() -> int:
    """Return how many bytes of features are held in memory: a quarter of the machine's, and 4 GiB at most."""
    return min(MAX_BYTES, memory_bytes() // _SHARE)


def read_feature_dataset(path: str | Path, cache: str | Path | None = None) -> tuple[Dataset, FeatureTable]:
    """Read a feature data set.

    Parameters
    ----------
    path : str or Path
        A folder, or an address of object storage.
    cache : path, optional
        Where converted networks are looked for.

    Returns
    -------
    Dataset
        With the paths as they were written; the pictures are not looked at.
    FeatureTable
        Of as many rows. It ``streams`` where the features take more than `memory_bound`: they stay in their files.

    Raises
    ------
    DataError
        When the manifest or a file is damaged or missing, a shard is of another network than the manifest says, or
        there are no pictures.
    """
    dataset, table = read_without_features(path, cache)
    return dataset, table.in_memory() if fits_in_memory(table) else replace(table, streams=True)


def fits_in_memory(table: FeatureTable) -> bool:
    """Say whether features are few enough to be held in memory."""
    return 4 * len(table) * sum(table.dims.values()) <= memory_bound()


def read_without_features(path: str | Path, cache: str | Path | None = None) -> tuple[Dataset, FeatureTable]:
    """Do what `read_feature_dataset` does, and leave the features in their files."""
    place = open_place(path)
    manifest = read_manifest(place)
    if not manifest.rows:
        raise DataError(f"the feature data set {place} has no pictures that could be read")
    shards = [_read_shard(place, manifest, number, cache) for number in range(len(manifest.shards))]
    shards = [shard for shard in shards if len(shard.labels)]
    about, local = shards[0].about, shards[0].local
    vectors = _Vectors(place, manifest.dims, local, shards)
    table = as_table(about, manifest.dims, np.concatenate([shard.digests for shard in shards]), vectors.fetch)
    return _dataset(path, manifest, shards, about), table


class _Shard(NamedTuple):
    """A file of features without these."""

    file: str
    about: dict[str, Any]
    local: dict[str, int]
    paths: list[str]
    labels: IntArray
    given: NDArray[np.int8] | None
    groups: IntArray | None
    digests: UInt8Array
    groups_of_rows: list[int]  # how many rows each of its row groups has


def _read_shard(place: Place, manifest: Manifest, number: int, cache: str | Path | None) -> _Shard:
    entry = manifest.shards[number]
    address = place.address(entry.file)
    with _explained(address), place.open(entry.file) as stream, opened(stream) as file:
        rows = read_rows(address, file, entry.bytes, cache)
        if len(rows.paths) != entry.rows:
            raise ValueError(f"it has {len(rows.paths):,} rows, and the manifest says {entry.rows:,}")
        if rows.copies is not None:
            raise ValueError("it has changed copies of pictures, which a feature data set has not")
        _check_same(place, manifest, rows, address)
        pieces = [file.metadata.row_group(piece).num_rows for piece in range(file.metadata.num_row_groups)]
        if sum(pieces) != entry.rows:
            raise ValueError(f"its pieces have {sum(pieces):,} rows, not {entry.rows:,}")
        width = 4 * sum(rows.dims.values())
        if max(pieces, default=0) * width > _MOST_PIECE:
            raise ValueError(f"a piece of it unfolds into more than {_MOST_PIECE >> 20} MiB, which are read at once")
        check_unfolded(entry.bytes, held=entry.rows * width)
        return _Shard(
            entry.file,
            rows.about,
            dict(rows.backbone.local),
            rows.paths,
            codes(rows.labels, manifest.classes),
            given(rows.splits),
            rows.groups,
            rows.digests,
            pieces,
        )


@contextmanager
def _explained(address: str) -> Iterator[None]:
    """Say of a damaged shard how it becomes whole again: its size is right, so that nothing else would notice."""
    try:
        with explained(address):
            yield
    except DataError as error:
        raise DataError(f"{error}; delete that file, and run `headway embed` again, which computes it anew") from error


def _check_same(place: Place, manifest: Manifest, rows: FileRows, address: str) -> None:
    """Refuse a shard of other features than the manifest says."""
    for name in _SAME:
        found, wanted = rows.about.get(name), manifest.about.get(name, rows.about.get(name))
        if found != wanted:
            raise DataError(
                f"the features of {place} must all be of one kind, and {address} has {name} {found!r} instead of "
                f"{wanted!r}"
            )
    if rows.dims != manifest.dims:
        raise DataError(
            f"the features of {place} must be {', '.join(manifest.dims)}, and {address} has {', '.join(rows.dims)}"
        )


def _dataset(path: str | Path, manifest: Manifest, shards: Sequence[_Shard], about: dict[str, Any]) -> Dataset:
    splits = [shard.given for shard in shards if shard.given is not None]
    grouped = [shard.groups for shard in shards if shard.groups is not None]
    if len(grouped) not in (0, len(shards)):
        raise DataError(f"{path} has groups in some of its files only: run `headway embed` again, into another place")
    return Dataset(
        pictures=[name for shard in shards for name in shard.paths],
        labels=np.concatenate([shard.labels for shard in shards]),
        classes=manifest.classes,
        given=np.concatenate(splits) if len(splits) == len(shards) else None,
        groups=np.concatenate(grouped) if grouped else None,
        source=Source("features", str(path), manifest.rows, len(manifest.classes), backbone=str(about["backbone"])),
        skipped={"unreadable pictures": manifest.unreadable} if manifest.unreadable else {},
    )


class _Vectors:
    """The features of all shards, decoded as they are asked for, a piece of a file at a time."""

    def __init__(self, place: Place, dims: dict[str, int], local: dict[str, int], shards: Sequence[_Shard]) -> None:
        self._place, self._dims, self._local = place, dims, local
        self._pieces = [(shard.file, number) for shard in shards for number in range(len(shard.groups_of_rows))]
        self._starts = np.cumsum([0, *(rows for shard in shards for rows in shard.groups_of_rows)])
        self._bounds = np.cumsum([0, *dims.values()])
        self._last: tuple[int, tuple[str, ...], FloatArray] | None = None
        self._alone = Lock()

    def fetch(self, positions: IntArray, columns: slice | IntArray) -> FloatArray:
        """Return rows and columns of the features; rows of one piece should be asked for together."""
        wanted = np.arange(self._bounds[-1])[columns]
        bounds = list(pairwise(self._bounds.tolist()))
        touched = [place for place, (start, end) in enumerate(bounds) if ((wanted >= start) & (wanted < end)).any()]
        names = tuple(list(self._dims)[place] for place in touched)
        inside = np.concatenate([np.arange(*bounds[place]) for place in touched]) if touched else wanted
        own = np.searchsorted(inside, wanted)
        whole = len(own) == len(inside) and bool((own == np.arange(len(own))).all())
        found = np.empty((len(positions), len(wanted)), np.float32)
        pieces = np.searchsorted(self._starts, positions, side="right") - 1
        order = np.argsort(pieces, kind="stable")
        cuts = np.flatnonzero(np.diff(pieces[order])) + 1
        for rows in np.split(order, cuts) if len(order) else ():
            piece = int(pieces[rows[0]])
            part = self._piece(piece, names)[positions[rows] - self._starts[piece]]
            found[rows] = part if whole else part[:, own]
        return found

    def _piece(self, piece: int, names: tuple[str, ...]) -> FloatArray:
        with self._alone:
            if self._last is None or self._last[:2] != (piece, names):
                self._last = None  # two pieces need not be in memory
                self._last = (piece, names, self._decode(piece, names))
            return self._last[2]

    def _decode(self, piece: int, names: tuple[str, ...]) -> FloatArray:
        name, number = self._pieces[piece]
        address = self._place.address(name)
        with _explained(address), self._place.open(name) as stream, opened(stream) as file:
            content = file.read_row_group(number, columns=list(names))
            parts = [matrix(content[own].combine_chunks(), own, self._dims[own]) for own in names]
            if any(len(part) != self._starts[piece + 1] - self._starts[piece] for part in parts):
                raise ValueError(f"piece {number} has other rows than the file says")
            for own, part in zip(names, parts, strict=True):
                check_numbers(address, own, part, self._local.get(own, 0))
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
