"""The report of an audit."""

from __future__ import annotations

import ntpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from headway.rendering import bounds, reading
from headway.rendering import findings as wording
from headway.rendering import report as page_wording
from headway.rendering.blocks import Line
from headway.reporting import findings, shared
from headway.reporting.naming import Names, without_folders
from headway.reporting.parts import Page, Part, Section, Sentences

if TYPE_CHECKING:
    from headway.facts.audit import AuditReport
    from headway.reporting.pictures import Pictures


def audit_page(report: AuditReport, pictures: Pictures) -> Page:
    """Return the report of an audit."""
    title = ntpath.basename((report.source.name or "").rstrip("/\\")) or page_wording.AUDIT
    return shared.page(title, page_wording.AUDIT, report.headway, tuple(_sections(report, pictures)), pictures)


def _sections(report: AuditReport, pictures: Pictures) -> Iterator[Section]:
    yield Section("verdict", "Verdict", (Sentences(tuple(wording.verdict(report))),))
    yield from findings.section(report.findings, pictures)
    yield from shared.more_pictures(report.forecast)
    lines = tuple(Line(f"{line}.") for line in wording.untold(report))
    if report.left_out is not None:
        lines += (Line(f"{bounds.not_tried(report.left_out)}."),)
    if lines:
        yield Section("unchecked", "What cannot be told", lines)
    yield Section("pictures", "Pictures", tuple(_data(report, pictures)))
    yield shared.the_map(pictures)


def _data(report: AuditReport, pictures: Pictures) -> Iterator[Part]:
    yield from reading.source(without_folders(report.source))
    yield from shared.samples(pictures, dict(report.counts))
    yield from shared.unreadable(report.quarantined, Names(report.source), pictures)
