"""Counts, lengths of time and names in a sentence or a table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from unicodedata import east_asian_width

from headway.bars import printable
from headway.clock import duration


def some(names: Sequence[str], most: int = 8) -> str:
    """Return names for a message: each quoted, at most ``most`` of them, on one line.

    Examples
    --------
    >>> some(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    return _listed([_quoted(name) for name in names[:most]], len(names))


def some_counted(counts: Mapping[str, int], most: int = 8) -> str:
    """Return names for a message, each with how much there is of it.

    Examples
    --------
    >>> some_counted({"a": 2, "b": 1_000})
    "'a' (2), 'b' (1,000)"
    """
    first = list(counts.items())[:most]
    return _listed([f"{_quoted(name)} ({count:,})" for name, count in first], len(counts))


def _listed(shown: Sequence[str], count: int) -> str:
    listed = ", ".join(shown)
    return listed if count == len(shown) else f"{listed} and {count - len(shown):,} more"


def _quoted(name: str, most: int = 80) -> str:
    quoted = repr(name if len(name) <= most else name[: most - 1] + "…")
    # What joins letters and emoji is no more than that: escaped, it would tear them apart.
    return re.sub(r"(?<!\\)((?:\\\\)*)\\u(200[cd])", lambda found: found[1] + chr(int(found[2], 16)), quoted)


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes.

    Examples
    --------
    >>> columns("cat"), columns("猫")
    (3, 2)
    """
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def shortened(text: str, most: int) -> str:
    """Return a text on one line, of at most so many columns of a terminal.

    Examples
    --------
    >>> shortened("Labrador retriever", 10), shortened("猫猫猫", 4)
    ('Labrador …', '猫…')
    """
    text = printable(text)
    if columns(text) <= most:
        return text
    text = text[: most - 1]
    while columns(text) >= most:
        text = text[:-1]
    return f"{text}…"


def megabytes(size: int) -> str:
    """Return a number of bytes for people.

    Examples
    --------
    >>> megabytes(7_300_000), megabytes(12)
    ('7.3 MB', '<0.1 MB')
    """
    return f"{size / 1e6:,.1f} MB" if size >= 50_000 or not size else "<0.1 MB"


def percent(part: float) -> str:
    """Return a part from 0 to 1 for people: only all of it is 100 %, and only none of it is 0 %.

    Examples
    --------
    >>> percent(0.875), percent(0.99999), percent(1.0), percent(0.0)
    ('87.5 %', '99.9 %', '100 %', '0 %')
    """
    if part in (0, 1):
        return f"{100 * part:.0f} %"
    return f"{min(max(100 * part, 0.1), 99.9):.1f} %"


def percent_range(low: float, high: float) -> str:
    """Return the ends of an interval of parts.

    Examples
    --------
    >>> percent_range(0.753, 0.941), percent_range(0.954, 1.0)
    ('75.3 to 94.1 %', '95.4 to 100 %')
    """
    return f"{percent(low).removesuffix(' %')} to {percent(high)}"


def plural(count: int, noun: str, nouns: str | None = None) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> plural(1, "class", "classes"), plural(2624, "picture")
    ('1 class', '2,624 pictures')
    """
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def about(seconds: float) -> str:
    """Return a length of time that is a guess: no finer than it can be known.

    Examples
    --------
    >>> about(0.3), about(13.4), about(47), about(170)
    ('about 1 s', 'about 13 s', 'about 45 s', 'about 3 min')
    """
    if seconds >= 117.5:
        return f"about {duration(max(seconds, 120))}"
    return f"about {max(1, round(seconds)) if seconds < 20 else 5 * round(seconds / 5)} s"
