"""301 wrong-labels: labels that classifiers which had not seen the images contradict, beyond what their errors explain.

Two things must come together: the image is confidently of another class (`confident`), and its label is more probably
a slip than not (`slips`), by the predictions and the labels of its nearest neighbours (`neighbours`). Identical images
with the same label count once. It is a warning where at least one label in 200 is a slip by strong evidence; otherwise,
where single labels stand out, a note.

Evidence: ``labels`` that were looked at, without copies; ``accuracy`` of the predictions; ``share`` of wrong labels as
estimated, and ``least``, which it is above with 95 %; ``strength`` of the evidence that there are any, in units of χ²;
``doubted``, the labels off the diagonal of the confident joint. Value: the probability that the label is wrong; the
images are in the order of a more cautious one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headway.checks.base import Found, Proposal, TooLittle
from headway.checks.labels.confident import confident_classes
from headway.checks.labels.neighbours import joined
from headway.checks.labels.slips import fit_slips

if TYPE_CHECKING:
    from headway.checks.context import Context
    from headway.types import IntArray

LEAST = 50  # labels, below which nothing can be told
LEAST_OF_CLASS = 5
STRONG = 16.0  # evidence of slips; in the benchmark clean data stays below it
LEAST_SHARE = 0.005  # of slips, for a warning: a single label, however strange, is a note
LIKELY = 0.5  # probability from which on a label is listed


class Distinct(NamedTuple):
    """The predicted images of classes that are large enough; identical ones with the same label once."""

    places: IntArray  # (m,): rows of the predictions, one for each distinct image
    copies: IntArray  # (p,): rows of the predictions, all of them
    of: IntArray  # (p,): which of ``places`` each is identical to


def run(context: Context) -> Iterator[Found]:
    """Find labels that are likely wrong."""
    predictions = context.predictions
    if predictions is None or len(predictions.rows) < LEAST:
        raise TooLittle("predictions", LEAST, 0 if predictions is None else len(predictions.rows))
    distinct = _distinct(context, predictions.rows)
    if len(distinct.places) < LEAST:
        sizes = np.bincount(context.labels[predictions.rows])
        raise TooLittle("pictures-per-class", LEAST_OF_CLASS, int(sizes[sizes > 0].min()))
    rows = predictions.rows[distinct.places]
    labels, predicted = context.labels[rows], predictions.probabilities[distinct.places]
    confident = confident_classes(predicted, labels)
    doubted = (confident >= 0) & (confident != labels)
    probabilities = joined(predicted, context.features, rows, labels, context.seed)
    slips = fit_slips(probabilities, labels)
    wrong = np.where(doubted, slips.probability, 0)[distinct.of]
    listed = np.flatnonzero(wrong > LIKELY)
    listed = listed[np.argsort(-slips.order[distinct.of[listed]], kind="stable")]
    warned = slips.evidence >= STRONG and slips.least >= LEAST_SHARE
    if not len(listed) and not warned:
        return
    better = confident[distinct.of[listed]].tolist()
    yield Found(
        "warning" if warned else "note",
        predictions.rows[distinct.copies[listed]],
        evidence={
            "labels": len(rows),
            "accuracy": float((predicted.argmax(axis=1) == labels).mean()),
            "share": slips.share,
            "least": slips.least,
            "strength": slips.evidence,
            "doubted": int(doubted.sum()),
        },
        values=wrong[listed].tolist(),
        proposals=[Proposal("relabel", context.data.classes[label]) for label in better],
    )


def _distinct(context: Context, rows: IntArray) -> Distinct:
    keys = [
        (context.hashes[row], label) for row, label in zip(rows.tolist(), context.labels[rows].tolist(), strict=True)
    ]
    first: dict[tuple[bytes, int], int] = {}
    for place, key in enumerate(keys):
        first.setdefault(key, place)
    sizes = np.bincount([label for _, label in first], minlength=context.n_classes)
    places = np.array([place for (_, label), place in first.items() if sizes[label] >= LEAST_OF_CLASS], dtype=np.int64)
    copies = np.flatnonzero(sizes[context.labels[rows]] >= LEAST_OF_CLASS)
    of = np.searchsorted(places, [first[keys[place]] for place in copies.tolist()])
    return Distinct(places, copies, of)
