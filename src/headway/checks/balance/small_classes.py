"""402 small-classes: classes with too few images to judge how well they are recognised.

Counted are those that a model is judged by: of the test part of a given split, or of validation where there is no test;
otherwise all, of which a cross-validation predicts each once. Of fewer than 15 images, if four of five were recognised,
the 95 % interval of the recall (Wilson) would be 0.4 wide or wider. Evidence: how many ``classes``, their ``names``,
the first of them, the ``part``, the ``pictures`` of the smallest class, and that interval of it, ``low`` to ``high``.
The images are those that were counted, of the smallest class first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from headway.checks.balance.parts import counts_by_part, judged_part
from headway.checks.base import Found
from headway.dataset.names import SPLIT_NAMES, some
from headway.metrics import wilson

if TYPE_CHECKING:
    from headway.checks.context import Context
    from headway.facts.audit import Measure

_FEWEST = 15
_RECOGNISED = 0.8


def run(context: Context) -> Iterator[Found]:
    """Find classes whose recall would be all but unknown."""
    judged = judged_part(context)
    counts = counts_by_part(context)
    own = counts.sum(axis=0) if judged is None else counts[judged]
    by_size = np.argsort(own, kind="stable")
    small = [label for label in by_size.tolist() if 0 < own[label] < _FEWEST]
    if not small:
        return
    place = np.full(context.n_classes + 1, -1)  # the last is that of images without a label
    place[small] = np.arange(len(small))
    of_image = place[context.labels]
    if judged is not None and context.part is not None:
        of_image[context.part != judged] = -1
    rows = np.flatnonzero(of_image >= 0)
    fewest = int(own[small[0]])
    recall = wilson(round(_RECOGNISED * fewest), fewest)
    evidence: dict[str, Measure] = {
        "classes": len(small),
        "names": some([context.data.classes[label] for label in small]),
        "part": "all" if judged is None else SPLIT_NAMES[judged],
        "pictures": fewest,
        "low": recall.low,
        "high": recall.high,
    }
    yield Found("note", rows[np.argsort(of_image[rows], kind="stable")], evidence)
