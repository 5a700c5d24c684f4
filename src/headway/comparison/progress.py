"""Progress of one recipe among many, which stops it when the budget is spent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from headway.types import Progress

if TYPE_CHECKING:
    from headway.comparison.budget import Budget


class PrefixedProgress:
    """A `Progress` that names the recipe which a stage belongs to, and passes every note on once."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._budget: Budget | None = None
        self._notes: set[str] = set()
        self.prefix = ""

    @contextmanager
    def stopping(self, budget: Budget) -> Iterator[None]:
        """Stop what the body of a ``with`` statement does, at its next step, when a budget is spent."""
        self._budget = budget
        try:
            yield
        finally:
            self._budget = None

    def start(self, stage: str, total: int | None = None) -> None:
        """Say that a stage begins."""
        self._check()
        self._progress.start(f"{self.prefix}: {stage}" if self.prefix else stage, total)

    def advance(self, steps: int = 1) -> None:
        """Say that steps are done."""
        self._check()
        self._progress.advance(steps)

    def note(self, message: str) -> None:
        """Say a line, unless it was said before."""
        if message not in self._notes:
            self._notes.add(message)
            self._progress.note(message)

    def warn(self, message: str) -> None:
        """Say what makes the result doubtful, unless it was said before."""
        if message not in self._notes:
            self._notes.add(message)
            self._progress.warn(message)

    def finish(self) -> None:
        """Say that the work is over."""
        self._progress.finish()

    def _check(self) -> None:
        if self._budget is not None:
            self._budget.check()
