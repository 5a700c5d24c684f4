"""The report of the depths of a network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from headway._version import __version__
from headway.rendering import depths as rendering
from headway.rendering import report as wording
from headway.reporting import drawings, shared
from headway.reporting.naming import without_folders
from headway.reporting.parts import Page, Section, Sentences

if TYPE_CHECKING:
    from headway.facts.depths import DepthsReport


def depths_page(report: DepthsReport) -> Page:
    """Return the report of the depths of a network."""
    public = replace(report, source=without_folders(report.source))
    return shared.page(report.backbone, wording.ACCURACY_BY_DEPTH, __version__, tuple(_sections(public)), None)


def _sections(report: DepthsReport) -> Iterator[Section]:
    sentences = (rendering.verdict(report), *rendering.case(report))
    yield Section("verdict", "Verdict", (Sentences(sentences),))
    yield Section("depths", "From general to specific", tuple(drawings.accuracy_by_depth(report)))
    yield Section("figures", "All figures", tuple(rendering.figures(report)))
