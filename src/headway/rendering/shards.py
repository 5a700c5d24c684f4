"""What ``headway embed DATA -o DEST/`` computed, in lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from headway.rendering import data as wording
from headway.rendering import reading
from headway.rendering.blocks import Block, Line
from headway.rendering.words import megabytes, plural

if TYPE_CHECKING:
    from headway.facts.shards import ShardsReport


def embedded(report: ShardsReport) -> Iterator[Block]:
    """Yield what was computed, and where it is."""
    if report.dataset is not None:
        yield from reading.source(report.dataset)
    else:
        yield Line(report.source)
    rate = f" ({report.images_per_s:,.0f} a second)" if report.images_per_s else ""
    known = report.shards - report.shards_computed
    yield Line(
        f"{plural(report.computed, 'picture')} computed{rate} in {plural(report.shards_computed, 'shard')}, "
        f"{plural(known, 'shard')} known"
    )
    yield from reading.value_range(report.value_range, settable=True)
    if report.skipped:
        yield Line(f"Skipped: {wording.skipped(report.skipped)}")
    if report.unreadable:
        yield Line(
            f"{plural(report.unreadable, 'picture')} could not be read: names and reasons are in "
            f"{report.place.rstrip('/')}/unreadable-….parquet"
        )
    labels = f", {plural(report.classes, 'class', 'classes')}" if report.classes else ", without labels"
    yield Line(
        f"{report.place}: {plural(report.n, 'picture')}{labels}, {plural(report.shards, 'file')} "
        f"({megabytes(report.bytes)})"
    )
