"""202 identical-pixels: several files of one class that differ in their bytes, and show the same pixels.

As files do that were saved again without loss, or got other metadata. Candidates are near copies and images with the
same facts; squares of 64 pixels must be the same in every value, and so must width and height. A
detail smaller than that may differ, so to drop them is proposed and not decided.
Evidence: copies (images beyond the first of each), share (of all images).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from headway.checks.base import Found
from headway.checks.copies.listing import by_class, drop_all_but_the_first, listing, severity
from headway.checks.copies.pixels import same_pixels

if TYPE_CHECKING:
    from headway.checks.context import Context


def run(context: Context) -> Iterator[Found]:
    """Find files of the same class with the same pixels but other bytes."""
    sets = by_class(context, same_pixels(context))
    if sets:
        found = listing(sets, lambda _, place: drop_all_but_the_first(place, sure=False))
        copies = len(found.rows) - len(sets)
        share = copies / len(context)
        evidence = {"copies": copies, "share": share}
        yield Found(severity(share), found.rows, evidence, (), found.partners, found.groups, found.proposals)
