"""Whole pages of Markdown: what ``--markdown`` writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from headway.rendering import fit as rendering
from headway.rendering import scores
from headway.rendering.blocks import Block, Heading, Line
from headway.rendering.comparison import comparison, recipes
from headway.rendering.markdown import markdown
from headway.rendering.verdict import advice, evaluation_verdict, verdict

if TYPE_CHECKING:
    from headway.facts.comparison import ComparisonReport
    from headway.facts.documents import EvaluationReport, PairReport
    from headway.facts.fit import FitReport

SIGN = " by Headway"
"""What the first line of every page ends in."""


def fit_page(report: FitReport) -> str:
    """Return a page on a fit: what to make of it, the scores, and what to do next."""
    return _page("Fit", [*_in_short(verdict(report)), *rendering.fit(report), *_next(advice(report))])


def evaluation_page(report: EvaluationReport) -> str:
    """Return a page on how a model does on labelled pictures."""
    blocks = [*_in_short(evaluation_verdict(report)), *scores.evaluation(report), *_next(advice(report))]
    return _page("Evaluation", blocks)


def pair_page(report: PairReport) -> str:
    """Return a page on two models, with the confusion matrix of each."""
    return _page("Evaluation", [*scores.pair(report), *_matrices(report)])


def comparison_page(report: ComparisonReport) -> str:
    """Return a page on recipes, with what each of them is, and the confusion matrix of the best."""
    best = [Heading(f"What the best, {report.rows[0].name}, takes for what"), *_matrix(report)]
    return _page("Comparison", [*comparison(report), *best, *recipes(report)])


def _page(title: str, blocks: Iterable[Block]) -> str:
    return f"# {title}{SIGN}\n\n{markdown(blocks)}"


def _in_short(sentences: Iterable[str]) -> Iterator[Block]:
    yield Heading("In short")
    yield from map(Line, sentences)
    yield Heading("In full")


def _next(sentences: Iterable[str]) -> Iterator[Block]:
    yield Heading("What to do next")
    yield from map(Line, sentences)


def _matrices(report: PairReport) -> Iterator[Block]:
    for one in report.models:
        yield Heading(f"What {one.model} takes for what")
        yield from scores.confusion(one.classes, one.scores.confusion)


def _matrix(report: ComparisonReport) -> Iterator[Block]:
    return scores.confusion(report.data.classes, report.confusion)
