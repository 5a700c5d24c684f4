"""103 blank: images in which nothing is to be seen.

As good as all pixels of one are the same, as of a blank scan or a failed export: nothing can be learned from it.
Evidence: none. Value: the contrast, from 0 to 127.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from headway.checks.base import Found, Proposal

if TYPE_CHECKING:
    from headway.checks.context import Context


def run(context: Context) -> Iterator[Found]:
    """Find images of one colour."""
    blank = [(row, fact.contrast) for row, fact in enumerate(context.facts) if fact and fact.is_of_one_colour]
    if blank:
        rows, contrasts = zip(*blank, strict=True)
        proposals = [Proposal("drop", sure=True)] * len(rows)
        yield Found("warning", np.array(rows), values=contrasts, proposals=proposals)
