"""404 unequal-classes: the largest class to learn from is over five times as large as the smallest.

A model then leans to the large ones. Counted are training and validation images, or all without a given split.
Evidence: the names of the ``largest`` and the ``smallest`` class, ``largest_count``, ``smallest_count``, and the
``remedy``, ``"undersample"`` or ``"smote"``, as `headway fit` says it, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from headway.checks.balance.parts import counts_by_part
from headway.checks.base import Found
from headway.dataset.names import TEST
from headway.preparation.balance import balancing, unequal_classes

if TYPE_CHECKING:
    from headway.checks.context import Context
    from headway.facts.audit import Measure


def run(context: Context) -> Iterator[Found]:
    """Find classes of very unequal size."""
    counts = counts_by_part(context)[:TEST].sum(axis=0)
    if not counts.any() or (unequal := unequal_classes(counts)) is None:
        return
    largest, smallest = unequal
    evidence: dict[str, Measure] = {
        "largest": context.data.classes[largest],
        "smallest": context.data.classes[smallest],
        "largest_count": int(counts[largest]),
        "smallest_count": int(counts[smallest]),
        "remedy": balancing(int(counts[smallest])),
    }
    yield Found("note", np.empty(0, np.int64), evidence)
