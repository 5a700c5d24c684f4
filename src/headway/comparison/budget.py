"""How long a comparison may take, and whether there is time for one more recipe."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from headway.errors import UserError
from headway.facts.comparison import Overrun

if TYPE_CHECKING:
    from headway.recipe import Recipe

_UNITS = {"s": 1, "m": 60, "h": 3600}

# Seconds per image on the two cores of the project's machine, features and cross-validation included, as
# benchmarks/compare.py measures them. What runs here corrects them: it is their ratio that counts.
_FROZEN, _HANDMADE, _LAST_BLOCK, _WHOLE, _SCRATCH = 0.004, 0.044, 0.06, 0.4, 0.1
_START = 2.0  # seconds that each takes, however few images


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


class Budget:
    """Time that is left, and what a recipe is likely to take.

    ``limit`` is in seconds from now on, None for no limit; ``pictures`` is how many there are.
    """

    def __init__(self, limit: float | None, pictures: int) -> None:
        self.limit = limit
        self._pictures = pictures
        self._begin = time.perf_counter()
        self._taken = self._expected = 0.0

    def record(self, recipe: Recipe, seconds: float) -> None:
        """Note how long a recipe took: the next estimates are corrected by it."""
        self._taken += seconds
        self._expected += self._typical(recipe)

    def estimate(self, recipe: Recipe) -> float:
        """Return how many seconds a recipe is likely to take here."""
        pace = self._taken / self._expected if self._expected else 1.0
        return pace * self._typical(recipe)

    def overrun(self, recipe: Recipe) -> Overrun | None:
        """Return by how much a recipe is likely to exceed the budget; None where there is time for it."""
        if self.limit is None:
            return None
        left = max(self.limit - (time.perf_counter() - self._begin), 0.0)
        needed = self.estimate(recipe)
        return Overrun(self.limit, left, needed) if needed > left else None

    def _typical(self, recipe: Recipe) -> float:
        return _START + self._pictures * _seconds_per_picture(recipe)


def _seconds_per_picture(recipe: Recipe) -> float:
    if recipe.scratch != "none":
        return _SCRATCH
    if recipe.finetune in ("all", "auto"):
        return _WHOLE
    if recipe.finetune == "last-block":
        return _LAST_BLOCK
    return _HANDMADE if recipe.backbone == "handmade" else _FROZEN
