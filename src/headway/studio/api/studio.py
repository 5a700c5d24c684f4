"""What all routes share."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from headway.cores import cpu_count
from headway.studio.api.events import Events
from headway.studio.project import Project
from headway.studio.project.core import HIDDEN
from headway.studio.thumbs import Thumbs
from headway.web.bodies import Intake, Limits

if TYPE_CHECKING:
    from starlette.requests import Request

    from headway.studio.work import Workshop

_T = TypeVar("_T")

UPLOADS = Limits(body_bytes=256 << 20, files=64, seconds=600, held_bytes=640 << 20)
SMALL = Limits(body_bytes=16 << 20, files=1, seconds=30, held_bytes=64 << 20)


class Studio:
    """A project that is shown on a page, with what is computed of it.

    Parameters
    ----------
    project : Project
    open_work : callable
        Makes what computes; it may take a while to load, and is called in a thread of its own, while the page is shown.
    """

    def __init__(self, project: Project, open_work: Callable[[], Workshop]) -> None:
        self.project = project
        self.thumbs = Thumbs(project.folder / HIDDEN / "thumbs")
        self.events = Events()
        self.uploads = Intake(UPLOADS)
        self.bodies = Intake(SMALL)
        # Pictures are decoded and edits made beside the event loop; each has threads of its own, so that a page full of
        # pictures does not keep a click waiting.
        self._drawing = ThreadPoolExecutor(cpu_count(), "headway-drawing")
        self._asking = ThreadPoolExecutor(max(4, os.cpu_count() or 1), "headway-asking")
        project.on_change(self.events.tell)
        self._opening = ThreadPoolExecutor(1, "headway-opening")
        self._work = self._opening.submit(self._open, open_work)

    def _open(self, open_work: Callable[[], Workshop]) -> Workshop:
        work = open_work()
        self.project.on_change(work.touch)
        work.on_change(self.events.tell)
        return work

    @property
    def work(self) -> Workshop:
        """What computes; waits until it is loaded, and so must not be asked for in the event loop."""
        return self._work.result()

    async def drawn(self, function: Callable[[], _T]) -> _T:
        """Do what decodes a picture."""
        return await asyncio.get_running_loop().run_in_executor(self._drawing, function)

    async def asked(self, function: Callable[[], _T]) -> _T:
        """Do anything else that may take a while."""
        return await asyncio.get_running_loop().run_in_executor(self._asking, function)

    def close(self) -> None:
        """End all threads."""
        self.events.close()
        self._opening.shutdown()
        if self._work.exception() is None:
            self.work.close()
        for pool in (self._drawing, self._asking):
            pool.shutdown(cancel_futures=True)


def studio_of(request: Request) -> Studio:
    """Return what the routes of a request share."""
    studio: Studio = request.app.state.studio
    return studio
