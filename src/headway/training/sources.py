"""The examples of fine-tuning: maps of the frozen part, or whole images."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np
import torch

from headway.backbones import Engine
from headway.cores import cpu_count
from headway.embedding import content
from headway.errors import DataError, PictureError
from headway.images import POLICIES
from headway.pipeline import decode, parallel
from headway.training.maps import AREA, MapStore
from headway.training.pixels import squares
from headway.types import AS_USUAL

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from headway.dataset import Dataset
    from headway.session import Session
    from headway.training.augment import Augment
    from headway.training.cuts import Cut
    from headway.training.maps import MapReader
    from headway.training.views import Views
    from headway.types import FloatArray, IntArray, Picture, Precision, Reading, ResizePolicy, UInt8Array

R = TypeVar("R")

_AHEAD_PER_THREAD = 4
_MAX_FLOAT16 = float(np.finfo(np.float16).max)


class MapExamples:
    """Maps of images: in training of one view of each, drawn at random, otherwise of the image itself.

    ``digests`` are the SHA-256 of each image file.
    """

    def __init__(self, reader: MapReader, labels: IntArray, digests: list[bytes]) -> None:
        self.reader, self.labels, self.digests = reader, labels, digests

    def batch(self, rows: IntArray, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """Return maps, float16 (b, …), and classes (b,)."""
        views = torch.zeros(len(rows), dtype=torch.int64)
        if generator is not None:
            views = torch.randint(self.reader.shape[0], (len(rows),), generator=generator)
        return torch.from_numpy(self.reader.take(rows, views.tolist())), torch.from_numpy(self.labels[rows])


class ImageExamples:
    """Whole images, augmented in training; ``digests`` are the SHA-256 of each image's square."""

    def __init__(
        self,
        pixels: UInt8Array,
        labels: IntArray,
        augment: Augment,
        n_classes: int,
        digests: Sequence[bytes] | None = None,
    ) -> None:
        self.pixels, self.labels, self.augment, self.n_classes = pixels, labels, augment, n_classes
        self.digests = [hashlib.sha256(square.data).digest() for square in pixels] if digests is None else digests

    def part(self, start: int, stop: int) -> ImageExamples:
        """Return those from one position up to another, without a copy."""
        own = slice(start, stop)
        return ImageExamples(self.pixels[own], self.labels[own], self.augment, self.n_classes, self.digests[own])

    def batch(self, rows: IntArray, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """Return images, uint8 (b, H, W, 3), and classes (b,) or their shares (b, k)."""
        images, labels = torch.from_numpy(self.pixels[rows]), torch.from_numpy(self.labels[rows])
        if generator is None:
            return images, labels
        return self.augment(images, labels, generator, n_classes=self.n_classes)


def map_examples(
    dataset: Dataset,
    parts: Sequence[IntArray],
    *,
    network: bytes,
    cut: Cut,
    fixed: Mapping[str, int] | None = None,
    views: Views,
    size: int,
    resize: ResizePolicy,
    reading: Reading = AS_USUAL,
    precision: Precision,
    session: Session,
) -> list[MapExamples]:
    """Compute the maps of the rows of each part with OpenVINO, or find them in the cache.

    ``fixed`` are outputs that come with them, by their lengths: then an image is a row, its map first. Raises DataError
    when an image cannot be read, and OutputError when there is not enough room on the disk.
    """
    fixed = fixed or {}
    words = [hashlib.sha256(network).hexdigest(), cut.tensor, views.key, POLICIES[reading.decoding], resize, str(size)]
    words += [precision, *filter(None, [reading.name]), *fixed]
    space = AREA.folder(session.cache) / hashlib.sha256("\n".join(words).encode()).hexdigest()[:24]
    rows = np.concatenate(parts)
    digests = list(_in_threads(dataset, rows, lambda image: content.read(image)[0]))
    shape = (views.count, *((cut.size + sum(fixed.values()),) if fixed else cut.shape))
    store = MapStore(space, shape)
    if missing := store.missing(digests):
        store.make_room(len(missing), session.cache)
        session.progress.start("maps of the frozen part", len(missing))
        engine = Engine(network, [cut.tensor, *fixed], precision)
        with (
            closing(_compute_maps(dataset, rows[missing], engine, views, size, resize, reading, shape)) as computed,
            closing(store.fill(computed)) as stored,
        ):
            for _ in stored:
                session.progress.advance()
    ends = np.cumsum([len(part) for part in parts]).tolist()
    digests_of_parts = [digests[end - len(part) : end] for end, part in zip(ends, parts, strict=True)]
    return [
        MapExamples(store.reader(own), dataset.labels[part], own)
        for own, part in zip(digests_of_parts, parts, strict=True)
    ]


def _compute_maps(
    dataset: Dataset,
    rows: IntArray,
    engine: Engine,
    views: Views,
    size: int,
    resize: ResizePolicy,
    reading: Reading,
    shape: tuple[int, ...],
) -> Generator[tuple[bytes, NDArray[np.float16]]]:
    """Yield the digest of each image, and the maps of all its views."""

    def read(image: Picture) -> tuple[bytes, UInt8Array]:
        digest, source, _ = content.read(image)
        return digest, decode(source, size, resize, reading)

    with closing(_in_threads(dataset, rows, read)) as decoded:
        batches = ((digest, views.make(pixels, digest)) for digest, pixels in decoded)
        results = cast("Generator[tuple[bytes, FloatArray]]", engine.map(batches))
        with closing(results):
            for digest, maps in results:
                yield digest, maps.clip(-_MAX_FLOAT16, _MAX_FLOAT16).astype(np.float16).reshape(shape)


def _in_threads(dataset: Dataset, rows: IntArray, work: Callable[[Picture], R]) -> Generator[R, None, None]:
    """Apply ``work`` to images in threads, in order."""

    def work_or_name(row: int) -> R:
        try:
            return work(dataset.pictures[row])
        except PictureError as error:
            raise _unreadable(dataset.name(row), error) from error

    threads = cpu_count()
    return parallel(rows.tolist(), work_or_name, threads=threads, ahead=_AHEAD_PER_THREAD * threads)


def image_examples(
    dataset: Dataset,
    parts: Sequence[IntArray],
    *,
    augment: Augment,
    size: int,
    resize: ResizePolicy,
    reading: Reading = AS_USUAL,
    session: Session,
) -> list[ImageExamples]:
    """Decode the images of each part once, for all epochs; raises as `map_examples` does."""
    examples = []
    for part in parts:
        decoded = squares(dataset, part, size=size, resize=resize, reading=reading, session=session)
        for bad in decoded.quarantined:
            raise _unreadable(bad.path, bad.reason)
        examples.append(ImageExamples(decoded.pixels, dataset.labels[part], augment, len(dataset.classes)))
    return examples


def _unreadable(name: str, reason: object) -> DataError:
    return DataError(f"every picture to train on must be readable, and {name} is not: {reason}")
