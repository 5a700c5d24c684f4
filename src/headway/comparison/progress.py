"""Progress of one recipe among many."""

from __future__ import annotations

from headway.types import Progress


class PrefixedProgress:
    """A `Progress` that names the recipe which a stage belongs to, and passes every note on once."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._notes: set[str] = set()
        self.prefix = ""

    def start(self, stage: str, total: int | None = None) -> None:
        """Say that a stage begins."""
        self._progress.start(f"{self.prefix}: {stage}" if self.prefix else stage, total)

    def advance(self, steps: int = 1) -> None:
        """Say that steps are done."""
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
