"""What shape rules work with, and how they refuse."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from headway.errors import ModelError

Shape: TypeAlias = tuple[int, ...]

MAX_INPUT_SIZE = 2048  # pixels a side


class MisfitError(ValueError):
    """The inputs or attributes of a node do not fit its operator."""


def require(*conditions: bool) -> None:
    """Refuse a node unless all conditions hold."""
    if not all(conditions):
        raise MisfitError


def axis_of(axis: int, rank: int) -> int:
    """Return the axis, counted from the start."""
    require(-rank <= axis < rank)
    return axis % rank


def axes_of(axes: Any, rank: int) -> list[int]:
    """Return the axes, counted from the start; each may occur once."""
    found = [axis_of(int(axis), rank) for axis in np.asarray(axes).reshape(-1)]
    require(len(set(found)) == len(found))
    return found


def integers(array: Any) -> list[int]:
    """Return the numbers of a constant of one axis."""
    require(array is not None, np.ndim(array) == 1)
    return [int(number) for number in array]


def check_fields(message: Any, known: set[str], what: str) -> None:
    """Refuse a message with fields that are not read."""
    unknown = [field.name for field, _ in message.ListFields() if field.name not in known]
    if unknown:
        raise ModelError(f"its {what} holds {', '.join(unknown)}, which no network needs")


def quoted(name: str) -> str:
    """Return a name from the file for a message: short, and harmless to a terminal."""
    return ascii(name[:100])
