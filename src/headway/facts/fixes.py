"""Decisions about pictures: what was done by a list of them, and what an audit proposed in one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fixes:
    """What was done by a list of fixes when pictures were read.

    Parameters
    ----------
    file : str
        The list, as it was given.
    dropped : int
        Pictures that were left out.
    relabelled : int
        Pictures that got another label.
    grouped : int
        Pictures that were put into groups.
    groups : int
        Into how many groups.
    kept : int
        Pictures that a person confirmed as they are.
    undecided : int
        Rows of the list without a decision, of which nothing came.
    new_classes : tuple of str
        Classes that only pictures with new labels have.
    lost_classes : tuple of str
        Classes that no picture is left of.
    """

    file: str
    dropped: int = 0
    relabelled: int = 0
    grouped: int = 0
    groups: int = 0
    kept: int = 0
    undecided: int = 0
    new_classes: tuple[str, ...] = ()
    lost_classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proposals:
    """A list of fixes as an audit left it.

    Parameters
    ----------
    file : str
        The list, as it was given.
    before : int
        Rows that stood there before, and stay as they were.
    new : int
        Rows that were added.
    decided : int
        How many of these have a decision, because it is a safe one.
    """

    file: str
    before: int
    new: int
    decided: int
