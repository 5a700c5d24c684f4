"""From items to outcomes: images are read, hashed, decoded, measured and turned into features.

It knows neither the store nor what is to be done with an outcome, so any engine that can call a function can run it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from headway.cores import cpu_count
from headway.embedding import content
from headway.embedding.squares import shrink
from headway.errors import PictureError
from headway.images import load_with_facts
from headway.pipeline import guard, parallel
from headway.types import AS_USUAL

if TYPE_CHECKING:
    from headway.backbones import FeatureEngine
    from headway.facts.images import ImageFacts
    from headway.store import Seen
    from headway.types import FloatArray, Picture, Reading, ResizePolicy, UInt8Array

# Images that are decoded before the network wants them keep it busy while one large file is read.
_AHEAD_BYTES = 32 << 20
_AHEAD_IMAGES = 192


class Item(NamedTuple):
    """An image to read, and its row in the data set."""

    row: int
    picture: Picture


class Outcome(NamedTuple):
    """What became of an item.

    Attributes
    ----------
    row : int
        Of the item.
    digest : bytes or None
        SHA-256 of the content; None where it could not be read.
    seen : Seen or None
        The file before it was read, if a later change of it is sure to show.
    facts : ImageFacts or None
        None where it was not decoded.
    features : ndarray of float32, shape (1, D), or None
        None where they were not wanted, or cannot be had.
    reason : str or None
        Why it cannot be read.
    lasting : bool
        Whether the reason lies in the content.
    square : ndarray of uint8, shape (64, 64), or None
        The image as a small grey square, where that was wanted.
    """

    row: int
    digest: bytes | None = None
    seen: Seen | None = None
    facts: ImageFacts | None = None
    features: FloatArray | None = None
    reason: str | None = None
    lasting: bool = False
    square: UInt8Array | None = None


def extract(
    items: Iterable[Item],
    *,
    size: int,
    resize: ResizePolicy,
    reading: Reading = AS_USUAL,
    open_engine: Callable[[], FeatureEngine] | None,
    wanted: Callable[[bytes], bool] = lambda digest: True,
    with_squares: bool = False,
) -> Generator[Outcome]:
    """Turn items into outcomes, one for each, in order and in bounded memory.

    Parameters
    ----------
    items : iterable of Item
        May be endless.
    size : int
        Side of the square that the engine takes, in pixels.
    resize : {"crop", "squash", "letterbox"}
        How an image becomes a square.
    reading : Reading
        How an image is read, as for `headway.images.load`.
    open_engine : callable or None
        Called once, when the first image is decoded; None computes no features.
    wanted : callable
        Gets a digest, in one of several threads; where it returns False, the image is not decoded.
    with_squares : bool
        Whether outcomes have squares; see `headway.embedding.squares.come_with`.

    Yields
    ------
    Outcome
        When the generator is closed, no thread is left.

    Examples
    --------
    >>> items = [Item(0, np.zeros((9, 9, 3), np.uint8)), Item(1, b"text")]
    >>> for outcome in extract(items, size=32, resize="squash", open_engine=None):
    ...     print(outcome.row, outcome.facts and outcome.facts.mode, outcome.reason)
    0 RGB None
    1 None not a picture (starts like text)
    """

    def read(item: Item) -> tuple[Outcome, UInt8Array | None]:
        digest = seen = None
        try:
            digest, picture, seen = content.read(item.picture)
            if not wanted(digest):
                return Outcome(item.row, digest, seen), None
            with guard(picture):
                pixels, facts = load_with_facts(picture, size, resize, reading)
            square = shrink(pixels) if with_squares else None
            return Outcome(item.row, digest, seen, facts, square=square), pixels
        except PictureError as error:
            lasting = digest is not None and not isinstance(error.__cause__, MemoryError)
            return Outcome(item.row, digest, seen, reason=str(error), lasting=lasting), None

    threads = cpu_count()
    ahead = max(2 * threads, min(_AHEAD_IMAGES, _AHEAD_BYTES // (3 * size**2)))
    with closing(parallel(items, read, threads=threads, ahead=ahead)) as decoded:
        if open_engine is None:
            yield from (outcome for outcome, _ in decoded)
            return
        # The network is loaded while the first images are decoded, and not at all if none of them needs it.
        for outcome, pixels in decoded:
            if pixels is None:
                yield outcome
                continue
            with closing(_infer(open_engine(), itertools.chain([(outcome, pixels)], decoded), size)) as outcomes:
                yield from outcomes


def _infer(
    engine: FeatureEngine, decoded: Iterator[tuple[Outcome, UInt8Array | None]], size: int
) -> Generator[Outcome]:
    nothing = np.empty((0, size, size, 3), np.uint8)  # keeps an outcome without pixels in its turn
    batches = ((outcome, nothing if pixels is None else pixels[np.newaxis]) for outcome, pixels in decoded)
    results = cast("Generator[tuple[Outcome, FloatArray]]", engine.map(batches))
    with closing(results):
        for outcome, rows in results:
            yield outcome._replace(features=rows) if len(rows) else outcome
