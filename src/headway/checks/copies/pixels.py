"""Images whose pixels are the same though the bytes of their files differ."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from headway.checks.copies.listing import together
from headway.checks.likeness.engine import first_of_each

if TYPE_CHECKING:
    from headway.checks.context import Context
    from headway.types import IntArray


def same_pixels(context: Context) -> list[IntArray]:
    """Return sets of images of different content with the same pixels: the first of each content.

    Facts are measured on pixels, so images of the same pixels have the same facts but for how they were stored. Those
    that have are compared by all values of their squares.
    """
    first = first_of_each(context.hashes)
    rows = np.array([row for row in np.unique(first).tolist() if context.facts[row] is not None], np.int64)
    facts = [replace(fact, format=None, mode="") for row in rows.tolist() if (fact := context.facts[row])]
    candidates = [rows[places] for places in together(facts)]
    sets = []
    for some in candidates:
        squares = context.thumbnails(some)
        sets += [some[places] for places in together([square.tobytes() for square in squares])]
    return sets
