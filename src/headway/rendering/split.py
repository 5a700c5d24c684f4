"""How pictures were divided, and where they are now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from headway.rendering import data as wording
from headway.rendering import reading, scores
from headway.rendering.blocks import Block, Line

if TYPE_CHECKING:
    from headway.facts.documents import SplitReport

_WRITTEN = {"copies": "Copied to", "links": "Linked in", "table": "Written to"}


def split(report: SplitReport) -> Iterator[Block]:
    """Yield what was read, how many pictures of each class are in each part, and where."""
    yield from reading.source(report.source)
    if report.skipped:
        yield Line(f"Skipped: {wording.skipped(report.skipped)}")
    yield from scores.quarantined(report.quarantined)
    if report.grouped:
        yield Line(f"Groups and identical files are kept whole{wording.uneven(report.uneven)}")
    yield wording.class_counts(report.counts)
    totals = ", ".join(f"{sum(counts.values()):,} {part}" for part, counts in report.counts.items())
    yield Line(f"{_WRITTEN[report.written]} {report.target}: {totals}, seed {report.seed}")
