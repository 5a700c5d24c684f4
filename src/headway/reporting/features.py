"""The report of an analysis of features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from headway._version import __version__
from headway.rendering import analysis as rendering
from headway.rendering import report as wording
from headway.rendering.blocks import Caution, Line
from headway.reporting import shared
from headway.reporting.naming import Names, without_folders
from headway.reporting.parts import Page, Part, Points, Section

if TYPE_CHECKING:
    from headway.facts.analysis import AnalysisReport
    from headway.reporting.pictures import Pictures


def features_page(report: AnalysisReport, pictures: Pictures) -> Page:
    """Return the report of an analysis of features."""
    sections = tuple(_sections(report, pictures))
    return shared.page(report.features.backbone, wording.FEATURES, __version__, sections, pictures)


def _sections(report: AnalysisReport, pictures: Pictures) -> Iterator[Section]:
    data = replace(report.data, source=without_folders(report.data.source), quarantined=())
    public = replace(report, data=data, files=())
    yield Section("features", "Which features are of use", (*rendering.analysis(public), *_cautions(public)))
    if report.best:
        yield Section("best", "Features that say most", (Line(wording.BEST_FEATURES), Points(report.best)))
    yield shared.the_map(pictures)
    yield Section("pictures", "Pictures", tuple(_data(report, pictures)))


def _cautions(report: AnalysisReport) -> Iterator[Part]:
    yield from map(Caution, rendering.cautions(report))


def _data(report: AnalysisReport, pictures: Pictures) -> Iterator[Part]:
    yield Line(wording.analysed(report.data.n, report.data.n_classes))
    yield from shared.samples(pictures, pictures.class_counts)
    yield from shared.unreadable(report.data.quarantined, Names(report.data.source), pictures)
