"""Images whose pixels are the same though the bytes of their files differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from headway.checks.copies.listing import together
from headway.checks.likeness.engine import first_of_each
from headway.checks.likeness.remembering import name_of_sets, recall_sets, remember_sets

if TYPE_CHECKING:
    from headway.checks.context import Context
    from headway.facts.images import ImageFacts
    from headway.types import IntArray


def same_pixels(context: Context) -> list[IntArray]:
    """Return sets of images of different content with the same pixels: the first of each content.

    Facts are measured on pixels, so images of the same pixels have the same facts but for how they were stored. Those
    that have are compared by all values of their squares; the answer is kept.
    """
    first = first_of_each(context.hashes)
    rows = np.array([row for row in np.unique(first).tolist() if context.facts[row] is not None], np.int64)
    facts = [_measured(fact) for row in rows.tolist() if (fact := context.facts[row])]
    candidates = [rows[places] for places in together(facts)]
    if context.memory is None:
        return _compared(context, candidates)
    name = name_of_sets(context.hashes, candidates, context.reading.name)
    known = recall_sets(context.memory, name, len(context))
    if known is None:
        known = _compared(context, candidates)
        remember_sets(context.memory, name, known)
    return known


def _compared(context: Context, candidates: Sequence[IntArray]) -> list[IntArray]:
    sets = []
    for some in candidates:
        squares = context.thumbnails(some)
        sets += [some[places] for places in together([square.tobytes() for square in squares])]
    return sets


def _measured(fact: ImageFacts) -> tuple[float, ...]:
    levels = fact.brightness, fact.contrast, fact.sharpness
    return fact.width, fact.height, *levels, fact.n_colours, fact.perceptual_hash
