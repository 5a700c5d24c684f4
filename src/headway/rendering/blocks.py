"""What a page is made of, whoever shows it: lines and tables.

Functions of `headway.rendering` turn facts into blocks. The terminal prints them, `headway.rendering.markdown` and
`headway.rendering.html` write them. No sentence about a result is made anywhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Line:
    """A line of text; an empty one separates.

    Parameters
    ----------
    text : str
    """

    text: str = ""


@dataclass(frozen=True)
class Caution:
    """What makes a result doubtful. A terminal that showed it while the work went on does not repeat it.

    Parameters
    ----------
    text : str
    """

    text: str


@dataclass(frozen=True)
class Heading:
    """The heading of a part. A terminal leaves it out: there the parts follow one another.

    Parameters
    ----------
    text : str
    """

    text: str


@dataclass(frozen=True)
class Table:
    """A table.

    Parameters
    ----------
    columns : tuple of str
        Headers.
    rows : tuple of tuple of str
        Cells.
    left : int
        How many columns, from the first, hold text; the others hold numbers.
    bold : int or None
        The row to stand out.
    gap : int
        Spaces between two columns on a terminal.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: int = 1
    bold: int | None = None
    gap: int = 2


@dataclass(frozen=True)
class Code:
    """Something to type.

    Parameters
    ----------
    text : str
    language : str
        What it is in, for a page that colours it; empty where nobody asks.
    """

    text: str
    language: str = ""


Block: TypeAlias = Line | Caution | Heading | Table | Code


def table(columns: Iterable[str], rows: Iterable[Iterable[str]], left: int = 1, bold: int | None = None) -> Table:
    """Return a table; rows that are too short are filled up with empty cells.

    Examples
    --------
    >>> table(["class", "n"], [["cat"]]).rows
    (('cat', ''),)
    """
    head = tuple(columns)
    cells = [tuple(row) for row in rows]
    return Table(head, tuple(row + ("",) * (len(head) - len(row)) for row in cells), left, bold)
