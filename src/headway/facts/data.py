"""What was read, and how it was divided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from headway.types import Quarantined


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


@dataclass(frozen=True)
class Source:
    """What was read (stub until the branch with the real one is merged).

    Parameters
    ----------
    name : str
        A sentence.
    """

    name: str


@dataclass(frozen=True)
class Data:
    """The pictures that a classifier was fitted on.

    Parameters
    ----------
    source : Source or None
        What was read, and how; None in a model's file.
    n : int
        Pictures that could be read.
    counts : mapping of str to int
        Pictures of each class.
    majority : str
        The most frequent class of those that were learned from.
    skipped : mapping of str to int
        Why files were skipped, and how many.
    unreadable : int
        Pictures that could not be read.
    quarantined : tuple of Quarantined
        These, with reasons; none in a model's file, which holds no paths.
    division : Division
        How the pictures were split.
    imbalance : Imbalance or None
        None where classes are of similar size.
    overlaps : tuple of Overlap
        Why the scores may be too good.
    fingerprint : str
        SHA-256, in hexadecimal, of the contents and labels, whatever the names and order of the pictures.
    """

    source: Source | None
    n: int
    counts: Mapping[str, int]
    majority: str
    skipped: Mapping[str, int]
    unreadable: int
    quarantined: tuple[Quarantined, ...]
    division: Division
    imbalance: Imbalance | None
    overlaps: tuple[Overlap, ...]
    fingerprint: str
