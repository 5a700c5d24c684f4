"""Everything that Headway raises on purpose.

::

    HeadwayError              the base of all; carries the exit code of the command line
    ├── UserError             exit 2: what was asked for cannot be done as asked
    │   ├── DataError         pictures or labels: missing, empty, contradictory, too few
    │   │   └── AmbiguousDataError  they can be read in several ways; has the options for each
    │   ├── ModelError        a file that is not a Headway model, or not one for this use
    │   ├── UnknownNameError  a name that is not in a list; says the nearest ones
    │   ├── OutputError       a place that cannot be written to
    │   └── MissingExtraError an optional package is needed
    ├── PictureError          one picture cannot be read; it goes to quarantine
    └── RunError              exit 1: the request was fine, the run failed
        └── StoreError        the feature store cannot be used

    HeadwayWarning            what makes a result doubtful

A message says what must be true, what was found and what to do next, in one line.
"""

from __future__ import annotations

import difflib
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager


class HeadwayError(Exception):
    """Base class of Headway's errors."""

    exit_code = 1


class UserError(HeadwayError):
    """What was asked for cannot be done as asked.

    Attributes
    ----------
    field : str
        The field of a recipe, or the argument of `headway.read`, that is to blame; empty where that is not known.
    """

    exit_code = 2
    field = ""


class DataError(UserError):
    """Pictures or labels are missing, empty, contradictory or too few."""


class AmbiguousDataError(DataError):
    """Pictures or labels can be read in several ways, and nothing decides between them.

    Parameters
    ----------
    found : str
        What is of two minds.
    readings : sequence of (str, str)
        Each way to read them in words, and the command that reads them so.

    Examples
    --------
    >>> print(AmbiguousDataError("'a' and 'b' may be classes", [("they are", "headway read x --no-splits")]))
    'a' and 'b' may be classes. If they are: `headway read x --no-splits`
    """

    def __init__(self, found: str, readings: Sequence[tuple[str, str]]) -> None:
        self.found = found
        self.readings = tuple(readings)
        ways = "; ".join(f"if {what}: `{command}`" for what, command in self.readings)
        super().__init__(f"{found}. {ways[:1].upper()}{ways[1:]}")


class ModelError(UserError):
    """A file is not a Headway model, or not one that fits this use."""


class UnknownNameError(UserError):
    """A name is not in the list of what there is.

    Parameters
    ----------
    kind : str
        What is named, for instance ``"backbone"``.
    name : str
        What was given.
    known : iterable of str
        What there is.
    list_all : bool
        Whether to say all of it, where it is not too much.
    first : iterable of str
        More of what there is; of similar names, those are suggested first.

    Examples
    --------
    >>> print(UnknownNameError("head", "logistc", ["logistic", "mlp"]))
    no head is called 'logistc': did you mean logistic? There are: logistic, mlp
    """

    def __init__(
        self, kind: str, name: str, known: Iterable[str], *, list_all: bool = True, first: Iterable[str] = ()
    ) -> None:
        own = list(first)
        names = list(dict.fromkeys([*own, *known]))
        most = 3 if list_all else 5
        near = list(dict.fromkeys([*_similar(name, own, most), *_similar(name, names, most)]))[:most]
        if not list_all:
            hint = f"did you mean {' or '.join(near)}?" if near else f"none of {len(names):,} is like it"
            super().__init__(f"no {kind} is called {name!r}: {hint}")
            return
        hint = f"did you mean {' or '.join(near)}? There are" if near else "there are"
        super().__init__(f"no {kind} is called {name!r}: {hint}: {', '.join(names)}")


def _similar(name: str, names: Iterable[str], most: int) -> list[str]:
    small = {each.lower(): each for each in names}
    return [small[match] for match in difflib.get_close_matches(name.lower(), small, n=most, cutoff=0.5)]


class OutputError(UserError):
    """A place cannot be written to."""


class MissingExtraError(UserError):
    """An optional package is needed for what was asked."""


class HeadwayWarning(UserWarning):
    """What makes a result doubtful, such as the same pictures in training and test."""


class PictureError(HeadwayError):
    """One picture cannot be read; the message is its reason in the quarantine list."""


class RunError(HeadwayError):
    """The request was fine, but the run failed."""


class StoreError(RunError):
    """The feature store cannot be used."""


@contextmanager
def blaming(field: str) -> Iterator[None]:
    """Say which field is to blame for a `UserError` of the body of a ``with`` statement, unless it knows already.

    Examples
    --------
    >>> try:
    ...     with blaming("backbone"):
    ...         raise UserError("there is none")
    ... except UserError as error:
    ...     error.field
    'backbone'
    """
    try:
        yield
    except UserError as error:
        error.field = error.field or field
        raise


def warn(message: str) -> None:
    """Issue a `HeadwayWarning` that points to the first line outside Headway."""
    depth, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in (
        "headway",
        "contextlib",
    ):
        depth, frame = depth + 1, frame.f_back
    warnings.warn(message, HeadwayWarning, stacklevel=depth)
