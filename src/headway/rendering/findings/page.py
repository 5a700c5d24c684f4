"""An audit as lines and tables."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from headway.rendering import bounds, fixing, forecast, reading, scores
from headway.rendering.blocks import Block, Caution, Heading, Line, table
from headway.rendering.data import below
from headway.rendering.findings.words import words
from headway.rendering.words import plural

if TYPE_CHECKING:
    from headway.facts.audit import AuditReport, Finding, Suspect

SEVERITIES = {"severe": "Severe", "warning": "Warning", "note": "Note"}
"""What a severity is called before a finding."""

_SHOWN = 5  # pictures of a finding on a terminal
_WORST = 2  # findings that a verdict names

_OF_CLASSES = ("small-classes",)
"""Findings about whole classes, of which no picture is worth naming."""

_VALUES = {
    "blank": "contrast",
    "blurred": "sharpness",
    "dark-or-bright": "brightness",
    "few-values": "levels",
    "animated": "frames",
    "wrong-labels": "probability",
    "outliers": "times as far",
    "shift": "probability",
}
"""What was measured of each picture, where it is the same for all findings of a check."""


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
    for line in untold(report):
        yield Line(f"Cannot tell: {line}")
    if report.left_out is not None:
        yield Line(bounds.not_tried(report.left_out))
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
    if finding.pictures and shown and finding.check not in _OF_CLASSES:
        yield from pictures(finding, shown, folder)


def alarms(findings: Iterable[Finding]) -> Iterator[str]:
    """Say what was found that makes a score or a model wrong, a sentence each."""
    for finding in findings:
        if finding.severity == "severe":
            yield ": ".join(filter(None, words(finding)))


def beside_a_fit(findings: Iterable[Finding]) -> Iterator[Block]:
    """Yield what was found in the data of a fit, a line each; what to do about a note can wait for an audit."""
    lines = []
    for finding in findings:
        text = ": ".join(filter(None, words(finding)))
        if finding.severity == "severe":
            yield Caution(text)
        elif finding.severity == "warning":
            lines.append(Line(f"{SEVERITIES['warning']}: {text}"))
        else:
            lines.append(Line(f"{SEVERITIES['note']}: {words(finding).found}"))
    yield from lines
    if lines:
        yield Line("Which pictures these are, and what else there is to know: headway audit PICTURES/")


def title(finding: Finding) -> str:
    """Return a finding's heading on a page."""
    name = finding.check.replace("-", " ").replace("imagenet", "ImageNet")
    return f"{name[0].upper()}{name[1:]} ({SEVERITIES[finding.severity].lower()}, check {finding.number})"


def sentences(finding: Finding) -> str:
    """Say what was found and what to do, as sentences."""
    return " ".join(f"{text[0].upper()}{text[1:]}." for text in words(finding) if text)


def note(suspect: Suspect) -> str:
    """Say of a picture what it is labelled as, what it looks like, and what is proposed.

    Pictures that belong together stand beside each other on a page.
    """
    is_alone = suspect.partner is not None and suspect.group is None
    like = f"like {os.path.basename(suspect.partner or '')}" if is_alone else ""
    proposal = f"{suspect.to}?" if suspect.decision == "relabel" else ""
    return ", ".join(filter(None, (suspect.label, suspect.split, like, proposal)))


def more(count: int) -> str:
    """Say how many pictures are not shown."""
    return f"and {count:,} more" if count > 0 else ""


def pictures(finding: Finding, shown: int, folder: str) -> Iterator[Block]:
    """Yield the first pictures of a finding as a table, and how many more there are.

    Of pictures that belong together, the first is named beside the others. Columns in which all cells are empty are
    left out, and so is the class where the paths begin with it.
    """
    rows = [one for place, one in enumerate(finding.pictures) if not _is_first(finding.pictures, place)][:shown]
    columns: dict[str, list[str]] = {
        "picture": [below(one.file, folder) for one in rows],
        "class": [one.label or "" for one in rows],
        "split": [one.split or "" for one in rows],
        "like": [below(one.partner or "", folder) for one in rows],
        "proposal": [" ".join(filter(None, (one.decision, one.to))) for one in rows],
        _VALUES.get(finding.check, "value"): ["" if one.value is None else f"{one.value:.3g}" for one in rows],
    }
    if all(
        path.startswith(f"{label}{os.sep}") for path, label in zip(columns["picture"], columns["class"], strict=True)
    ):
        del columns["class"]
    used = {name: cells for name, cells in columns.items() if any(cells)}
    has_values = any(one.value is not None for one in rows)
    yield table(used, zip(*used.values(), strict=True), left=len(used) - has_values)
    named = {one.file for one in rows} | {one.partner for one in rows if one.group is not None}
    if finding.count > len(named):
        yield Line(f"  {more(finding.count - len(named))}")


def _is_first(suspects: Sequence[Suspect], place: int) -> bool:
    """Say whether a picture is the first of those that belong together, and another of them stands beside it."""
    one, following = suspects[place], suspects[place + 1 : place + 2]
    begins = place == 0 or suspects[place - 1].group != one.group
    return one.group is not None and begins and any(other.group == one.group for other in following)


def verdict(report: AuditReport) -> Iterator[str]:
    """Say how much was found, and what is worst."""
    serious = [finding for finding in report.findings if finding.severity != "note"]
    yield f"{summary(report)}."
    if unknown := sum(one.needs != "splits" for one in report.unchecked):
        yield f"{plural(unknown, 'check')} cannot tell, as there is too little to go by."
    if not serious:
        yield "Nothing was found that speaks against building a classifier on these pictures."
    yield from map(sentences, serious[:_WORST])
    if len(serious) > _WORST:
        yield f"{len(serious) - _WORST:,} more of these {'is' if len(serious) == _WORST + 1 else 'are'} below."


_NEEDS = {
    "files": "files saved without loss",
    "pictures": "pictures",
    "pictures-per-class": "pictures of each class",
    "pictures-per-part": "pictures of each part",
    "classes": "classes",
    "labels": "labelled pictures",
    "predictions": "pictures that could be predicted",
}


def untold(report: AuditReport) -> Iterator[str]:
    """Say what checks lack; those that lack the same together.

    Of checks of a split that the data does not bring nothing is said, as there is nothing to tell, and nothing of those
    that rest on predictions where these were left out.
    """
    lacking: dict[tuple[str, int, int], list[str]] = {}
    left_out = {"splits"} if report.left_out is None or not report.left_out.checks else {"splits", "predictions"}
    for one in report.unchecked:
        if one.needs not in left_out:
            lacking.setdefault((one.needs, one.least, one.found), []).append(one.check)
    for (needs, least, found), checks in lacking.items():
        yield f"{', '.join(checks)} (at least {least:,} {_NEEDS[needs]} needed, {found:,} found)"


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
