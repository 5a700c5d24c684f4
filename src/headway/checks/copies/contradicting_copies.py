"""205 contradicting-copies: identical or near images with different labels.

Of identical ones at least one label is wrong: severe. Of near ones that may be so: they are a warning where at least
one pair is so near that it can be nothing but a copy, and otherwise a note.
Evidence: kind ("identical" or "near"), sets (contents with several labels, or pairs).
Value of near ones: none. Of identical ones those are proposed to be dropped whose label is less probable, by what a
classifier predicts that has not seen them; without predictions, none is: a person decides which label holds.
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
    from numpy.typing import NDArray

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
        likely = {int(row) for rows in identical for row in rows[_likely(context, rows)]}
        found = listing(identical, lambda *_: None)
        proposals = [None if row in likely else Proposal("drop") for row in found.rows.tolist()]
        evidence: dict[str, float | int | str] = {"kind": "identical", "sets": len(identical)}
        yield Found("severe", found.rows, evidence, (), found.partners, found.groups, proposals)
    known = {int(row) for rows in identical for row in rows}
    differ = np.array([_differ(labels[pair]) and not known >= set(pair.tolist()) for pair in near.pairs], np.bool_)
    pairs = near.pairs[differ]
    if len(pairs):
        severity: Severity = "warning" if near.agreements[differ].max() >= DOUBTLESS else "note"
        found = listing(list(pairs), lambda *_: None)
        yield Found(severity, found.rows, {"kind": "near", "sets": len(pairs)}, (), found.partners, found.groups)


def _likely(context: Context, rows: IntArray) -> NDArray[np.bool_]:
    """Say which of some identical images have the most probable of their labels; all where nothing is predicted."""
    predictions, labels = context.predictions, context.labels[rows]
    inside = np.flatnonzero(np.isin(predictions.rows, rows)) if predictions is not None else np.empty(0, np.int64)
    if predictions is None or not len(inside):
        return np.ones(len(rows), np.bool_)
    probable = predictions.probabilities[inside].mean(axis=0)
    own = np.where(labels >= 0, probable[labels], -1.0)
    likely: NDArray[np.bool_] = own == own.max()
    return likely


def _differ(labels: IntArray) -> bool:
    return len(np.unique(labels[labels >= 0])) > 1
