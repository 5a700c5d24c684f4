"""Parameters and bodies of requests: what they must be, or a refusal in one line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from headway.studio.api.studio import studio_of
from headway.web.answers import Refused

if TYPE_CHECKING:
    from starlette.requests import Request

_HEADER = "x-headway"


def parameter(request: Request, name: str) -> str:
    """Return a parameter of the address that must be there."""
    value = request.query_params.get(name, "")
    if not value:
        raise Refused(400, "bad-request", f"the parameter {name} is needed")
    return value


def number(request: Request, name: str, default: int, most: int) -> int:
    """Return a whole number from 0 to ``most``."""
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) <= most):
        raise Refused(400, "bad-request", f"{name} must be a whole number from 0 to {most:,}")
    return int(text)


def check_own(request: Request) -> None:
    """Refuse what no script of the page has sent: a form of another site cannot set headers."""
    if _HEADER not in request.headers:
        raise Refused(403, "no-header", "what changes something needs the header X-Headway: 1")


async def json_body(request: Request) -> dict[str, Any]:
    """Return the object of a body in JSON."""
    async with studio_of(request).bodies.body(request) as content:
        try:
            found = json.loads(content or b"{}")
        except (ValueError, RecursionError) as error:
            raise Refused(400, "bad-request", "the body must be JSON") from error
    if not isinstance(found, dict):
        raise Refused(400, "bad-request", "the body must be an object in JSON")
    return found


def text(found: dict[str, Any], key: str) -> str:
    """Return a text of an object that must be there."""
    value = found.get(key)
    if not isinstance(value, str):
        raise Refused(400, "bad-request", f"{key} must be a text")
    return value


def items(found: dict[str, Any], key: str, most: int = 100_000) -> list[Any]:
    """Return a list of an object."""
    value = found.get(key)
    if not isinstance(value, list) or len(value) > most:
        raise Refused(400, "bad-request", f"{key} must be a list of at most {most:,}")
    return value
