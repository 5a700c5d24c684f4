"""206 copies-across-splits: validation or test images that are identical or near to training images.

What was trained on is tested on, so the score says too much. Headway's own splits cannot part identical files; this is
about the split that the data set brings. Severe wherever it is so.
Evidence: validation, test (images of each part with a copy in training), identical, near (how many of each kind), and
where every image was predicted: accuracy, accuracy_without (of these two parts, with and without such images).
Proposals: to drop them, as what is tested on must be new.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from headway.checks.base import Found, Proposal, TooLittle
from headway.checks.likeness.engine import DOUBTLESS
from headway.splits import TEST, TRAIN, VALIDATION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.checks.context import Context
    from headway.types import IntArray

_MANY = 0.05  # of what is tested on


def run(context: Context) -> Iterator[Found]:
    """Find copies of training images in other parts."""
    if context.part is None or len(np.unique(context.part)) < 2:
        raise TooLittle("splits", 2, 0 if context.part is None else len(np.unique(context.part)))
    partner, identical, doubtless = _partners(context, context.part)
    leaks = np.flatnonzero(partner >= 0)
    if not len(leaks):
        return
    leaks = leaks[np.lexsort((leaks, ~identical[leaks], -context.part[leaks]))]
    evidence: dict[str, float | int | str] = {
        "validation": int((context.part[leaks] == VALIDATION).sum()),
        "test": int((context.part[leaks] == TEST).sum()),
        "identical": int(identical[leaks].sum()),
        "near": int((~identical[leaks]).sum()),
        **_accuracies(context, leaks),
    }
    proposals = [Proposal("drop")] * len(leaks)
    tested = int((context.part != TRAIN).sum())
    grave = bool(identical[leaks].any() or doubtless[leaks].any() or len(leaks) >= _MANY * tested)
    yield Found("severe" if grave else "note", leaks, evidence, partners=partner[leaks].tolist(), proposals=proposals)


def _partners(context: Context, part: IntArray) -> tuple[IntArray, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the training image that each other image is a copy of, -1 for none; whether it is identical; doubtless."""
    near = context.near_copies
    first = near.first
    partner = np.full(len(part), -1, np.int64)
    trained: dict[int, int] = {}
    for row in np.flatnonzero(part == TRAIN).tolist():
        trained.setdefault(int(first[row]), row)
    beside: dict[int, int] = {}
    beyond_doubt: set[int] = set()
    for pair, agreement in zip(near.pairs.tolist(), near.agreements.tolist(), strict=True):
        for one, other in (pair, pair[::-1]):
            if other in trained:
                beside.setdefault(one, trained[other])
                if agreement >= DOUBTLESS:
                    beyond_doubt.add(one)
    identical = np.zeros(len(part), np.bool_)
    for row in np.flatnonzero(part != TRAIN).tolist():
        content = int(first[row])
        identical[row] = content in trained
        partner[row] = trained.get(content, beside.get(content, -1))
    return partner, identical, np.isin(first, list(beyond_doubt))


def _accuracies(context: Context, leaks: IntArray) -> dict[str, float]:
    """Return the accuracy of what is not trained on, with and without copies of what is, by predictions out of fold."""
    predictions = context.predictions
    if predictions is None or context.part is None:
        return {}
    rows = predictions.rows
    right = predictions.probabilities.argmax(axis=1) == context.labels[rows]
    tested = context.part[rows] != TRAIN
    new = tested & ~np.isin(rows, leaks)
    if not new.any():
        return {}
    return {"accuracy": float(right[tested].mean()), "accuracy_without": float(right[new].mean())}
