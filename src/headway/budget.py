"""How long work may take, and a progress that stops it when that is over."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from headway.errors import UserError
from headway.facts.comparison import Overrun
from headway.types import Progress

_UNITS = {"s": 1, "m": 60, "h": 3600}
MOST = 30 * 24 * 3600.0  # seconds: a month, and a slip of the pen beyond


def parse_duration(text: str) -> float:
    """Read a length of time in seconds: numbers with the units h, m and s, or a bare number of seconds.

    Anything else, and 0, is a `UserError`.

    Examples
    --------
    >>> parse_duration("90s"), parse_duration("10m"), parse_duration("1h30m"), parse_duration("1.5h")
    (90.0, 600.0, 5400.0, 5400.0)
    """
    compact = text.replace(" ", "").lower()
    parts = re.findall(r"(\d+(?:\.\d+)?)([hms])", compact)
    units = [unit for _, unit in parts]
    total = 0.0
    if parts and "".join(number + unit for number, unit in parts) == compact and len(set(units)) == len(units):
        total = sum(float(number) * _UNITS[unit] for number, unit in parts)
    elif re.fullmatch(r"\d+(\.\d+)?", compact):
        total = float(compact)
    if not 0 < total < float("inf"):
        raise UserError(f"a budget must be a length of time such as 90s, 10m or 2h, not {text!r}")
    if total > MOST:
        raise UserError(f"a budget must be 30 days ({MOST / 3600:.0f}h) at most, not {text!r}")
    return total


class OutOfTimeError(Exception):
    """The budget is spent: raised where work reports its progress, which stops it, and caught by who set the budget.

    ``expected`` are the seconds that work was expected to take which was given up before it spent the budget.
    """

    def __init__(self, expected: float | None = None) -> None:
        super().__init__()
        self.expected = expected


class Budget:
    """Seconds from now on; infinity for no limit."""

    def __init__(self, limit: float = float("inf")) -> None:
        self.limit = limit
        self._begin = time.perf_counter()

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return max(self.limit - (time.perf_counter() - self._begin), 0.0)

    def keeping(self, seconds: float) -> Budget:
        """Return the same budget, from now on less what is kept for later work."""
        return Budget(max(self.left - seconds, 0.0))

    def beside(self, needed: float) -> Overrun:
        """Put what a recipe is likely to take beside what is left now."""
        return Overrun(self.limit, self.left, needed)

    def check(self) -> None:
        """Raise an `OutOfTimeError` when nothing is left."""
        if not self.left:
            raise OutOfTimeError


class PrefixedProgress:
    """A `Progress` that names what a stage belongs to, passes every note on once, and stops work without time left."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._budget: Budget | None = None
        self._gives_up = False
        self._notes: set[str] = set()
        self.prefix = ""

    @contextmanager
    def stopping(self, budget: Budget, *, gives_up: bool = False) -> Iterator[None]:
        """Stop what the body of a ``with`` statement does, at its next step, when a budget is spent.

        With ``gives_up``, it is stopped as soon as it is expected to take longer than what is left.
        """
        self._budget, self._gives_up = budget, gives_up
        try:
            yield
        finally:
            self._budget = None

    def expect(self, seconds: float) -> None:
        """Take how long the work under way is likely to take from now on."""
        if self._budget is not None and self._gives_up and seconds > self._budget.left:
            raise OutOfTimeError(seconds)

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
