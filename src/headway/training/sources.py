"""Where fine-tuning reads its inputs from: maps of the frozen part, or whole pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np
import torch

from headway.backbones import Engine
from headway.cores import cpu_count
from headway.embedding import content
from headway.embedding.pipeline import decode, parallel
from headway.errors import DataError, PictureError
from headway.images import POLICY
from headway.training.maps import MapStore, folder
from headway.training.pixels import squares
from headway.types import Silent

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from headway.dataset import Dataset
    from headway.training.augment import Augment
    from headway.training.cuts import Cut
    from headway.training.maps import MapReader
    from headway.training.team import Alone
    from headway.training.views import Views
    from headway.types import FloatArray, IntArray, Picture, Precision, Progress, ResizePolicy, UInt8Array

R = TypeVar("R")

_AHEAD_PER_THREAD = 4
_LARGEST = float(np.finfo(np.float16).max)


class MapExamples:
    """Pictures as the frozen part of a network sees them: in training from one view of each, else the picture itself.

    Attributes
    ----------
    labels : ndarray of int64, shape (n,)
    digests : list of bytes
        SHA-256 of each picture.
    """

    def __init__(self, reader: MapReader, labels: IntArray, digests: list[bytes]) -> None:
        self.reader, self.labels, self.digests = reader, labels, digests

    def batch(self, rows: IntArray, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """Return maps, float16 (b, …), and classes (b,)."""
        views = torch.zeros(len(rows), dtype=torch.int64)
        if generator is not None:
            views = torch.randint(self.reader.shape[0], (len(rows),), generator=generator)
        return torch.from_numpy(self.reader.take(rows, views.tolist())), torch.from_numpy(self.labels[rows])


class PictureExamples:
    """Whole pictures, changed at random in training.

    Attributes
    ----------
    labels : ndarray of int64, shape (n,)
    digests : list of bytes
        SHA-256 of each picture's square.
    """

    def __init__(self, pixels: UInt8Array, labels: IntArray, augment: Augment, n_classes: int) -> None:
        self.pixels, self.labels, self.augment, self.n_classes = pixels, labels, augment, n_classes
        self.digests = [hashlib.sha256(square.data).digest() for square in pixels]

    def batch(self, rows: IntArray, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """Return pictures, uint8 (b, H, W, 3), and classes (b,) or their shares (b, k)."""
        pictures, labels = torch.from_numpy(self.pixels[rows]), torch.from_numpy(self.labels[rows])
        if generator is None:
            return pictures, labels
        return self.augment(pictures, labels, generator, n_classes=self.n_classes)


def map_examples(
    dataset: Dataset,
    parts: tuple[IntArray, ...],
    *,
    network: bytes,
    cut: Cut,
    views: Views,
    size: int,
    resize: ResizePolicy,
    precision: Precision,
    cache: str | Path | None = None,
    team: Alone,
    progress: Progress | None = None,
) -> list[MapExamples]:
    """Compute the maps of pictures with OpenVINO, or find them where they are kept.

    Parameters
    ----------
    dataset : Dataset
    parts : tuple of ndarray of int64
        Rows of each part.
    network : bytes
        The backbone.
    cut : Cut
        The tensor whose values are kept.
    views : Views
        What is kept of each picture.
    size, resize, precision
        How the network sees pictures.
    cache : path, optional
        Headway's cache folder, if it is not the usual one.
    team : Alone or Several
        Of several processes the first computes.
    progress : Progress, optional
        Told how many pictures are done.

    Returns
    -------
    list of MapExamples
        One for each part.

    Raises
    ------
    DataError
        When a picture cannot be read.
    OutputError
        When there is not enough room on the disk.
    """
    words = [hashlib.sha256(network).hexdigest(), cut.tensor, views.key, POLICY, resize, str(size), precision]
    space = folder(cache) / hashlib.sha256("\n".join(words).encode()).hexdigest()[:24]
    shape = (views.count, *cut.shape)
    rows = np.concatenate(parts)
    digests = _digests(dataset, rows)
    store = MapStore(space, shape)
    if team.rank == 0:
        missing = store.missing(digests)
        if missing:
            store.check_room(len(missing), cache)
            progress = progress or Silent()
            progress.start("maps of the frozen part", len(missing))
            engine = Engine(network, [cut.tensor], precision)
            records = _computed(dataset, rows[missing], engine, views, size, resize, shape)
            for _ in store.fill(records):
                progress.advance()
    team.wait()
    if team.rank:
        store = MapStore(space, shape)  # with what the first process has written
    ends = np.cumsum([len(part) for part in parts]).tolist()
    starts = [0, *ends[:-1]]
    found = [(digests[start:end], part) for start, end, part in zip(starts, ends, parts, strict=True)]
    return [MapExamples(store.reader(own), dataset.labels[part], own) for own, part in found]


def _digests(dataset: Dataset, rows: IntArray) -> list[bytes]:
    return list(_each(dataset, rows, lambda picture: content.read(picture)[0]))


def _computed(
    dataset: Dataset,
    rows: IntArray,
    engine: Engine,
    views: Views,
    size: int,
    resize: ResizePolicy,
    shape: tuple[int, ...],
) -> Iterator[tuple[bytes, NDArray[np.float16]]]:
    """Compute records: the maps of all views of a picture."""

    def work(picture: Picture) -> tuple[bytes, UInt8Array]:
        digest, source, _ = content.read(picture)
        return digest, decode(source, size, resize)

    with closing(_each(dataset, rows, work)) as decoded:
        batches = ((digest, views.of(pixels, digest)) for digest, pixels in decoded)
        results = cast("Generator[tuple[bytes, FloatArray]]", engine.map(batches))
        with closing(results):
            for digest, maps in results:
                yield digest, maps.clip(-_LARGEST, _LARGEST).astype(np.float16).reshape(shape)


def _each(dataset: Dataset, rows: IntArray, work: Callable[[Picture], R]) -> Generator[R, None, None]:
    """Apply ``work`` to pictures in threads, in order."""

    def named(row: int) -> R:
        try:
            return work(dataset.pictures[row])
        except PictureError as error:
            raise DataError(
                f"every picture to train on must be readable, and {dataset.name(row)} is not: {error}"
            ) from error

    threads = cpu_count()
    return parallel(rows.tolist(), named, threads=threads, ahead=_AHEAD_PER_THREAD * threads)


def picture_examples(
    dataset: Dataset,
    parts: tuple[IntArray, ...],
    *,
    augment: Augment,
    size: int,
    resize: ResizePolicy,
    cache: str | Path | None = None,
    progress: Progress | None = None,
) -> list[PictureExamples]:
    """Decode pictures once, for all epochs; parameters as in `map_examples`.

    Raises
    ------
    DataError
        When a picture cannot be read.
    OutputError
        When there is not enough room on the disk.
    """
    found = []
    for part in parts:
        decoded = squares(dataset, part, size=size, resize=resize, cache=cache, progress=progress)
        for bad in decoded.quarantined:
            raise DataError(f"every picture to train on must be readable, and {bad.path} is not: {bad.reason}")
        found.append(PictureExamples(decoded.pixels, dataset.labels[part], augment, len(dataset.classes)))
    return found
