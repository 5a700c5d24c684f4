"""What is asked of the workshop; its docstrings say what each does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from headway.studio.project.edits import Proposal


class Work(Protocol):
    """What is computed of a project: jobs, findings, results; it answers at once, from any thread.

    Results are facts, which become JSON as they are.
    """

    @property
    def job(self) -> Any: ...  # noqa: D102
    @property
    def copies(self) -> int: ...  # noqa: D102
    @property
    def features_known(self) -> Any: ...  # noqa: D102
    @property
    def finding_codes(self) -> Mapping[str, tuple[str, ...]]: ...  # noqa: D102
    @property
    def problems(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def predictions(self) -> Mapping[str, Any]: ...  # noqa: D102
    def on_change(self, callback: Callable[[], None]) -> None: ...  # noqa: D102
    def touch(self) -> None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102
    def start(self, kind: Any) -> Any: ...  # noqa: D102
    def stop(self) -> None: ...  # noqa: D102
    def findings(self) -> Sequence[Any]: ...  # noqa: D102
    def finding_pictures(self, code: str) -> tuple[str, ...]: ...  # noqa: D102
    def proposals(self, code: str) -> Iterable[Proposal]: ...  # noqa: D102
    def model(self) -> Any: ...  # noqa: D102
    def result(self) -> Any: ...  # noqa: D102
    def comparison(self) -> Any: ...  # noqa: D102
    def report(self) -> Path | None: ...  # noqa: D102
    def similar(self, file: str, n: int = 12) -> Iterable[Any]: ...  # noqa: D102
    def suggest(self, n: int = 20) -> Iterable[Any]: ...  # noqa: D102
    def try_(self, content: bytes, name: str) -> Any: ...  # noqa: D102
