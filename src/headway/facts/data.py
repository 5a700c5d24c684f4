"""What was read, and how it was divided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Imbalance:
    """Classes of very unequal size.

    Parameters
    ----------
    largest, smallest : str
        The classes.
    largest_count, smallest_count : int
        Their pictures.
    balance : str
        What is done about it: the recipe's ``balance``.
    """

    largest: str
    smallest: str
    largest_count: int
    smallest_count: int
    balance: str


@dataclass(frozen=True)
class Overlap:
    """Pictures of a given split that are not new to what they are to judge: their score is too good.

    Parameters
    ----------
    part : {"validation", "test"}
        Where they are.
    among : tuple of str
        The parts that they are also in.
    by : {"content", "group"}
        Whether the very file is there, or others of its group.
    count : int
        How many pictures of the part.
    """

    part: Literal["validation", "test"]
    among: tuple[str, ...]
    by: Literal["content", "group"]
    count: int


@dataclass(frozen=True)
class Division:
    """How the pictures were split.

    Parameters
    ----------
    kind : {"stratified", "given", "validation-as-test", "none"}
        At random by class; as the data set says; the same, with its validation part as the test; or no test at all.
    train, validation, test : int
        Pictures in each part.
    test_fraction : float or None
        That was asked for; None for a given split.
    seed : int or None
        Of the split; None for a given one.
    grouped : bool
        Whether groups or identical files were kept whole.
    """

    kind: Literal["stratified", "given", "validation-as-test", "none"]
    train: int
    validation: int
    test: int
    test_fraction: float | None = None
    seed: int | None = None
    grouped: bool = False
