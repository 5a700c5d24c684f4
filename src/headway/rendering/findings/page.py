"""An audit as lines and tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from headway.rendering import fixing, reading, scores
from headway.rendering.blocks import Block, Heading, Line, table
from headway.rendering.findings.words import words
from headway.rendering.words import plural

if TYPE_CHECKING:
    from headway.facts.audit import AuditReport, Finding, Suspect, Unchecked

SEVERITIES = {"severe": "Severe", "warning": "Warning", "note": "Note"}
"""What a severity is called before a finding."""

_SHOWN = 5  # pictures of a finding on a terminal


def audit(report: AuditReport, shown: int = _SHOWN) -> Iterator[Block]:
    """Yield what was found, the severe first, with the first pictures of each finding, and what could not be told."""
    yield from reading.source(report.source)
    yield from scores.quarantined(report.quarantined)
    for finding in report.findings:
        yield Line()
        yield from one(finding, shown)
    if report.findings:
        yield Line()
    if report.unchecked:
        yield Line(f"Cannot tell: {'; '.join(map(cannot_tell, report.unchecked))}")
    yield Line(summary(report))
    if report.fixes is not None:
        yield Line(fixing.proposals(report.fixes))


def one(finding: Finding, shown: int) -> Iterator[Block]:
    """Yield one finding."""
    said = words(finding)
    yield Heading(finding.check)
    yield Line(f"{SEVERITIES[finding.severity]} {finding.number} {finding.check}: {said.found}")
    if said.todo:
        yield Line(f"  → {said.todo}")
    if finding.pictures and shown:
        yield pictures(finding.pictures[:shown])
        if finding.count > shown:
            yield Line(f"  and {finding.count - shown:,} more")


def pictures(suspects: tuple[Suspect, ...]) -> Block:
    """Return pictures of a finding as a table; columns that all are empty in are left out."""
    columns: dict[str, list[str]] = {
        "picture": [one.file for one in suspects],
        "class": [one.label or "" for one in suspects],
        "split": [one.split or "" for one in suspects],
        "like": [one.partner or "" for one in suspects],
        "proposal": [" ".join(filter(None, (one.decision, one.to))) for one in suspects],
        "value": ["" if one.value is None else f"{one.value:.3g}" for one in suspects],
    }
    used = {name: cells for name, cells in columns.items() if any(cells)}
    return table(used, zip(*used.values(), strict=True), left=len(used) - ("value" in used))


_NEEDS = {
    "files": "files",
    "pictures": "pictures",
    "pictures-per-class": "pictures of each class",
    "pictures-per-part": "pictures of each part",
    "classes": "classes",
    "labels": "labelled pictures",
    "predictions": "pictures that could be predicted",
    "splits": "parts",
}


def cannot_tell(unchecked: Unchecked) -> str:
    """Say what a check lacks."""
    needs = _NEEDS[unchecked.needs]
    return f"{unchecked.check} (needs {unchecked.least:,} {needs}, there are {unchecked.found:,})"


def summary(report: AuditReport) -> str:
    """Say how much was looked at, and how much was found."""
    counts = {severity: sum(one.severity == severity for one in report.findings) for severity in SEVERITIES}
    found = ", ".join(
        (
            plural(counts["severe"], "severe finding"),
            plural(counts["warning"], "warning"),
            plural(counts["note"], "note"),
        )
    )
    return f"{plural(report.n, 'picture')}, {plural(len(report.checked), 'check')}: {found}"
