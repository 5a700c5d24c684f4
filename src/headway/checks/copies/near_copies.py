"""203 near-copies: images of one class that show the same, though not pixel by pixel.

Saved again with loss, resized, cropped by a tenth, mirrored, made brighter or darker; or taken a moment apart. Where
one is trained on and another tested on, the score says too much: they belong on one side of a split, as a group.
What the data says is of one group is not listed: no split of Headway's parts it.
Every pair in a group is near. How they are found: `headway.checks.likeness.engine`.
Evidence: groups, share (of all images that are in one), crowded (images with so many near copies that
further ones may have been left out; only where there are any). Warning from a fifth of the images on, otherwise a note.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from headway.checks.base import Found, Proposal
from headway.checks.copies.listing import by_class, listing, not_grouped, severity
from headway.checks.copies.pixels import same_pixels

if TYPE_CHECKING:
    from headway.checks.context import Context


def run(context: Context) -> Iterator[Found]:
    """Find groups of near copies within classes."""
    same = {tuple(rows.tolist()) for rows in same_pixels(context)}
    near = [rows for rows in context.near_copies.groups if tuple(rows.tolist()) not in same]
    sets = not_grouped(context, by_class(context, near))
    if sets:
        found = listing(sets, lambda number, _: Proposal("group", f"copies {number}"))
        share = len(found.rows) / len(context)
        evidence = {"groups": len(sets), "share": share}
        if context.near_copies.crowded:
            evidence["crowded"] = context.near_copies.crowded
        yield Found(severity(share, near=True), found.rows, evidence, (), found.partners, found.groups, found.proposals)
