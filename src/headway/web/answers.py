"""Answers: JSON, and one shape for every failure.

A failure is ``{"error": {"code": "too-large", "message": "one line"}}`` with a status that fits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from headway.errors import DataError, HeadwayError, ModelError, OutputError, PictureError, UnknownNameError, UserError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

# The first kind that an error is of decides.
_STATUSES: tuple[tuple[type[HeadwayError], int, str], ...] = (
    (UnknownNameError, 404, "unknown-name"),
    (PictureError, 422, "no-picture"),
    (ModelError, 503, "model"),
    (OutputError, 507, "cannot-write"),
    (DataError, 422, "data"),
    (UserError, 400, "bad-request"),
    (HeadwayError, 500, "failed"),
)
_CODES = {404: "not-found", 405: "method-not-allowed"}


class Refused(Exception):  # noqa: N818 - a request is refused, nothing is in error
    """A request that is not answered as it was meant.

    Parameters
    ----------
    status : int
        Of HTTP.
    code : str
        What is wrong, for programs: words with hyphens.
    message : str
        The same for people, in one line.
    headers : mapping, optional
        More headers of the answer.
    """

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})


def too_busy(message: str, seconds: int = 1) -> Refused:
    """Return the answer to what cannot be taken on now; it may be tried again after some seconds."""
    return Refused(503, "busy", message, {"Retry-After": str(seconds)})


def json_answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer in JSON; a fact becomes plain values."""
    import msgspec

    return Response(msgspec.json.encode(content), status, headers, "application/json")


def failure(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer to a request that failed."""
    return json_answer({"error": {"code": code, "message": " ".join(message.splitlines())}}, status, headers)


def explained(error: HeadwayError) -> tuple[int, str]:
    """Return the status and the code of an error of the library.

    Examples
    --------
    >>> explained(PictureError("empty file"))
    (422, 'no-picture')
    """
    return next((status, code) for kind, status, code in _STATUSES if isinstance(error, kind))


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return failure(error.status, error.code, str(error), error.headers)


async def _failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, HeadwayError)
    return failure(*explained(error), str(error))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _CODES.get(error.status_code, "bad-request")
    return failure(error.status_code, code, f"{error.detail}: {request.method} {request.url.path}", error.headers)


async def _unexpected(request: Request, error: Exception) -> Response:
    return failure(500, "failed", "this should not happen: the log says where")


HANDLERS: dict[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
    Refused: _refused,
    HeadwayError: _failed,
    HTTPException: _http,
    Exception: _unexpected,
}
"""For ``Starlette(exception_handlers=…)``."""
