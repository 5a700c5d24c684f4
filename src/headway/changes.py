"""What a recipe's ``augment`` may list: the random changes of training pictures, and their numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from headway.errors import UnknownNameError, UserError


class Range(NamedTuple):
    """What the number of a change may be, and what it is when none is given."""

    least: float
    most: float
    usual: float
    meaning: str


RANGES: dict[str, Range | None] = {
    "rotate": Range(0, 180, 40, "largest angle in degrees, either way"),
    "shift": Range(0, 0.9, 0.2, "largest shift each way, as a part of the picture's side"),
    "shear": Range(0, 1, 0.2, "largest shear, sideways pixels per pixel of height"),
    "zoom": Range(0, 0.9, 0.2, "largest zoom, in and out, as a part of the picture's size"),
    "hflip": None,
    "vflip": None,
    "colour": Range(0, 1, 0.3, "largest change of brightness, contrast and saturation, each as a part of itself"),
    "randaugment": Range(0, 30, 9, "strength of each of two changes out of fourteen"),
    "mixup": Range(0.01, 10, 0.2, "alpha of the Beta distribution of the share of the other picture"),
    "cutmix": Range(0.01, 10, 1.0, "alpha of the Beta distribution of the share of the other picture"),
}
"""The changes there are, and what their numbers may be; None where there is none to give."""


def parse(changes: Iterable[str]) -> dict[str, float | bool]:
    """Read changes, each with its number, or its usual one where none is given.

    Parameters
    ----------
    changes : iterable of str
        Names, each with ``=`` and a number or without: ``"rotate=40"``, ``"hflip"``.

    Raises
    ------
    UnknownNameError
        When there is no such change.
    UserError
        When a number is none, out of its range, given to a flip, or a change is listed twice.

    Examples
    --------
    >>> parse(["rotate=10", "zoom", "hflip"])
    {'rotate': 10.0, 'zoom': 0.2, 'hflip': True}
    """
    values: dict[str, float | bool] = {}
    for change in changes:
        name, given, text = (part.strip() for part in change.partition("="))
        if name not in RANGES:
            raise UnknownNameError("augmentation", name, RANGES)
        if name in values:
            raise UserError(f"each augmentation may be listed once, and {name} is listed twice")
        values[name] = _number(name, text) if given else _usual(name)
    return values


def _usual(name: str) -> float | bool:
    return True if (bounds := RANGES[name]) is None else float(bounds.usual)


def _number(name: str, text: str) -> float:
    bounds = RANGES[name]
    if bounds is None:
        raise UserError(f"the augmentation {name} takes no number, and {text!r} is given: write {name} alone")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not bounds.least <= value <= bounds.most:  # NaN does not, either
        raise UserError(
            f"the augmentation {name} takes a number from {bounds.least:g} to {bounds.most:g} ({bounds.meaning}), "
            f"not {text!r}: for instance {name}={bounds.usual:g}"
        )
    return value
