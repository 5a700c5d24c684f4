"""The engine that computes hand-made descriptors: the same interface as the one that runs networks.

The libraries let go of the interpreter while they compute, so threads keep all cores busy, and no second process has to
be started, fed and ended (docs/adr/0011-hand-made-descriptors.md).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

from headway.backbones.handmade.catalogue import of_output, require
from headway.backbones.handmade.view import View
from headway.backbones.openvino import IN_FLIGHT_PER_THREAD
from headway.cores import cpu_count
from headway.errors import UnknownNameError, UserError

if TYPE_CHECKING:
    from headway.backbones.info import BackboneInfo
    from headway.types import FloatArray, Precision, UInt8Array

Tag = TypeVar("Tag")


class DescriptorEngine:
    """Hand-made descriptors, ready to turn pictures into vectors. May be used by several threads at once.

    A picture's vector depends on that picture only.

    Parameters
    ----------
    info : BackboneInfo
        Which descriptors, and the size of the pictures.
    outputs : sequence of str
        Which of ``info.dims`` to compute, each once.
    threads : int, optional
        How many cores to use; by default all that the process may use. Changes the speed, never a result.

    Attributes
    ----------
    outputs : tuple of str
        As given.
    widths : dict of str to int
        Length of each output, in the order given.
    width : int
        Their sum: the length of a picture's vector.
    input_size : tuple of int
        Height and width of a picture.
    precision : str
        Always ``"fp32"``.
    threads : int
        Cores in use.

    Raises
    ------
    UnknownNameError
        When there is no such output.
    MissingExtraError
        When a library that is needed is not installed.

    Examples
    --------
    >>> from headway.backbones import handmade
    >>> engine = DescriptorEngine(handmade.info("colour", 64), ["colour"])
    >>> engine.run(np.zeros((3, 64, 64, 3), np.uint8)).shape
    (3, 96)
    """

    precision: Precision = "fp32"

    def __init__(self, info: BackboneInfo, outputs: Sequence[str], threads: int | None = None) -> None:
        for name in outputs:
            if name not in info.dims:
                raise UnknownNameError(f"output of {info.name}", name, info.dims)
        if not outputs or len(set(outputs)) != len(outputs):
            raise UserError(f"outputs must name at least one, each once, they are {', '.join(outputs) or 'none'}")
        if threads is not None and threads < 1:
            raise UserError(f"threads must be at least 1, it is {threads}")
        self.outputs = tuple(outputs)
        self.widths = {name: info.dims[name] for name in self.outputs}
        self.width = sum(self.widths.values())
        self.input_size = (info.input_size, info.input_size)
        self.threads = threads or cpu_count()
        self._descriptors = [of_output(name) for name in self.outputs]
        require(self._descriptors)

    def __repr__(self) -> str:
        return f"DescriptorEngine({', '.join(self.outputs)}; {self.threads} threads)"

    def run(self, batch: UInt8Array) -> FloatArray:
        """Compute the vectors of some pictures and wait for them.

        Parameters
        ----------
        batch : ndarray of uint8, shape (n, H, W, 3)
            Any number of pictures.

        Returns
        -------
        ndarray of float32, shape (n, width)
            NaN stands for local descriptors that a picture does not have.
        """
        ((_, rows),) = self.map([(None, batch)])
        return rows

    def map(self, batches: Iterable[tuple[Tag, UInt8Array]]) -> Iterator[tuple[Tag, FloatArray]]:
        """Compute the vectors of a stream of pictures while the caller prepares the next ones.

        At most a few pictures per core are held, however long the stream.

        Parameters
        ----------
        batches : iterable of (tag, ndarray of uint8, shape (n, H, W, 3))
            The tag may be anything; it comes back with the result.

        Yields
        ------
        (tag, ndarray of float32, shape (n, width))
            In the order given. When the generator is closed, no thread is left.
        """
        pending: deque[_Pending[Tag]] = deque()
        most = self.threads * IN_FLIGHT_PER_THREAD
        pool = ThreadPoolExecutor(self.threads, "headway-describe")
        try:
            for tag, batch in batches:
                self._check(batch)
                rows: FloatArray = np.empty((len(batch), self.width), np.float32)
                if not len(batch):
                    pending.append((None, (tag, rows)))
                for index, picture in enumerate(batch):
                    while len(pending) >= most:
                        yield from _collect(pending)
                    future = pool.submit(self._describe, picture, rows[index])
                    pending.append((future, (tag, rows) if index == len(batch) - 1 else None))
                # An endless run of empty batches must not pile up.
                while pending and pending[0][0] is None:
                    yield from _collect(pending)
            while pending:
                yield from _collect(pending)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _describe(self, picture: UInt8Array, row: FloatArray) -> None:
        view = View(picture)
        start = 0
        for descriptor in self._descriptors:
            row[start : start + descriptor.width] = descriptor.describe(view)
            start += descriptor.width

    def _check(self, batch: UInt8Array) -> None:
        if batch.dtype != "uint8" or batch.ndim != 4 or batch.shape[1:] != (*self.input_size, 3):
            raise UserError(
                f"pictures must be uint8 of shape (n, {self.input_size[0]}, {self.input_size[1]}, 3), "
                f"they are {batch.dtype} of shape {batch.shape}"
            )


# The picture that is being computed, or None for a batch without any, and, after a batch's last, what to yield.
_Pending: TypeAlias = tuple["Future[None] | None", "tuple[Tag, FloatArray] | None"]


def _collect(pending: deque[_Pending[Tag]]) -> Iterator[tuple[Tag, FloatArray]]:
    """Wait for the oldest picture, and yield its batch if that is now complete."""
    future, done = pending.popleft()
    if future is not None:
        future.result()
    if done is not None:
        yield done
