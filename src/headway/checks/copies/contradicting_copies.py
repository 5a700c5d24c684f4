"""205 contradicting-copies: identical or near images with different labels.

Of identical ones at least one label is wrong: severe. Of near ones that may be so: they are a warning where at least
one pair is so near that it can be nothing but a copy, and otherwise a note.
Evidence: kind ("identical" or "near"), sets (contents with several labels, or pairs).
Value of near ones: none. Identical ones are proposed to be dropped, all of them: a person decides which label holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from headway.checks.base import Found, Proposal
from headway.checks.copies.listing import listing, together
from headway.checks.copies.pixels import same_pixels
from headway.checks.likeness.engine import DOUBTLESS

if TYPE_CHECKING:
    from headway.checks.context import Context
    from headway.facts.audit import Severity
    from headway.types import IntArray


def run(context: Context) -> Iterator[Found]:
    """Find copies whose labels differ."""
    labels, near = context.labels, context.near_copies
    whole = [near.with_identical(near.first[rows]) for rows in same_pixels(context)]
    inside = {int(row) for rows in whole for row in rows}
    sets = [*whole, *(rows for rows in together(context.hashes) if int(rows[0]) not in inside)]
    identical = [rows for rows in sets if _differ(labels[rows])]
    if identical:
        found = listing(identical, lambda *_: Proposal("drop"))
        evidence: dict[str, float | int | str] = {"kind": "identical", "sets": len(identical)}
        yield Found("severe", found.rows, evidence, (), found.partners, found.groups, found.proposals)
    known = {int(row) for rows in identical for row in rows}
    differ = np.array([_differ(labels[pair]) and not known >= set(pair.tolist()) for pair in near.pairs], np.bool_)
    pairs = near.pairs[differ]
    if len(pairs):
        severity: Severity = "warning" if near.agreements[differ].max() >= DOUBTLESS else "note"
        found = listing(list(pairs), lambda *_: None)
        yield Found(severity, found.rows, {"kind": "near", "sets": len(pairs)}, (), found.partners, found.groups)


def _differ(labels: IntArray) -> bool:
    return len(np.unique(labels[labels >= 0])) > 1
