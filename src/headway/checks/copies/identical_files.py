"""201 identical-files: several files of one class with the same bytes.

A copy adds nothing to what is learned, and what it shows weighs twice. Headway's own splits keep identical files on one
side, so a few are good to know; from 2 % of the images on, they are a warning, for others' splits do not.
Evidence: copies (images beyond the first of each content), share (of all images), contents (that stand more than once).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from headway.checks.base import Found
from headway.checks.copies.listing import by_class, drop_all_but_the_first, listing, severity, together

if TYPE_CHECKING:
    from headway.checks.context import Context


def run(context: Context) -> Iterator[Found]:
    """Find files with the same bytes in the same class."""
    sets = by_class(context, together(context.hashes))
    if sets:
        found = listing(sets, lambda _, place: drop_all_but_the_first(place, sure=True))
        copies = len(found.rows) - len(sets)
        share = copies / len(context)
        evidence = {"copies": copies, "share": share, "contents": len(sets)}
        yield Found(severity(share), found.rows, evidence, (), found.partners, found.groups, found.proposals)
