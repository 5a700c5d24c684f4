"""The server, put together: routes, and what every request passes before them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from headway.facts.codec import plain
from headway.facts.serving import ServedModel, ServedModels
from headway.serving import openapi
from headway.serving.logs import Observed, log
from headway.serving.metrics import Metrics
from headway.serving.page import STYLES, Page
from headway.serving.predicting import Predicting
from headway.web.answers import HANDLERS, failure
from headway.web.security import Guard

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from headway.facts.serving import Predictions
    from headway.serving.settings import Settings
    from headway.serving.shelf import Shelf

_UNGUARDED = frozenset({"/live", "/ready"})


def build(
    open_shelf: Callable[..., Shelf],
    settings: Settings,
    *,
    hosts: frozenset[str],
    token: str | None = None,
    is_quiet: bool = False,
) -> ASGIApp:
    """Return the application.

    Parameters
    ----------
    open_shelf : callable
        Makes the models ready; gets ``log`` and ``computed`` of `Shelf`.
    settings : Settings
        What is taken on.
    hosts : frozenset of str
        Names that requests may call the server by.
    token : str or None
        What they must bear.
    is_quiet : bool
        Whether requests that went well are not logged.
    """
    metrics = Metrics()
    shelf = open_shelf(log=partial(_noted, metrics), computed=metrics.together.observe)
    predicting = Predicting(shelf, settings, metrics)
    page = Page(predicting)
    described = openapi.document(needs_token=token is not None)

    async def predict(request: Request) -> Response:
        answer = await predicting.answer(request)
        return JSONResponse(plain(answer), 200 if _is_any_read(answer) else 422)

    async def models(request: Request) -> Response:
        return JSONResponse(plain(_served(shelf)))

    async def live(request: Request) -> Response:
        return PlainTextResponse("live\n")

    async def ready(request: Request) -> Response:
        return failure(503, "ending", "the server is about to end") if ended.is_set() else PlainTextResponse("ready\n")

    async def counted(request: Request) -> Response:
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        return Response(generate_latest(metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def description(request: Request) -> Response:
        return JSONResponse(described)

    ended = asyncio.Event()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        shelf.watch()
        yield
        ended.set()
        await asyncio.to_thread(shelf.close)

    routes = [
        Route("/v1/predict", predict, methods=["POST"]),
        Route("/v1/models", models),
        Route("/live", live),
        Route("/ready", ready),
        Route("/metrics", counted),
        Route("/openapi.json", description),
        Route("/", page.form),
        Route("/", page.answer, methods=["POST"]),
        *(Route(path, page.style) for path in STYLES),
    ]
    app = Starlette(routes=routes, exception_handlers=HANDLERS, lifespan=lifespan)
    guarded = Guard(app, hosts=hosts, token=token, cookie="headway" if token else None, open_paths=_UNGUARDED)
    return Observed(guarded, metrics, frozenset(route.path for route in routes), is_quiet=is_quiet)


def _noted(metrics: Metrics, event: str, **fields: object) -> None:
    metrics.models.labels(event).inc()
    log(event, **fields)


def _is_any_read(answer: Predictions) -> bool:
    return any(prediction.reason is None for prediction in answer.predictions)


def _served(shelf: Shelf) -> ServedModels:
    found = []
    for name, slot in shelf:
        report = slot.classifier.model.report
        scores = report.test or report.cross_validation
        found.append(
            ServedModel(
                name,
                name == shelf.default,
                report.classes,
                report.backbone.name,
                report.head.kind,
                scores.accuracy if scores is not None else None,
                slot.trouble,
            )
        )
    return ServedModels(tuple(found))
