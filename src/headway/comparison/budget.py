"""How long a comparison may take."""

from __future__ import annotations

import re
import time

from headway.errors import UserError
from headway.facts.comparison import Overrun

_UNITS = {"s": 1, "m": 60, "h": 3600}


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
    return total


class OutOfTimeError(Exception):
    """The budget is spent: raised where work reports its progress, which stops it, and caught by the comparison."""


class Budget:
    """Seconds from now on; infinity for no limit."""

    def __init__(self, limit: float = float("inf")) -> None:
        self.limit = limit
        self._begin = time.perf_counter()

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return max(self.limit - (time.perf_counter() - self._begin), 0.0)

    def beside(self, needed: float) -> Overrun:
        """Put what a recipe is likely to take beside what is left now."""
        return Overrun(self.limit, self.left, needed)

    def check(self) -> None:
        """Raise an `OutOfTimeError` when nothing is left."""
        if not self.left:
            raise OutOfTimeError
