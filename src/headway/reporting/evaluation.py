"""The report of an evaluation."""

from __future__ import annotations

import ntpath
import shlex
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from headway._version import __version__
from headway.rendering import advice as advice_wording
from headway.rendering import reading
from headway.rendering import report as wording
from headway.rendering import scores as score_wording
from headway.rendering import verdict as judging
from headway.rendering.blocks import Line
from headway.reporting import shared
from headway.reporting.naming import Names, without_folders
from headway.reporting.parts import Page, Part, Points, Section

if TYPE_CHECKING:
    from headway.facts.documents import EvaluationReport
    from headway.reporting.pictures import Pictures


def evaluation_page(report: EvaluationReport, pictures: Pictures | None = None) -> Page:
    """Return the report of an evaluation; ``pictures`` as for `fit_page`."""
    report = replace(report, model=ntpath.basename(report.model))
    sections = tuple(_sections(report, pictures))
    counts = shared.cells(report.scores, pictures)
    return shared.page(
        report.model, wording.EVALUATION, __version__, sections, pictures, classes=report.classes, counts=counts
    )


def _sections(report: EvaluationReport, pictures: Pictures | None) -> Iterator[Section]:
    scores = report.scores
    yield shared.verdict(judging.evaluation_verdict(report), scores, scores.majority_accuracy, "picture")
    if advice := advice_wording.advice(report, shlex.quote(report.model)):
        yield Section("next", "What to do next", (Points(advice),))
    yield Section("scores", "Scores", (*score_wording.scores(None, None, scores, "picture"), Line(wording.SCORES)))
    yield shared.wrong(report.classes, shared.cells(scores, pictures), pictures)
    yield shared.mistakes(scores, pictures)
    yield shared.per_class(scores, {})
    yield from shared.trust(scores)
    yield Section("pictures", "Pictures", tuple(_data(report, pictures)))
    if pictures is not None:
        yield shared.the_map(pictures)


def _data(report: EvaluationReport, pictures: Pictures | None) -> Iterator[Part]:
    yield from reading.source(without_folders(report.source))
    yield from reading.value_range(report.value_range)
    yield from score_wording.matched(report)
    if pictures is not None:
        yield from shared.samples(pictures, {one.name: one.support for one in report.scores.per_class})
    yield from shared.unreadable(report.quarantined, Names(report.source), pictures)
