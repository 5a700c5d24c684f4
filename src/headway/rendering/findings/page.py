"""An audit as lines and tables."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from headway.rendering import fixing, forecast, reading, scores
from headway.rendering.blocks import Block, Caution, Heading, Line, table
from headway.rendering.data import below
from headway.rendering.findings.words import words
from headway.rendering.words import plural

if TYPE_CHECKING:
    from headway.facts.audit import AuditReport, Finding, Suspect, Unchecked

SEVERITIES = {"severe": "Severe", "warning": "Warning", "note": "Note"}
"""What a severity is called before a finding."""

_SHOWN = 5  # pictures of a finding on a terminal
_WORST = 2  # findings that a verdict names


def audit(report: AuditReport, shown: int = _SHOWN) -> Iterator[Block]:
    """Yield what was found, the severe first, with the first pictures of each finding, and what could not be told."""
    yield from reading.source(report.source)
    yield from scores.quarantined(report.quarantined)
    for finding in report.findings:
        yield Line()
        yield from one(finding, shown, report.source.name or "")
    if report.findings:
        yield Line()
    if report.forecast is not None:
        yield from forecast.lines(report.forecast)
    if report.unchecked:
        yield Line(f"Cannot tell: {'; '.join(map(cannot_tell, report.unchecked))}")
    yield Line(summary(report))
    if report.fixes is not None:
        yield Line(fixing.proposals(report.fixes))


def one(finding: Finding, shown: int, folder: str) -> Iterator[Block]:
    """Yield one finding, with the first pictures, by their paths below a folder."""
    said = words(finding)
    yield Heading(finding.check)
    yield Line(f"{SEVERITIES[finding.severity]} {finding.number} {finding.check}: {said.found}")
    if said.todo:
        yield Line(f"  → {said.todo}")
    if finding.pictures and shown:
        yield pictures(finding.pictures[:shown], folder)
        if finding.count > shown:
            yield Line(f"  {more(finding.count - shown)}")


def alarms(findings: Iterable[Finding]) -> Iterator[str]:
    """Say what was found that makes a score or a model wrong, a sentence each."""
    for finding in findings:
        if finding.severity == "severe":
            yield ": ".join(filter(None, words(finding)))


def beside_a_fit(findings: Iterable[Finding]) -> Iterator[Block]:
    """Yield what was found in the data of a fit, a line each."""
    for finding in findings:
        text = ": ".join(filter(None, words(finding)))
        yield Caution(text) if finding.severity == "severe" else Line(f"{SEVERITIES[finding.severity]}: {text}")


def title(finding: Finding) -> str:
    """Return a finding's heading on a page."""
    name = finding.check.replace("-", " ")
    return f"{name[0].upper()}{name[1:]} ({SEVERITIES[finding.severity].lower()}, check {finding.number})"


def sentences(finding: Finding) -> str:
    """Say what was found and what to do, as sentences."""
    return " ".join(f"{text[0].upper()}{text[1:]}." for text in words(finding) if text)


def note(suspect: Suspect) -> str:
    """Say of a picture what it is labelled as, what it looks like, and what is proposed."""
    like = "" if suspect.partner is None else f"like {os.path.basename(suspect.partner)}"
    proposal = f"{suspect.to}?" if suspect.decision == "relabel" else ""
    return ", ".join(filter(None, (suspect.label, suspect.split, like, proposal)))


def more(count: int) -> str:
    """Say how many pictures are not shown."""
    return f"and {count:,} more" if count > 0 else ""


def pictures(suspects: tuple[Suspect, ...], folder: str) -> Block:
    """Return pictures of a finding as a table; columns in which all are empty are left out."""
    columns: dict[str, list[str]] = {
        "picture": [below(one.file, folder) for one in suspects],
        "class": [one.label or "" for one in suspects],
        "split": [one.split or "" for one in suspects],
        "like": [below(one.partner or "", folder) for one in suspects],
        "proposal": [" ".join(filter(None, (one.decision, one.to))) for one in suspects],
        "value": ["" if one.value is None else f"{one.value:.3g}" for one in suspects],
    }
    used = {name: cells for name, cells in columns.items() if any(cells)}
    return table(used, zip(*used.values(), strict=True), left=len(used) - ("value" in used))


def verdict(report: AuditReport) -> Iterator[str]:
    """Say how much was found, and what is worst."""
    yield f"{summary(report)}."
    serious = [finding for finding in report.findings if finding.severity != "note"]
    if not serious:
        yield "Nothing was found that speaks against building a classifier on these pictures."
    yield from map(sentences, serious[:_WORST])


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
