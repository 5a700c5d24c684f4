"""401 class-missing: classes that a part of a given split has no images of.

What is missing in training cannot be learned, and counts as wrong in the score: severe. What is missing in validation
or test is not judged: a warning. Evidence: ``part``, how many ``classes`` are missing in it, and their ``names``, the
first of them. The images are those of a class that is missing in training.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from headway.checks.balance.parts import counts_by_part
from headway.checks.base import Found
from headway.dataset.names import SPLIT_NAMES, TRAIN, some

if TYPE_CHECKING:
    from headway.checks.context import Context


def run(context: Context) -> Iterator[Found]:
    """Find classes that are missing in a part which has others."""
    if context.part is None:
        return
    counts = counts_by_part(context)
    for part, own in enumerate(counts):
        missing = np.flatnonzero((own == 0) & counts.any(axis=0))
        if not own.any() or not len(missing):
            continue
        names = some([context.data.classes[label] for label in missing.tolist()])
        unlearned = np.isin(context.labels, missing) if part == TRAIN else np.zeros(len(context), np.bool_)
        yield Found(
            "severe" if part == TRAIN else "warning",
            np.flatnonzero(unlearned),
            {"part": SPLIT_NAMES[part], "classes": len(missing), "names": names},
        )
