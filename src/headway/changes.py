"""The augmentations that a recipe may list: random changes of training images, and their numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from headway.errors import UnknownNameError, UserError

MOST_COPIES = 100  # of a picture, in a file of features


class Range(NamedTuple):
    """The numbers that an augmentation takes, ends included, its default, and what it means."""

    low: float
    high: float
    default: float
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
"""All augmentations; None for those that take no number."""


def parse(changes: Iterable[str]) -> dict[str, float | bool]:
    """Read augmentations, ``"rotate=40"`` or ``"rotate"``, with their numbers or defaults.

    Raises
    ------
    UnknownNameError
        When there is no such augmentation.
    UserError
        When a number is out of range or given to a flip, or an augmentation is listed twice.

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
            raise UserError(f"the augmentation {name} is listed twice: list it once")
        values[name] = _number(name, text) if given else _default(name)
    return values


def _default(name: str) -> float | bool:
    return True if (bounds := RANGES[name]) is None else float(bounds.default)


def _number(name: str, text: str) -> float:
    bounds = RANGES[name]
    if bounds is None:
        raise UserError(f"the augmentation {name} takes no number, got {text!r}: write {name} alone")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not bounds.low <= value <= bounds.high:  # NaN is not within, either
        raise UserError(
            f"the augmentation {name} takes a number from {bounds.low:g} to {bounds.high:g} ({bounds.meaning}), "
            f"got {text!r}: for instance {name}={bounds.default:g}"
        )
    return value
