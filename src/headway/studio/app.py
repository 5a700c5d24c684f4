"""The studio behind one address: the page, what it asks for, and the guard in front of both."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import FileResponse
from starlette.routing import Route

from headway.errors import HeadwayError
from headway.studio.api import editing, intake, plain, showing, taking, working
from headway.studio.api.reading import check_own
from headway.studio.api.studio import Studio
from headway.web.answers import HANDLERS, Refused, explained, failure
from headway.web.security import Guard, hosts_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from headway.studio.project import Project
    from headway.studio.work import Workshop

_INDEX = "index.html"
_HEADERS = {"Cache-Control": "no-cache"}


def _changing(path: str, handler: Callable[[Request], Awaitable[Response]]) -> Route:
    """Return a route that changes something, or computes: only scripts of the page itself may ask for it."""

    async def checked(request: Request) -> Response:
        check_own(request)
        return await handler(request)

    return Route(path, checked, methods=["POST"])


ROUTES = (
    Route("/api/project", showing.project),
    Route("/api/events", showing.events),
    Route("/api/pictures", showing.pictures, methods=["GET"]),
    _changing("/api/pictures", intake.pictures),
    Route("/api/thumb", showing.thumb),
    Route("/api/picture", showing.picture),
    _changing("/api/archive", intake.archive),
    _changing("/api/classes", editing.add_class),
    _changing("/api/classes/rename", editing.rename_class),
    _changing("/api/classes/remove", editing.remove_class),
    _changing("/api/decide", editing.decide),
    _changing("/api/accept", editing.accept),
    _changing("/api/undo", editing.undo),
    _changing("/api/redo", editing.redo),
    _changing("/api/train", working.train),
    _changing("/api/compare", working.compare),
    _changing("/api/stop", working.stop),
    Route("/api/result", working.result),
    Route("/api/comparison", working.comparison),
    Route("/api/similar", working.similar),
    Route("/api/suggest", working.suggest),
    _changing("/api/try", working.try_),
    Route("/download/{name}", taking.download),
    Route("/report", taking.report),
    Route("/try", plain.try_, methods=["POST"]),
)


def assemble(
    project: Project,
    open_work: Callable[[], Workshop],
    page: Mapping[str, tuple[Path, str]],
    *,
    host: str,
    token: str,
    cookie: str,
) -> Guard:
    """Return the application.

    Parameters
    ----------
    project : Project
    open_work : callable
        Makes what computes; it is closed with the application.
    page : mapping of str to (Path, str)
        The files of the page, by the names that they are asked for, with their media types.
    host : str
        The address that is listened on.
    token : str
        What every request must bear.
    cookie : str
        Name of the cookie that may hold it: cookies of one host are the same on all its ports.
    """
    studio = Studio(project, open_work)

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        threading.Thread(target=studio.thumbs.prune, name="headway-prune", daemon=True).start()
        try:
            yield
        finally:
            studio.close()

    async def static(request: Request) -> Response:
        name = request.path_params.get("name", _INDEX)
        if name == "favicon.ico":  # browsers ask for it on pages that name no other
            name = "icon.svg"
        if name not in page:
            raise Refused(404, "not-found", f"there is no page {name[:60]!r}")
        path, kind = page[name]
        return FileResponse(path, media_type=kind, headers=_HEADERS)

    app = Starlette(
        routes=[*ROUTES, Route("/", static), Route("/{name}", static)],
        exception_handlers={**HANDLERS, HeadwayError: _failed},
        lifespan=life,
    )
    app.state.studio = studio
    # The page itself holds no secrets: without the token it says what to do, and shows nothing else.
    open_paths = frozenset({"/", *(f"/{name}" for name in page)})
    hosts = hosts_of(host)
    return Guard(app, hosts=hosts, token=token, cookie=cookie, open_paths=open_paths, end=studio.events.close)


async def _failed(request: Request, error: Exception) -> Response:
    """Answer an error of the library; what cannot be done at the moment says so by a code of its own."""
    assert isinstance(error, HeadwayError)
    status, code = explained(error)
    own = getattr(error, "code", None)
    return failure(status, code, str(error)) if own is None else failure(409, str(own), str(error))
