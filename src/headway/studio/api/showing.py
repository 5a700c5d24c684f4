"""Routes that show the project and its pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response, StreamingResponse

from headway.errors import PictureError
from headway.studio.api import describing
from headway.studio.api.reading import number, parameter
from headway.studio.api.studio import Studio, studio_of
from headway.studio.api.views import entries_of, finding_of
from headway.studio.thumbs import LARGE, SIZES, Seen
from headway.web.answers import Refused, json_answer

if TYPE_CHECKING:
    from starlette.requests import Request

MOST_PICTURES = 2_000
"""In one answer."""


async def project(request: Request) -> Response:
    """``GET /api/project``."""
    studio = studio_of(request)
    return json_answer(await studio.asked(lambda: _refreshed(studio)))


def _refreshed(studio: Studio) -> describing.ShownProject:
    studio.project.refresh()
    return describing.project(studio)


async def events(request: Request) -> Response:
    """``GET /api/events``."""
    studio = studio_of(request)

    async def state() -> dict[str, bytes]:
        return await studio.asked(
            lambda: {
                "project": bytes(json_answer(describing.project(studio)).body),
                "job": bytes(json_answer(describing.job(studio)).body),
            }
        )

    stream = studio.events.stream(state, lambda: studio.asked(studio.project.refresh))
    return StreamingResponse(stream, media_type="text/event-stream")


async def pictures(request: Request) -> Response:
    """``GET /api/pictures``."""
    studio = studio_of(request)
    view = parameter(request, "view")
    offset = number(request, "offset", 0, 100_000_000)
    limit = number(request, "limit", 100, MOST_PICTURES)

    def page() -> dict[str, object]:
        studio.project.refresh()
        found = entries_of(studio, view)
        shown = describing.pictures(studio, found[offset : offset + limit], finding_of(view))
        return {"total": len(found), "pictures": shown}

    return json_answer(await studio.asked(page))


async def thumb(request: Request) -> Response:
    """``GET /api/thumb``."""
    side = number(request, "size", SIZES[1], max(SIZES))
    if side not in SIZES:
        raise Refused(400, "bad-request", f"size must be one of {', '.join(map(str, SIZES))}")
    return await _picture(request, side)


async def picture(request: Request) -> Response:
    """``GET /api/picture``."""
    return await _picture(request, LARGE)


async def _picture(request: Request, side: int) -> Response:
    """Show a picture; under an address with its version a browser need not ask again."""
    studio = studio_of(request)
    path = studio.project.path(parameter(request, "file"))
    try:
        seen = Seen.of(path)
        tag = f'"{seen.version}-{side}"'
        is_known = request.query_params.get("v") == seen.version
        headers = {
            "ETag": tag,
            "Cache-Control": f"private, {'max-age=31536000, immutable' if is_known else 'no-cache'}",
        }
        if tag in request.headers.get("if-none-match", ""):
            return Response(None, 304, headers)
        content = await studio.drawn(lambda: studio.thumbs.jpeg(seen, side))
    except PictureError as error:
        raise Refused(422, "no-picture", f"{path.name}: {error}") from error
    return Response(content, 200, headers, "image/jpeg")
