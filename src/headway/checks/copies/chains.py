"""204 chains: images of which each is near to the next, but not all to all.

Frames of a video, views of a turning thing, slices of one block: no copies, yet taken from one thing, and a split that
parts them says too much. They are not merged with groups of copies. One that the data says is of one group is not
listed: no split of Headway's parts it.
Evidence: chains, share (of all images that are in one). Warning from a fifth of the images on, otherwise a note.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from headway.checks.base import Found, Proposal
from headway.checks.copies.listing import listing, not_grouped, severity

if TYPE_CHECKING:
    from headway.checks.context import Context


def run(context: Context) -> Iterator[Found]:
    """Find chains of images."""
    chains = not_grouped(context, context.near_copies.chains)
    if chains:
        found = listing(chains, lambda number, _: Proposal("group", f"chain {number}"))
        share = len(found.rows) / len(context)
        evidence = {"chains": len(chains), "share": share}
        yield Found(severity(share, near=True), found.rows, evidence, (), found.partners, found.groups, found.proposals)
