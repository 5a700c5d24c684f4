"""Changed copies of training pictures: features of each picture, and of it rotated, mirrored and so on.

A copy is a row like any other, but is only ever learned from. What is stored are the features of all copies of a
picture, side by side, under the picture's content: copies that are in the store are not computed again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

from headway.dataset import Dataset
from headway.embedding.table import Digests, FeatureTable
from headway.errors import DataError
from headway.splits import TEST, TRAIN, VALIDATION, merge_groups, split

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from numpy.typing import NDArray

    from headway.backbones import FeatureEngine
    from headway.recipe import Recipe
    from headway.types import FloatArray, IntArray, Precision, UInt8Array

Tag = TypeVar("Tag")


@dataclass(frozen=True)
class Copies:
    """How pictures are changed.

    Parameters
    ----------
    count : int
        Copies of each picture, from 1 to 100.
    name : str
        All that they depend on besides the picture.
    change : callable
        Gets a picture, uint8 (H, W, 3), and returns its copies, uint8 (count, H, W, 3): the same for the same picture.
    """

    count: int
    name: str
    change: Callable[[UInt8Array], UInt8Array]

    @property
    def key(self) -> str:
        """A short name for the store."""
        return f"copies-{hashlib.sha256(self.name.encode()).hexdigest()[:16]}"


class CopyingEngine:
    """An engine that gives, for each image, the features of all its copies side by side."""

    def __init__(self, engine: FeatureEngine, copies: Copies) -> None:
        self._engine, self._copies = engine, copies
        self.outputs: tuple[str, ...] = engine.outputs
        self.widths: Mapping[str, int] = {name: copies.count * width for name, width in engine.widths.items()}
        self.width = copies.count * engine.width
        self.input_size: tuple[int, int] = engine.input_size
        self.precision: Precision = engine.precision

    def run(self, batch: UInt8Array) -> FloatArray:
        """Turn images (n, H, W, 3) into vectors (n, width)."""
        ((_, rows),) = self.map([(None, batch)])
        return rows

    def map(self, batches: Iterable[tuple[Tag, UInt8Array]]) -> Iterator[tuple[Tag, FloatArray]]:
        """Do so with a stream of tagged batches."""
        changed = ((tag, self._change(batch)) for tag, batch in batches)
        with closing(cast("Generator[tuple[Tag, FloatArray]]", self._engine.map(changed))) as results:
            for tag, rows in results:
                yield tag, rows.reshape(-1, self.width)

    def _change(self, batch: UInt8Array) -> UInt8Array:
        return np.concatenate([batch[:0], *map(self._copies.change, batch)])


def parts_of(dataset: Dataset, table: FeatureTable, recipe: Recipe) -> NDArray[np.int8]:
    """Return the part of each picture of a table: the data's own split, or the one that `headway.fit` would make."""
    readable = dataset.subset(table.rows)
    if readable.given is not None and readable.given.any():
        return np.where(readable.given < 0, TRAIN, readable.given).astype(np.int8)
    division = split(
        readable.labels,
        contents=table.hashes,
        groups=readable.groups,
        test_fraction=recipe.test_fraction,
        seed=recipe.seed,
    )
    parts = np.full(len(readable), TRAIN, np.int8)
    parts[division.validation], parts[division.test] = VALIDATION, TEST
    return parts


def with_copies(
    dataset: Dataset, table: FeatureTable, recipe: Recipe, copies: Copies, embed: Callable[[Dataset], FeatureTable]
) -> tuple[Dataset, FeatureTable]:
    """Return the pictures of a table, each one of the training part followed by its copies, and all their features.

    ``embed`` computes the features of the copies of some pictures, side by side, as `CopyingEngine` does. The data set
    has the split that was gone by, and every copy is in the group of its picture.
    """
    parts = parts_of(dataset, table, recipe)
    training = np.flatnonzero(parts == TRAIN)
    if not len(training):
        raise DataError("copies are made of training pictures, and there are none: no picture is in the training part")
    copied = embed(dataset.subset(table.rows[training]))
    place = np.full(len(table), -1)  # in ``copied``; a picture that can no longer be read has no copies
    place[training[copied.rows]] = np.arange(len(copied))
    source, copy = _expanded(np.where(place >= 0, 1 + copies.count, 1))
    fetch = _Fetch(table, copied, place, source, copy, copies.count)
    readable = dataset.subset(table.rows[source])
    grown = replace(
        readable,
        given=parts[source],
        groups=merge_groups(table.hashes, None if dataset.groups is None else dataset.groups[table.rows])[source],
        copies=copy,
    )
    return grown, replace(
        table,
        rows=np.arange(len(source)),
        hashes=Digests(_digests(table.hashes, source, copy, copies)),
        fetch=fetch,
        fetch_facts=None,
    )


def _expanded(counts: IntArray) -> tuple[IntArray, NDArray[np.int8]]:
    """Return for each of so many rows of each picture which picture it is of, and its number among them."""
    source = np.repeat(np.arange(len(counts)), counts)
    starts = np.cumsum(counts) - counts
    return source, (np.arange(len(source)) - starts[source]).astype(np.int8)


def _digests(hashes: Sequence[bytes], source: IntArray, copy: NDArray[np.int8], copies: Copies) -> UInt8Array:
    """Return a digest for each row: of a picture its content's, of a copy one of its own."""
    digests = np.empty((len(source), 32), np.uint8)
    for row, (picture, number) in enumerate(zip(source.tolist(), copy.tolist(), strict=True)):
        digest = hashes[picture]
        if number:
            digest = hashlib.sha256(digest + f"{number} of {copies.name}".encode()).digest()
        digests[row] = np.frombuffer(digest, np.uint8)
    return digests


@dataclass(frozen=True, eq=False)
class _Fetch:
    """Reads features of pictures and of copies, in any order."""

    table: FeatureTable
    copied: FeatureTable
    place: IntArray  # of each picture of ``table`` in ``copied``
    source: IntArray  # of each row: the picture
    copy: NDArray[np.int8]  # of each row: 0 for the picture itself
    count: int

    def __call__(self, positions: IntArray, columns: slice | IntArray) -> FloatArray:
        source, copy = self.source[positions], self.copy[positions]
        own = copy == 0
        width = sum(self.table.dims.values())
        found = np.empty((len(positions), len(np.arange(width)[columns])), np.float32)
        found[own] = self.table.fetch(source[own], columns)
        # All copies of a picture lie together, and are read once.
        pictures, which = np.unique(self.place[source[~own]], return_inverse=True)
        vectors = self.copied.fetch(pictures, slice(None)).reshape(len(pictures), self.count, width)
        found[~own] = vectors[which, copy[~own] - 1][:, columns]
        return found
