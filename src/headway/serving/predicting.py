"""``POST /v1/predict``: pictures of a request through the queue and a model."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from headway.errors import DataError
from headway.facts.codec import parse
from headway.facts.predictions import PredictionLine
from headway.facts.serving import Predictions
from headway.serving.requests import EncodedPictures
from headway.web.answers import Refused, too_busy
from headway.web.bodies import Intake, Upload

if TYPE_CHECKING:
    from starlette.requests import Request

    from headway.facts.predictions import PictureResult
    from headway.serving.metrics import Metrics
    from headway.serving.settings import Settings
    from headway.serving.shelf import Shelf

_LONGEST_NAME = 1000
FIELD = "files"


class Predicting:
    """Answers requests for predictions.

    Belongs to one event loop.

    Parameters
    ----------
    shelf : Shelf
        The models.
    settings : Settings
        What is taken on.
    metrics : Metrics
        What counts.
    """

    def __init__(self, shelf: Shelf, settings: Settings, metrics: Metrics) -> None:
        self._shelf = shelf
        self._settings = settings
        self._metrics = metrics
        self._waiting = 0
        self._intake = Intake(settings.limits)
        metrics.waiting.set_function(lambda: self._waiting)
        metrics.held.set_function(lambda: self._intake.held)

    async def answer(self, request: Request) -> Predictions:
        """Classify the pictures of a request."""
        name = request.query_params.get("model")
        self._shelf.get(name)  # whoever names none that is there need not send anything
        async with self._uploads(request) as uploads:
            if not uploads:
                raise Refused(400, "no-picture", f"there is no picture in the request: send some as {FIELD!r}")
            with self._places(len(uploads)):
                chosen, results = await self._classify(name, uploads)
        for result in results:
            self._metrics.pictures.labels(chosen, "unreadable" if result.reason else "classified").inc()
        return Predictions(chosen, tuple(PredictionLine(**vars(result)) for result in results))

    async def _classify(self, name: str | None, uploads: Sequence[Upload]) -> tuple[str, list[PictureResult]]:
        chosen, classifier = self._shelf.get(name)
        answers = [asyncio.wrap_future(classifier.submit(*upload)) for upload in uploads]
        try:
            async with asyncio.timeout(self._settings.seconds):
                return chosen, await asyncio.gather(*answers)
        except TimeoutError:
            raise too_busy(f"no answer within {self._settings.seconds:g} s; try again") from None
        finally:
            for answer in answers:
                answer.cancel()  # of those that nobody waits for any more

    @contextmanager
    def _places(self, count: int) -> Iterator[None]:
        """Take places in the queue, or refuse: a queue without end would answer nobody in time."""
        if count > self._settings.queue:
            raise Refused(413, "too-many", f"at most {self._settings.queue} pictures in one request")
        if self._waiting + count > self._settings.queue:
            raise too_busy("the queue is full; try again")
        self._waiting += count
        try:
            yield
        finally:
            self._waiting -= count

    @asynccontextmanager
    async def _uploads(self, request: Request) -> AsyncIterator[list[Upload]]:
        if self._waiting >= self._settings.queue:
            raise too_busy("the queue is full; try again")
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "multipart/form-data":
            async with self._intake.files(request) as files:
                yield _named([file for file in files if file.content or file.name])
        elif kind == "application/json":
            async with self._intake.body(request) as body:
                yield _named(_decoded(body, self._settings.limits.files))
        else:
            async with self._intake.body(request) as body:
                yield _named([Upload(request.query_params.get("name", ""), body)] if body else [])


def _named(uploads: Sequence[Upload]) -> list[Upload]:
    return [Upload(name[:_LONGEST_NAME] or f"picture {i}", content) for i, (name, content) in enumerate(uploads)]


def _decoded(body: bytes, most: int) -> list[Upload]:
    """Return the pictures of ``{"pictures": [{"name": "cat.jpg", "data": "base64 …"}]}``."""
    import msgspec

    try:
        values: Any = msgspec.json.decode(body)
        pictures = parse(EncodedPictures, values).pictures
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Refused(400, "bad-request", f"the body is no JSON: {error}") from None
    except DataError as error:
        raise Refused(400, "bad-request", f"the JSON is not as it must be: {error}") from None
    if len(pictures) > most:
        raise Refused(413, "too-many", f"at most {most} pictures in one request")
    try:
        return [Upload(picture.name, base64.b64decode(picture.data, validate=True)) for picture in pictures]
    except (binascii.Error, ValueError) as error:
        raise Refused(400, "bad-request", f"the data of a picture must be base64: {error}") from None
