"""What every check is, gets and gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from headway.checks.context import Context
    from headway.facts.audit import Decision, Measure, Need, Severity
    from headway.types import IntArray


class Proposal(NamedTuple):
    """What might be done about an image, by a person who looked at it.

    It is ``sure`` where nobody need look: nothing is lost by it. To group is always so.
    """

    decision: Decision
    to: str | None = None  # the class of "relabel", the name of the group of "group"
    sure: bool = False


@dataclass(frozen=True, eq=False)
class Found:
    """What a check found, before images have names.

    Parameters
    ----------
    severity : {"severe", "warning", "note"}
    rows : int64 array (m,)
        The images it is about, as positions in the data set of the context, the worst first; empty where it is about
        none in particular.
    evidence : mapping of str to number or str
        What it rests on; the docstring of the check's module says what is there.
    values : sequence of float
        What was measured of each image; empty where nothing was.
    partners : sequence of int
        The image that each was compared with, -1 for none; empty where none was.
    groups : sequence of int
        Images with the same number belong together; empty where they do not.
    proposals : sequence of Proposal or None
        For each image; empty where nothing is proposed.
    """

    severity: Severity
    rows: IntArray
    evidence: Mapping[str, Measure] = field(default_factory=dict)
    values: Sequence[float] = ()
    partners: Sequence[int] = ()
    groups: Sequence[int] = ()
    proposals: Sequence[Proposal | None] = ()


class TooLittle(Exception):  # noqa: N818 - it is an answer rather than an error
    """Raised by a check that cannot tell.

    Parameters
    ----------
    needs : str
        What there is too little of.
    least, found : int
        How much the check needs, and how much there is.
    """

    def __init__(self, needs: Need, least: int, found: int) -> None:
        super().__init__(needs, least, found)
        self.needs, self.least, self.found = needs, least, found


@dataclass(frozen=True)
class Check:
    """A numbered check.

    Parameters
    ----------
    number : int
        It stays, whatever the name: 1xx of files, 2xx of copies, 3xx of labels, 4xx of balance, 5xx of fitness.
    name : str
        Its name, in words joined by hyphens.
    run : callable
        Gets a `Context`, and yields what it found: nothing where the data is well. Raises `TooLittle` where it cannot
        tell.
    """

    number: int
    name: str
    run: Callable[[Context], Iterable[Found]]

    @property
    def family(self) -> str:
        """What it is about."""
        return FAMILIES[self.number // 100]


FAMILIES = {1: "files", 2: "copies", 3: "labels", 4: "balance", 5: "fitness"}
"""What checks are about, by the first digit of their number."""
