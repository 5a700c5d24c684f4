"""The form that predicts without JavaScript, and its answer as a page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

from headway.errors import HeadwayError
from headway.studio.api.studio import studio_of
from headway.studio.api.working import check_size
from headway.web.answers import Refused

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="stylesheet" href="tokens.css">
<link rel="stylesheet" href="looks.css">
<link rel="stylesheet" href="studio.css">
</head>
<body>
<main class="plain">
<h1>{title}</h1>
{body}
<p><a href="/">Another picture</a></p>
</main>
</body>
</html>
"""


async def try_(request: Request) -> Response:
    """``POST /try``."""
    studio = studio_of(request)
    try:
        async with studio.uploads.files(request, "files") as uploads:
            if not uploads or not uploads[0].content:
                raise Refused(400, "bad-request", "choose a picture first")
            name, content = uploads[0]
            check_size(content)
            found = await studio.asked(lambda: studio.work.try_(content, name))
    except (HeadwayError, Refused) as error:
        status = error.status if isinstance(error, Refused) else 422
        return _page("No answer", f"<p>{escape(str(error))}</p>", status)
    rows = "".join(f"<tr><td>{escape(name)}</td><td>{100 * share:.1f} %</td></tr>" for name, share in found.top)
    body = f"<p>{escape(uploads[0].name)}</p><table><tbody>{rows}</tbody></table>"
    return _page(f"{found.label}, {100 * found.probability:.1f} %", body)


def _page(title: str, body: str, status: int = 200) -> Response:
    return HTMLResponse(_PAGE.format(title=escape(title), body=body), status)
