"""What there is: backbones, and what is kept between runs."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from headway.rendering.blocks import Block, Line, table
from headway.rendering.words import megabytes, plural

if TYPE_CHECKING:
    from headway.facts.catalogue import BackboneEntry, BackbonesReport, CacheReport, Space

_HANDMADE = "pip install 'headway[handmade]'"
_COLUMNS = ("name", "licence", "features", "input", "size", "ImageNet", "here")


def backbones(report: BackbonesReport) -> Iterator[Block]:
    """Yield the backbones to choose from, and how to get those that are not here."""
    yield table(_COLUMNS, map(_row, report.backbones), left=2)
    absent = [entry for entry in report.backbones if not entry.available]
    if networks := [entry.name for entry in absent if entry.kind == "network"]:
        yield Line()
        yield Line(f"Networks not here are converted on first use, or by: headway backbones get {networks[0]}")
        yield Line("That needs PyTorch: pip install 'headway[torch]'")
    if any(entry.kind == "descriptor" for entry in absent):
        yield Line(f"Hand-made descriptors need: {_HANDMADE}")


def fetched(report: BackbonesReport, place: str, options: Sequence[str]) -> Iterator[Block]:
    """Yield a backbone that was asked for: where it is, and by which options it is used."""
    [entry] = report.backbones
    yield table(_COLUMNS, [_row(entry)], left=2)
    yield Line()
    if not entry.available:
        yield Line(f"{entry.title} cannot be computed yet: {_HANDMADE}")
        return
    yield Line(f"{entry.title} is on this machine, {place}.")
    yield Line(f"Use it by: headway fit PICTURES {shlex.join(['--backbone', entry.name, *options])}")


def _row(entry: BackboneEntry) -> list[str]:
    return [
        entry.name,
        entry.licence or "–",
        f"{entry.dim:,}",
        f"{entry.input_size} px",
        f"{entry.parameters / 1e6:.1f} M" if entry.parameters else "",
        f"{100 * entry.imagenet_top1:.1f} %" if entry.imagenet_top1 is not None else "",
        "yes" if entry.available else "no",
    ]


def cache(report: CacheReport) -> Iterator[Block]:
    """Yield what is kept between runs, and how large it is."""
    if report.removed:
        yield Line(f"Removed {plural(report.removed, 'entry', 'entries')}: features, or squares to find copies by")
    yield Line(f"{report.path}: {megabytes(report.bytes)}")
    for area in report.areas.values():
        if area.bytes:
            yield Line(f"{area.path}: {megabytes(area.bytes)}")
    if report.spaces:
        columns = ["backbone", "resize", "precision", "last used", "pictures", "MB"]
        yield table(columns, map(_space, report.spaces), left=4)


def _space(space: Space) -> list[str]:
    backbone, _, rest = space.space.partition(":")
    parts = rest.split("/")
    described = [backbone, parts[2], parts[4]] if len(parts) > 4 else [space.space, "", ""]
    if space.space.startswith("squares-"):
        described = ["squares, to find copies by", "squash", ""]
    return [*described, space.last_used, f"{space.features:,}", f"{space.bytes / 1e6:,.1f}"]
