"""Decoding in threads, ahead of the network, in bounded memory.

Pillow lets go of the interpreter while it decodes and OpenVINO computes in threads of its own, so all cores are busy as
long as decoded pictures wait for the network. The main thread only hands over.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, nullcontext
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np
from PIL import Image

from headway import fork
from headway.cores import cpu_count
from headway.errors import PictureError
from headway.images import load
from headway.types import AS_USUAL

if TYPE_CHECKING:
    from headway.backbones import FeatureEngine
    from headway.types import FloatArray, Picture, Reading, ResizePolicy, UInt8Array

T = TypeVar("T")
R = TypeVar("R")

# Each image is decoded a little before it is needed, and an endless stream answers soon.
_STREAM_AHEAD_PER_THREAD = 4
# A PIL image that was opened but not read yet reads itself on first use, and may be there twice.
_pil_lock = fork.Lock()


def parallel(items: Iterable[T], work: Callable[[T], R], *, threads: int, ahead: int) -> Generator[R, None, None]:
    """Apply ``work`` to items in threads, and yield the results in the order of the items.

    The items may be endless, and are iterated in the caller's thread; at most ``ahead`` of them are taken before the
    first of their results is. What ``work`` raises, the generator raises. When it is closed, no thread is left.

    Examples
    --------
    >>> list(parallel([3, 1, 2], lambda x: x * 10, threads=2, ahead=2))
    [30, 10, 20]
    """
    waiting: deque[Future[R]] = deque()
    pool = ThreadPoolExecutor(threads, "headway-decode")
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def guard(picture: Picture) -> AbstractContextManager[object]:
    """Return a lock to hold while an image is decoded in one of several threads."""
    return _pil_lock if isinstance(picture, Image.Image) else nullcontext()


def decode(picture: Picture, size: int, resize: ResizePolicy, reading: Reading = AS_USUAL) -> UInt8Array:
    """Decode an image in one of several threads; see `headway.images.load`."""
    with guard(picture):
        return load(picture, size, resize, reading)


def stream(
    pictures: Iterable[Picture],
    open_engine: Callable[[], FeatureEngine],
    *,
    size: int,
    resize: ResizePolicy,
    reading: Reading = AS_USUAL,
    threads: int | None = None,
) -> Iterator[tuple[int, FloatArray | PictureError]]:
    """Compute the features of images as they come; nothing is stored.

    Parameters
    ----------
    pictures : iterable of Picture
        May be endless: a few images per thread are held at a time.
    open_engine : callable
        Returns the network or hand-made descriptors; called once, when the first image is decoded.
    size : int
        Side of the square that it takes, in pixels.
    resize : {"crop", "squash", "letterbox"}
        How an image becomes a square.
    reading : Reading
        How an image is read, as for `headway.images.load`.
    threads : int, optional
        For decoding; by default as many as there are cores.

    Yields
    ------
    int
        The number of the image, from 0, in order.
    ndarray of float32, shape (width,), or PictureError
        Its features, or why it cannot be read.

    Examples
    --------
    >>> from headway.backbones import Engine
    >>> from headway.testing import tiny_backbone_onnx
    >>> engine = Engine(tiny_backbone_onnx(), ["head.mean"])
    >>> outcomes = stream([np.zeros((9, 9, 3), np.uint8), b"no picture"], lambda: engine, size=32, resize="squash")
    >>> [outcome if isinstance(outcome, PictureError) else outcome.shape for _, outcome in outcomes]
    [(32,), PictureError('not a picture (starts like text)')]
    """
    threads = threads or cpu_count()
    nothing = np.empty((0, size, size, 3), np.uint8)

    def work(picture: Picture) -> UInt8Array | PictureError:
        try:
            return decode(picture, size, resize, reading)
        except PictureError as error:
            return error

    with closing(parallel(pictures, work, threads=threads, ahead=threads * _STREAM_AHEAD_PER_THREAD)) as outcomes:
        first = list(itertools.islice(outcomes, 1))
        # An image that cannot be read goes along as an empty batch, which keeps the order.
        batches = (
            ((number, outcome), nothing) if isinstance(outcome, PictureError) else ((number, None), outcome[np.newaxis])
            for number, outcome in enumerate(itertools.chain(first, outcomes))
        )
        results = cast("Generator[tuple[tuple[int, PictureError | None], FloatArray]]", open_engine().map(batches))
        with closing(results):
            for (number, error), rows in results:
                yield number, error if error is not None else rows[0]
