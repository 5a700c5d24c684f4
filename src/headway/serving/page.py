"""The page of ``/``: a form, for a look at a model without a program, and without JavaScript."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response

from headway.errors import HeadwayError
from headway.styles import LOOKS, TOKENS
from headway.web.answers import Refused, explained

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request

    from headway.facts.serving import Predictions
    from headway.serving.predicting import Predicting

_FOLDER = Path(__file__).parent
STYLES = {f"/{path.name}": path for path in (TOKENS, LOOKS, _FOLDER / "page.css")}
_SHOWN = 5  # classes of a picture


class Page:
    """Shows the form, and the answer to what was sent with it."""

    def __init__(self, predicting: Predicting) -> None:
        self._predicting = predicting

    async def form(self, request: Request) -> Response:
        """Show the form alone."""
        return self._page()

    async def answer(self, request: Request) -> Response:
        """Show what the model says of the pictures, or in plain words why it says nothing."""
        try:
            return self._page(await self._predicting.answer(request))
        except Refused as error:
            return self._page(trouble=str(error), status=error.status)
        except HeadwayError as error:
            return self._page(trouble=str(error), status=explained(error)[0])

    async def style(self, request: Request) -> Response:
        """Send a style sheet; the page's policy asks that they are files."""
        return Response(STYLES[request.url.path].read_bytes(), media_type="text/css")

    def _page(self, answer: Predictions | None = None, *, trouble: str = "", status: int = 200) -> Response:
        html = _environment().get_template("page.html.j2")
        text = html.render(
            styles=STYLES,
            answer=answer,
            top=_SHOWN,
            trouble=trouble,
        )
        return HTMLResponse(text, status)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
