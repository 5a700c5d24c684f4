"""What a rule of shapes is told, and how it refuses."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from headway.errors import ModelError

Shape: TypeAlias = tuple[int, ...]

MAX_INPUT_SIZE = 2048  # pixels a side


class MisfitError(ValueError):
    """The inputs or attributes of a node are not what its operator takes."""


def fits(*conditions: bool) -> None:
    """Refuse a node of which one of the conditions does not hold."""
    if not all(conditions):
        raise MisfitError


def place(axis: int, rank: int) -> int:
    """Return the axis that a number means, which may count from the end."""
    fits(-rank <= axis < rank)
    return axis % rank


def places(axes: Any, rank: int) -> list[int]:
    """Return the axes that numbers mean, each once."""
    found = [place(int(axis), rank) for axis in np.asarray(axes).reshape(-1)]
    fits(len(set(found)) == len(found))
    return found


def whole_numbers(array: Any) -> list[int]:
    """Return the numbers of a constant that is a list."""
    fits(array is not None, np.ndim(array) == 1)
    return [int(number) for number in array]


def check_fields(message: Any, known: set[str], what: str) -> None:
    """Refuse a message that holds other fields than Headway writes.

    Raises
    ------
    ModelError
        With their names.
    """
    strange = [field.name for field, _ in message.ListFields() if field.name not in known]
    if strange:
        raise ModelError(f"its {what} holds {', '.join(strange)}, which Headway's models never do")


def shown(name: str) -> str:
    """Return a name from the file, harmless to a terminal."""
    return ascii(name[:100])
