"""What stands for the workshop where routes are tested: it knows what it is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from headway.errors import ModelError, PictureError, UserError
from headway.facts.results import Guess
from headway.facts.studio import Job
from headway.studio.project import Project
from headway.studio.work.refusals import NotReadyError
from tests.studio.project.making import Proposed


class BusyError(UserError):
    code = "busy"


class NoModelError(UserError):
    code = "no-model"


class StandIn:
    """A workshop that computes nothing."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.job: Any = None
        self.asked: Any = None
        self.copies = 2
        self.features_known = {"known": 3, "n": 4}
        self.finding_codes: dict[str, tuple[str, ...]] = {}
        self.problems: tuple[str, ...] = ("a problem",)
        self.predictions: dict[str, Guess] = {}
        self.made: list[Proposed] = []
        self.touched = 0
        self.is_closed = False
        self.has_model = False
        self.is_ready = True
        self.callbacks: list[Callable[[], None]] = []

    def on_change(self, callback: Callable[[], None]) -> None:
        self.callbacks.append(callback)

    def change(self, job: Any) -> None:
        self.job = job
        for callback in self.callbacks:
            callback()

    def touch(self) -> None:
        self.touched += 1

    def close(self) -> None:
        self.is_closed = True

    def start(self, kind: Any) -> Any:
        if self.job is not None:
            raise BusyError("something goes on already")
        self.job = Job(1, kind)
        return self.job

    def stop(self) -> None:
        self.job = None

    def findings(self) -> list[Any]:
        return [{"code": "blurred", "n": 1}]

    def finding_pictures(self, code: str) -> tuple[str, ...]:
        return tuple(file for file, codes in self.finding_codes.items() if code in codes)

    def proposals(self, code: str) -> list[Proposed]:
        return [one for one in self.made if one.finding == code]

    def model(self) -> Any:
        return {"accuracy": 0.9} if self.has_model else None

    def result(self) -> Any:
        return {"accuracy": 0.9} if self.has_model else None

    def comparison(self) -> Any:
        return None

    def report(self) -> Path | None:
        path = self.project.folder / "report.html"
        return path if path.exists() else None

    def similar(self, file: str, n: int = 12) -> list[Any]:
        others = [entry.file for entry in self.project.entries() if entry.file != file]
        return [SimpleNamespace(file=each, similarity=0.5) for each in [*others, "gone.png"][:n]]

    def suggest(self, n: int = 20) -> list[Any]:
        if not self.is_ready:
            raise NotReadyError("the pictures have not been looked at yet")
        return [SimpleNamespace(file=each, guess="cat") for each in self.project.unlabelled()[:n]]

    def try_(self, content: bytes, name: str) -> Any:
        if not self.has_model:
            raise NoModelError("there is no model yet: train first")
        if content == b"broken":
            raise ModelError("the model is gone")
        if not content.startswith(b"\x89PNG"):
            raise PictureError(f"{name}: not a picture")
        first = self.project.entries()[0].file
        near = (SimpleNamespace(file=first, similarity=0.9),)
        return SimpleNamespace(label="<cat>", probability=0.75, top=(("<cat>", 0.75),), nearest=near, seconds=0.01)
