"""One model, ready for pictures of many requests at once.

Threads decode, and let go of the interpreter meanwhile; one thread computes whatever is decoded by then in one go, so
that pictures of several requests share the cores without waiting for each other (docs/adr/0031).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headway.errors import PictureError
from headway.images.source import open_image
from headway.model.prediction import to_result
from headway.model.steps import classify, decode
from headway.types import Quarantined

if TYPE_CHECKING:
    from headway.facts.predictions import PictureResult
    from headway.model import Model
    from headway.types import UInt8Array

MOST_TOGETHER = 8
"""Pictures that are computed in one go, at most: while they are, others are decoded."""


class _Ready(NamedTuple):
    name: str
    square: UInt8Array
    answer: Future[PictureResult]


class Classifier:
    """A model at work.

    Parameters
    ----------
    model : Model
        Warmed up.
    decoders : Executor
        Threads that decode, of all models.
    megapixels : float
        Of a picture, at most.
    computed : callable
        Told how many pictures were computed in one go.
    """

    def __init__(
        self,
        model: Model,
        decoders: Executor,
        megapixels: float,
        computed: Callable[[int], object] = lambda count: None,
    ) -> None:
        self.model = model
        self._decoders = decoders
        self._megapixels = megapixels
        self._computed = computed
        self._ready: SimpleQueue[_Ready] = SimpleQueue()
        # Its thread ends when nobody holds this classifier any more: a request that still does loses nothing.
        self._computer = ThreadPoolExecutor(1, "headway-compute")

    def submit(self, name: str, content: bytes) -> Future[PictureResult]:
        """Classify the bytes of a file. The result of one that cannot be read says why; a cancelled one is left out."""
        answer: Future[PictureResult] = Future()
        self._decoders.submit(self._decode, name, content, answer)
        return answer

    def close(self) -> None:
        """Wait for everything that was decoded."""
        self._computer.shutdown(wait=True)

    def _decode(self, name: str, content: bytes, answer: Future[PictureResult]) -> None:
        if answer.cancelled():
            return
        try:
            self._check_size(content)
            self._ready.put(_Ready(name, decode(self.model, content), answer))
            self._computer.submit(self._compute)
        except PictureError as error:
            _set(answer, to_result(name, Quarantined(name, str(error)), self.model.classes))
        except BaseException as error:  # noqa: BLE001 - the request that waits is told
            _fail(answer, error)

    def _check_size(self, content: bytes) -> None:
        with open_image(content) as (_, image, kind):
            if (megapixels := image.width * image.height / 1e6) > self._megapixels:
                raise PictureError(
                    f"{megapixels:,.0f} megapixels of {kind}; at most {self._megapixels:g} are read here"
                )

    def _compute(self) -> None:
        """Compute what is ready; where an earlier call has taken it along, there may be nothing left."""
        batch: list[_Ready] = []
        with suppress(Empty):
            while len(batch) < MOST_TOGETHER:
                batch.append(self._ready.get_nowait())
        batch = [ready for ready in batch if not ready.answer.cancelled()]
        if not batch:
            return
        try:
            rows = classify(self.model, np.stack([ready.square for ready in batch]))
            for ready, row in zip(batch, rows, strict=True):
                _set(ready.answer, to_result(ready.name, row, self.model.classes))
            self._computed(len(batch))
        except BaseException as error:  # noqa: BLE001 - those that wait are told, and others served
            for ready in batch:
                _fail(ready.answer, error)


def _set(answer: Future[PictureResult], result: PictureResult) -> None:
    if answer.set_running_or_notify_cancel():
        answer.set_result(result)


def _fail(answer: Future[PictureResult], error: BaseException) -> None:
    if not answer.done() and answer.set_running_or_notify_cancel():
        answer.set_exception(error)
