"""Routes that change the project; each is one step, and answers with the project."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from headway.studio.api import describing
from headway.studio.api.reading import items, json_body, text
from headway.studio.api.studio import Studio, studio_of
from headway.studio.project import Change
from headway.web.answers import Refused, json_answer

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_DECISIONS = ("label", "drop", "keep", "restore")


async def _changed(studio: Studio, change: Callable[[], object]) -> Response:
    def done() -> describing.ShownProject:
        change()
        return describing.project(studio)

    return json_answer(await studio.asked(done))


async def add_class(request: Request) -> Response:
    """``POST /api/classes``."""
    studio, body = studio_of(request), await json_body(request)
    name = text(body, "name")
    return await _changed(studio, lambda: studio.project.add_class(name))


async def rename_class(request: Request) -> Response:
    """``POST /api/classes/rename``."""
    studio, body = studio_of(request), await json_body(request)
    old, new = text(body, "from"), text(body, "to")
    return await _changed(studio, lambda: studio.project.rename_class(old, new))


async def remove_class(request: Request) -> Response:
    """``POST /api/classes/remove``."""
    studio, body = studio_of(request), await json_body(request)
    name = text(body, "name")
    return await _changed(studio, lambda: studio.project.remove_class(name))


async def decide(request: Request) -> Response:
    """``POST /api/decide``."""
    studio, body = studio_of(request), await json_body(request)
    changes = [_change(one) for one in items(body, "changes")]
    return await _changed(studio, lambda: studio.project.decide(changes))


def _change(found: Any) -> Change:
    if not isinstance(found, dict) or found.get("decision") not in _DECISIONS:
        raise Refused(400, "bad-request", f"each of changes must have a decision: {', '.join(_DECISIONS)}")
    to = None if found.get("to") is None else text(found, "to")
    finding = "" if found.get("finding") is None else text(found, "finding")
    return Change(text(found, "file"), found["decision"], to, finding)


async def accept(request: Request) -> Response:
    """``POST /api/accept``."""
    studio, body = studio_of(request), await json_body(request)
    code = text(body, "finding")
    files = None if body.get("files") is None else set(map(str, items(body, "files")))

    def change() -> None:
        found = [one for one in studio.work.proposals(code) if files is None or one.file in files]
        studio.project.accept(found)

    return await _changed(studio, change)


async def undo(request: Request) -> Response:
    """``POST /api/undo``."""
    studio = studio_of(request)
    return await _changed(studio, studio.project.undo)


async def redo(request: Request) -> Response:
    """``POST /api/redo``."""
    studio = studio_of(request)
    return await _changed(studio, studio.project.redo)
