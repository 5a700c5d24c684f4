"""What checks found in the data, with the pictures that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from headway.rendering import findings as wording
from headway.rendering.blocks import Caution, Heading, Line
from headway.reporting.parts import Gallery, Part, Section

if TYPE_CHECKING:
    from headway.facts.audit import Finding
    from headway.reporting.pictures import Pictures


def section(findings: Sequence[Finding], pictures: Pictures | None) -> Iterator[Section]:
    """Yield what was found, the severe first; nothing where nothing was."""
    if findings:
        yield Section("findings", "What to know about the data", tuple(parts(findings, pictures)))


def parts(findings: Iterable[Finding], pictures: Pictures | None) -> Iterator[Part]:
    """Yield each finding, and the pictures of it that are at hand."""
    for number, finding in enumerate(findings):
        yield Heading(wording.title(finding))
        text = wording.sentences(finding)
        yield Caution(text) if finding.severity == "severe" else Line(text)
        positions = () if pictures is None else pictures.suspects[number]
        if pictures is None or not positions or not (pictures.has_names or pictures.thumbnails):
            continue
        shown = tuple(
            pictures.shown(position, wording.note(suspect))
            for position, suspect in zip(positions, finding.pictures, strict=False)
        )
        yield Gallery(shown, wording.more(finding.count - len(shown)))
