"""Routes that pictures come in by."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from headway.studio.api import describing
from headway.studio.api.reading import parameter
from headway.studio.api.studio import Studio, studio_of
from headway.studio.project import Added
from headway.studio.project.core import HIDDEN
from headway.studio.project.intake import new_file
from headway.studio.project.writing import explained
from headway.web.answers import Refused, json_answer

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

MOST_ARCHIVE_BYTES = 4 << 30
_PIECE_BYTES = 1 << 20
_SECONDS = 3600  # until all of an archive must have come
_LONGEST_BATCH = 100


async def pictures(request: Request) -> Response:
    """``POST /api/pictures``."""
    studio, label, batch = studio_of(request), request.query_params.get("class") or None, _batch(request)
    async with studio.uploads.files(request, "files") as uploads:
        return await _answer(studio, lambda: studio.project.add(uploads, label, batch=batch))


async def archive(request: Request) -> Response:
    """``POST /api/archive``; it is written down as it comes, and may be large."""
    studio, label, batch = studio_of(request), request.query_params.get("class") or None, _batch(request)
    name = parameter(request, "name")
    path = new_file(studio.project.folder / HIDDEN)
    try:
        await _receive(request, studio, path)
        return await _answer(studio, lambda: studio.project.add_archive(path, name, label, batch=batch))
    finally:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


async def _receive(request: Request, studio: Studio, path: Path) -> None:
    """Write a body to a file, in pieces."""
    total = 0
    with explained(path):
        path.parent.mkdir(exist_ok=True)
        file = await studio.asked(lambda: path.open("xb"))
        with file:
            piece = bytearray()
            try:
                async with asyncio.timeout(_SECONDS):
                    async for chunk in request.stream():
                        piece += chunk
                        total += len(chunk)
                        if total > MOST_ARCHIVE_BYTES:
                            raise Refused(
                                413,
                                "too-large",
                                f"an archive may have {MOST_ARCHIVE_BYTES >> 30} GiB at most; unpack it",
                            )
                        if len(piece) >= _PIECE_BYTES:
                            whole, piece = bytes(piece), bytearray()
                            await studio.asked(partial(file.write, whole))
            except TimeoutError:
                raise Refused(408, "too-slow", f"the archive did not come within {_SECONDS // 60} minutes") from None
            await studio.asked(lambda: file.write(piece))


async def _answer(studio: Studio, take: Callable[[], Added]) -> Response:
    """Take pictures in, and say what became of each file."""

    def taken() -> dict[str, object]:
        done = take()
        return {
            "added": describing.pictures(studio, studio.project.some(done.added)),
            "refused": done.refused,
            "copies": done.copies,
        }

    return json_answer(await studio.asked(taken))


def _batch(request: Request) -> str:
    return request.query_params.get("batch", "")[:_LONGEST_BATCH]
