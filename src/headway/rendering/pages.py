"""A whole result, from what to make of it to what to do next: what ``--markdown`` writes and a notebook shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from headway.rendering import comparison as comparisons
from headway.rendering import fit as fits
from headway.rendering import scores
from headway.rendering.advice import advice
from headway.rendering.blocks import Block, Heading, Line
from headway.rendering.markdown import markdown
from headway.rendering.verdict import evaluation_verdict, verdict

if TYPE_CHECKING:
    from headway.facts.comparison import ComparisonReport
    from headway.facts.documents import EvaluationReport, PairReport
    from headway.facts.fit import FitReport

SIGN = " by Headway"
"""What the first line of every page of Markdown ends in."""


def page(title: str, blocks: Iterable[Block]) -> str:
    r"""Return a page of Markdown.

    Examples
    --------
    >>> page("Fit", [Line("cats")])
    '# Fit by Headway\n\ncats\n'
    """
    return f"# {title}{SIGN}\n\n{markdown(blocks)}"


def fit(report: FitReport) -> Iterator[Block]:
    """Yield what to make of a fit, what was done, the scores, and what to do next."""
    yield from _in_short(verdict(report))
    yield from fits.fit(report)
    yield from _next(report)


def evaluation(report: EvaluationReport) -> Iterator[Block]:
    """Yield what to make of an evaluation, the scores, and what to do next."""
    yield from _in_short(evaluation_verdict(report))
    yield from scores.evaluation(report)
    yield from _next(report)


def pair(report: PairReport) -> Iterator[Block]:
    """Yield how two models do, and what each of them takes for what."""
    yield from scores.pair(report)
    for one in report.models:
        yield Heading(f"What {one.model} takes for what")
        yield from scores.confusion(one.classes, one.scores.confusion)


def comparison(report: ComparisonReport) -> Iterator[Block]:
    """Yield how recipes do, what the best takes for what, and what each recipe is."""
    yield from comparisons.comparison(report)
    yield Heading(f"What the best, {report.rows[0].name}, takes for what")
    yield from scores.confusion(report.data.classes, report.confusion)
    yield from comparisons.recipes(report)


def _in_short(sentences: Iterable[str]) -> Iterator[Block]:
    yield Heading("In short")
    yield from map(Line, sentences)
    yield Heading("In full")


def _next(report: FitReport | EvaluationReport) -> Iterator[Block]:
    if lines := [Line(str(one)) for one in advice(report)]:
        yield Heading("What to do next")
        yield from lines
