"""What the page of a project says of a result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from headway.rendering import advice as advising
from headway.rendering import comparison, verdict
from headway.rendering.words import percent, percent_range, plural, some

if TYPE_CHECKING:
    from headway.facts.comparison import ComparisonReport
    from headway.facts.fit import FitReport
    from headway.facts.scores import Scores

_LEAST_CLASSES, _LEAST_PICTURES = 2, 2
_LEAST_OF_ONE = 3  # pictures of one class at least: one to test on, two to cross-validate


def too_few(counts: Mapping[str, int]) -> str | None:
    """Say what is missing to learn from pictures, by the number of each class; None where nothing is.

    Examples
    --------
    >>> too_few({"cat": 5})
    'at least 2 classes with 3 pictures each are needed, and there is 1: label pictures of another one'
    >>> too_few({"cat": 5, "dog": 1, "bird": 0})
    "every class needs at least 2 pictures, and there is only 1 of 'dog': add one"
    >>> too_few({"cat": 2, "dog": 2})
    'there are too few pictures: add some, until there are 3 of each class'
    """
    classes = {name: count for name, count in counts.items() if count}
    if len(classes) < _LEAST_CLASSES:
        there, remedy = ("is 1", "pictures of another one") if classes else ("are none", "pictures of two")
        return f"at least 2 classes with {_LEAST_OF_ONE} pictures each are needed, and there {there}: label {remedy}"
    lacking = [name for name, count in classes.items() if count < _LEAST_PICTURES]
    if lacking:
        return f"every class needs at least {_LEAST_PICTURES} pictures, and there is only 1 of {some(lacking)}: add one"
    if max(classes.values()) < _LEAST_OF_ONE:
        return f"there are too few pictures: add some, until there are {_LEAST_OF_ONE} of each class"
    return None


def sentences(report: FitReport, cells: Mapping[tuple[int, int], int], *, cross_validated: bool) -> tuple[str, ...]:
    """Say how good a classifier is, whether to trust that, and what goes wrong most.

    Where it is ``cross_validated`` over all pictures, by these rather than by the few of the test; ``cells`` are those
    of its confusion matrix.
    """
    if not cross_validated:
        return verdict.verdict(report)
    good, trust, _ = verdict.verdict(replace(report, test=None))
    told = (good, trust, verdict.wrong_when_held_out(report.classes, cells))
    if (test := report.test) is None:
        return told
    figure = f"{percent(test.accuracy)} ({percent_range(test.low, test.high)})"
    return *told, f"The report begins with another figure: {figure} of the {plural(test.n, 'picture')} kept for a test."


def advice(report: FitReport, scores: Scores | None) -> Iterator[str]:
    """Yield what to do next, what may gain most first; ``scores`` are those that the page shows."""
    for one in advising.advice(replace(report, test=scores)):
        if scores is not None or not one.commands:
            yield f"{one.text}."


def compared(report: ComparisonReport) -> Iterator[str]:
    """Yield what a comparison comes to."""
    yield from comparison.advice(report)
    for line in comparison.left_out(report.left_out):
        yield f"Left out: {line}."


def unreadable(count: int, first: str, reason: str) -> str:
    """Say that pictures cannot be read.

    Examples
    --------
    >>> unreadable(2, "pictures/cat/1.jpg", "empty file")
    '2 pictures cannot be read and are left out; the first is pictures/cat/1.jpg: empty file'
    """
    if count == 1:
        return f"1 picture cannot be read and is left out, {first}: {reason}"
    return f"{plural(count, 'picture')} cannot be read and are left out; the first is {first}: {reason}"
