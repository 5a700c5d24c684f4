"""How long a comparison may take, and whether there is time for one more recipe."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from headway.errors import UserError

if TYPE_CHECKING:
    from headway.recipe import Recipe

_UNITS = {"s": 1, "m": 60, "h": 3600}

# Seconds a picture on the two cores of the project's machine, features and cross-validation included, as
# benchmarks/compare.py measures them. What runs here corrects them: it is their ratio that counts.
_FROZEN, _HANDMADE, _LAST_BLOCK, _WHOLE, _SCRATCH = 0.004, 0.044, 0.06, 0.4, 0.1
_START = 2.0  # seconds that each takes, however few pictures


def seconds(text: str) -> float:
    """Read a length of time.

    Parameters
    ----------
    text : str
        Numbers with the units h, m and s; a bare number means seconds.

    Returns
    -------
    float
        In seconds, above 0.

    Raises
    ------
    UserError
        When it is none.

    Examples
    --------
    >>> seconds("90s"), seconds("10m"), seconds("1h30m"), seconds("1.5h")
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
        raise UserError(f"a budget is a length of time such as 90s, 10m or 2h, not {text!r}")
    return total


class Budget:
    """Time that is left, and what a recipe is likely to take.

    Parameters
    ----------
    limit : float or None
        Seconds from now on; None for all the time in the world.
    pictures : int
        How many there are.
    """

    def __init__(self, limit: float | None, pictures: int) -> None:
        self.limit = limit
        self._pictures = pictures
        self._begin = time.perf_counter()
        self._taken = self._expected = 0.0

    @property
    def spent(self) -> float:
        """Seconds since the beginning."""
        return time.perf_counter() - self._begin

    def learn_from(self, recipe: Recipe, took: float) -> None:
        """Note how long a recipe took, in seconds: the next estimates are corrected by it."""
        self._taken += took
        self._expected += self._guess(recipe)

    def estimate(self, recipe: Recipe) -> float:
        """Return how many seconds a recipe is likely to take here."""
        pace = self._taken / self._expected if self._expected else 1.0
        return pace * self._guess(recipe)

    def refusal(self, recipe: Recipe) -> str | None:
        """Say why there is no time for a recipe; None where there is."""
        if self.limit is None:
            return None
        if self.spent >= self.limit:
            return f"the budget of {spoken(self.limit)} was spent"
        if self.spent + (needed := self.estimate(recipe)) > self.limit:
            left = max(self.limit - self.spent, 0)
            return f"it takes about {spoken(needed)}, and {spoken(left)} of the budget were left"
        return None

    def _guess(self, recipe: Recipe) -> float:
        return _START + self._pictures * _seconds_a_picture(recipe)


def _seconds_a_picture(recipe: Recipe) -> float:
    if recipe.scratch != "none":
        return _SCRATCH
    if recipe.finetune in ("all", "auto"):
        return _WHOLE
    if recipe.finetune == "last-block":
        return _LAST_BLOCK
    return _HANDMADE if recipe.backbone == "handmade" else _FROZEN


def spoken(seconds: float) -> str:
    """Return a length of time as people write it.

    Examples
    --------
    >>> spoken(0.42), spoken(9.4), spoken(75), spoken(3600), spoken(5700)
    ('0.4 s', '9.4 s', '75 s', '60 min', '1 h 35 min')
    """
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
