"""The engine that computes hand-made descriptors: the same interface as the one that runs networks.

The libraries release the interpreter's lock while they compute, so threads keep all cores busy, and no second process
is needed (docs/adr/0011-hand-made-descriptors.md).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

from headway.backbones.arguments import check_batch, check_outputs, check_threads
from headway.backbones.handmade.catalogue import of_output, require
from headway.backbones.handmade.view import View
from headway.backbones.openvino import IN_FLIGHT_PER_THREAD
from headway.cores import cpu_count
from headway.errors import UnknownNameError

if TYPE_CHECKING:
    from headway.backbones.info import BackboneInfo
    from headway.types import FloatArray, Precision, UInt8Array

Tag = TypeVar("Tag")


class DescriptorEngine:
    """Hand-made descriptors, ready to turn images into vectors; `headway.backbones.Engine` documents the members.

    Raises UnknownNameError for an output that ``info`` lacks, and MissingExtraError when a library is not installed.

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
        check_outputs(outputs)
        check_threads(threads)
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
        """Compute the vectors, float32 (n, width), of images, uint8 (n, H, W, 3).

        NaN stands for local descriptors that an image does not have.
        """
        ((_, rows),) = self.map([(None, batch)])
        return rows

    def map(self, batches: Iterable[tuple[Tag, UInt8Array]]) -> Iterator[tuple[Tag, FloatArray]]:
        """Compute the vectors of a stream of tagged batches, as `headway.backbones.Engine.map` does.

        At most a few images per core are in memory. When the generator is closed, no thread is left.
        """
        pending: deque[_Pending[Tag]] = deque()
        most = self.threads * IN_FLIGHT_PER_THREAD
        pool = ThreadPoolExecutor(self.threads, "headway-describe")
        try:
            for tag, batch in batches:
                check_batch(batch, self.input_size)
                rows: FloatArray = np.empty((len(batch), self.width), np.float32)
                if not len(batch):
                    pending.append((None, (tag, rows)))
                for index, image in enumerate(batch):
                    while len(pending) >= most:
                        yield from _collect(pending)
                    future = pool.submit(self._describe, image, rows[index])
                    pending.append((future, (tag, rows) if index == len(batch) - 1 else None))
                # An endless run of empty batches must not pile up.
                while pending and pending[0][0] is None:
                    yield from _collect(pending)
            while pending:
                yield from _collect(pending)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _describe(self, image: UInt8Array, row: FloatArray) -> None:
        view = View(image)
        start = 0
        for descriptor in self._descriptors:
            row[start : start + descriptor.width] = descriptor.describe(view)
            start += descriptor.width


# The image being computed, or None for an empty batch, and, after a batch's last image, the result to yield.
_Pending: TypeAlias = tuple["Future[None] | None", "tuple[Tag, FloatArray] | None"]


def _collect(pending: deque[_Pending[Tag]]) -> Iterator[tuple[Tag, FloatArray]]:
    """Wait for the oldest image, and yield its batch if that is now complete."""
    future, done = pending.popleft()
    if future is not None:
        future.result()
    if done is not None:
        yield done
