"""Routes that train, compare, suggest and try."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from headway.studio.api import describing
from headway.studio.api.reading import number, parameter
from headway.studio.api.studio import Studio, studio_of
from headway.studio.api.views import entries_of
from headway.studio.project.intake import MAX_BYTES
from headway.studio.work.refusals import NotReadyError
from headway.web.answers import Refused, json_answer

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from headway.facts.studio import Job, Neighbour

_MOST_NEAR, _MOST_SUGGESTED = 100, 500
_LOOKS, _LOOK_SECONDS = 60, 0.5


async def train(request: Request) -> Response:
    """``POST /api/train``."""
    return await _start(request, "train")


async def compare(request: Request) -> Response:
    """``POST /api/compare``."""
    return await _start(request, "compare")


async def _start(request: Request, kind: Literal["train", "compare"]) -> Response:
    studio = studio_of(request)

    def start() -> Job:
        studio.project.refresh()
        return studio.work.start(kind)

    return json_answer(await studio.asked(start))


async def stop(request: Request) -> Response:
    """``POST /api/stop``."""
    studio = studio_of(request)

    def stop() -> Job | None:
        studio.work.stop()
        return studio.work.job

    return json_answer(await studio.asked(stop))


async def result(request: Request) -> Response:
    """``GET /api/result``."""
    studio = studio_of(request)
    return json_answer(await studio.asked(lambda: studio.work.result()))


async def comparison(request: Request) -> Response:
    """``GET /api/comparison``."""
    studio = studio_of(request)
    return json_answer(await studio.asked(lambda: studio.work.comparison()))


async def similar(request: Request) -> Response:
    """``GET /api/similar``; waits a while for what is being looked at."""
    studio, n = studio_of(request), number(request, "n", 12, _MOST_NEAR)
    file = studio.project.entry(parameter(request, "file")).file
    for _ in range(_LOOKS):
        with contextlib.suppress(NotReadyError):
            return json_answer({"pictures": await studio.asked(lambda: _near(studio, studio.work.similar(file, n)))})
        await asyncio.sleep(_LOOK_SECONDS)
    return json_answer({"pictures": await studio.asked(lambda: _near(studio, studio.work.similar(file, n)))})


async def suggest(request: Request) -> Response:
    """``GET /api/suggest``; before anything is known of the pictures, they come in no order (``is_ready``)."""
    studio, n = studio_of(request), number(request, "n", 20, _MOST_SUGGESTED)

    def suggested() -> dict[str, Any]:
        studio.project.refresh()
        try:
            found = list(studio.work.suggest(n))
        except NotReadyError:
            entries = entries_of(studio, "unlabelled")[:n]
            return {"pictures": describing.pictures(studio, entries), "guess": {}, "is_ready": False}
        entries = studio.project.some(one.file for one in found)
        guess = {one.file: one.guess for one in found if one.guess is not None}
        return {"pictures": describing.pictures(studio, entries), "guess": guess, "is_ready": True}

    return json_answer(await studio.asked(suggested))


async def try_(request: Request) -> Response:
    """``POST /api/try``."""
    studio, name = studio_of(request), request.query_params.get("name", "picture")
    async with studio.uploads.body(request) as content:
        check_size(content)

        def tried() -> dict[str, Any]:
            found = studio.work.try_(content, name)
            return {
                "label": found.label,
                "probability": found.probability,
                "top": found.top,
                "nearest": _near(studio, found.nearest),
                "seconds": found.seconds,
            }

        return json_answer(await studio.asked(tried))


def check_size(content: bytes) -> None:
    """Refuse a picture that is too large to be one."""
    if len(content) > MAX_BYTES:
        raise Refused(413, "too-large", f"a picture may have {MAX_BYTES >> 20} MiB at most")


def _near(studio: Studio, found: Iterable[Neighbour]) -> list[dict[str, Any]]:
    near = (describing.picture_of(studio, one.file, similarity=one.similarity) for one in found)
    return [one for one in near if one is not None]
