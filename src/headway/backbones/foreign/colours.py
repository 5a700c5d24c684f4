"""From colours of 0 to 255 to what a network of others takes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from headway.errors import ModelError

Triple = tuple[float, float, float]
IMAGENET: tuple[Triple, Triple] = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Colours:
    """How colours are normalised: (x / levels − mean) / std.

    Parameters
    ----------
    mean, std : tuple of 3 floats
        Of red, green and blue, after the division.
    origin : str
        Where these are from, for a message.
    levels : float
        What a colour of 255 is divided by to become what mean and std are of; 255 for colours from 0 to 1.
    is_blue_first : bool
        Whether the network takes blue, green and red. Mean and std are in that order, too.
    """

    mean: Triple
    std: Triple
    origin: str
    levels: float = 255.0
    is_blue_first: bool = False

    @classmethod
    def of_properties(cls, properties: Mapping[str, str]) -> Colours:
        """Return what the metadata ``mean`` and ``std`` of a file say; without them, ImageNet's.

        Examples
        --------
        >>> Colours.of_properties({"mean": "0.5, 0.5, 0.5"}).std
        (0.229, 0.224, 0.225)
        """
        mean, std = (_triple(properties, name) or usual for name, usual in zip(("mean", "std"), IMAGENET, strict=True))
        own = "mean" in properties or "std" in properties
        return cls(mean, std, "of its metadata" if own else "of ImageNet, as its metadata have no mean and std")


def triple(numbers: object) -> Triple | None:
    """Return three finite numbers; None for anything else."""
    if not isinstance(numbers, list | tuple) or len(numbers) != 3:
        return None
    if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
        return None
    red, green, blue = map(float, numbers)
    return red, green, blue


def _triple(properties: Mapping[str, str], name: str) -> Triple | None:
    if name not in properties:
        return None
    try:
        numbers = triple([float(part) for part in properties[name].strip("[]() ").split(",")])
    except ValueError:
        numbers = None
    if numbers is None or (name == "std" and min(numbers) <= 0):
        raise ModelError(f"its metadata {name} must be three numbers, for colours from 0 to 1: 0.485, 0.456, 0.406")
    return numbers
