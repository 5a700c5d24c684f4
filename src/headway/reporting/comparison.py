"""The report of a comparison."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from headway.rendering import comparison as rendering
from headway.rendering import report as wording
from headway.rendering.blocks import Block, Heading
from headway.rendering.words import percent, percent_range, plural
from headway.reporting import drawings, shared
from headway.reporting.naming import without_folders
from headway.reporting.parts import Figures, Page, Pairs, Part, Section, Sentences, Snippet

if TYPE_CHECKING:
    from headway.comparison import Comparison
    from headway.facts.comparison import ComparisonReport, Row


def comparison_page(comparison: Comparison) -> Page:
    """Return the report of a comparison."""
    report = comparison.with_data(wording.PICTURES).report
    # What an error says may name folders.
    left_out = tuple(replace(left, message="" if left.reason == "failed" else left.message) for left in report.left_out)
    data = replace(report.data, source=without_folders(report.data.source))
    report = replace(report, data=data, left_out=left_out)
    title = plural(len(report.rows), "recipe")
    counts = {(cell.true, cell.predicted): cell.count for cell in report.confusion}
    sections = tuple(_sections(report, counts))
    classes = report.data.classes
    return shared.page(title, wording.COMPARISON, report.headway, sections, None, classes=classes, counts=counts)


def _sections(report: ComparisonReport, counts: dict[tuple[int, int], int]) -> Iterator[Section]:
    best = report.rows[0]
    yield Section("verdict", "Verdict", (_figures(best), Sentences(tuple(rendering.advice(report)))))
    if report.command is not None:
        yield Section("use", "How to fit it", (Snippet("", "sh", report.command),))
    yield Section("ranking", "Ranking", tuple(drawings.ranking(report.rows)))
    yield from _by_heading(rendering.comparison(replace(report, advice=(), command=None)), "All figures")
    matrix = shared.wrong(report.data.classes, counts, None)
    yield replace(matrix, title=wording.matrix_of(best.name))
    if report.case is not None and report.case.curve:
        yield Section("learning-curve", "Would more pictures help?", tuple(drawings.learning_curve(report.case.curve)))
    yield Section("recipes", "Recipes", (Pairs(tuple((row.name, row.title) for row in report.rows)),))


def _figures(best: Row) -> Figures:
    return Figures(
        value=percent(best.accuracy),
        what=wording.best(best.n, best.name),
        interval=percent_range(best.low, best.high),
        low=best.low,
        high=best.high,
        at=best.accuracy,
    )


def _by_heading(blocks: Iterable[Block], title: str) -> Iterator[Section]:
    """Yield a section for each heading; the first has none, and gets ``title``."""
    parts: list[Part] = []
    for block in blocks:
        if isinstance(block, Heading):
            yield _section(title, parts)
            title, parts = block.text, []
        else:
            parts.append(block)
    yield _section(title, parts)


def _section(title: str, parts: list[Part]) -> Section:
    return Section(title.lower().replace(" ", "-"), title, tuple(parts))
