"""Routes that what was made is taken home by."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import FileResponse

from headway.studio.api.studio import Studio, studio_of
from headway.web.answers import Refused

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

# A report is a page of its own, and may hold names that others chose: it gets no access to this one. Its own script is
# allowed by its own policy, which counts beside this.
REPORT_POLICY = (
    "sandbox allow-scripts allow-downloads allow-modals; default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FILES = {
    "model.onnx": "application/octet-stream",
    "report.html": "text/html; charset=utf-8",
    "predictions.csv": "text/csv; charset=utf-8",
}
_WAIT_SECONDS, _LOOK_SECONDS = 60.0, 0.2


async def download(request: Request) -> Response:
    """``GET /download/NAME``."""
    name = request.path_params["name"]
    if name not in _FILES:
        raise Refused(404, "not-found", f"there is nothing to download called {name[:60]!r}")
    return FileResponse(
        await _made(studio_of(request), name),
        media_type=_FILES[name],
        filename=name,
        headers={"Content-Security-Policy": REPORT_POLICY},
    )


async def report(request: Request) -> Response:
    """``GET /report``."""
    path = await _made(studio_of(request), "report.html")
    return FileResponse(path, media_type=_FILES["report.html"], headers={"Content-Security-Policy": REPORT_POLICY})


async def _made(studio: Studio, name: str) -> Path:
    """Return where something is that was made; the result is shown a moment before its report is written."""
    for _ in range(round(_WAIT_SECONDS / _LOOK_SECONDS)):
        path, is_at_work = await studio.asked(lambda: _look(studio, name))
        if path is not None:
            return path
        if not is_at_work:
            break
        await asyncio.sleep(_LOOK_SECONDS)
    raise Refused(404, "not-made", f"there is no {name} yet: train first")


def _look(studio: Studio, name: str) -> tuple[Path | None, bool]:
    """Return where something is, and whether it may be made at the moment."""
    job = studio.work.job
    is_at_work = job is not None and job.state == "running" and studio.work.result() is not None
    path = studio.work.report() if name == "report.html" else studio.project.folder / name
    return (path if path is not None and path.is_file() else None), is_at_work
