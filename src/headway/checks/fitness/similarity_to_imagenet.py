"""501 similarity-to-imagenet: how similar the images are to those that the network was pretrained on.

Measured on a sample (`headway.transfer.similarity`); with the number of images of each class it says which of the four
cases of transfer learning this is. Only ever a note. Evidence: ``similarity``, ``shift`` and ``peakedness``, of how
many ``pictures``, and whether they are ``similar``; with labels the number of the ``case``, from 1 to 4, and
``per_class``, the images of a class to learn from.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from headway.checks.base import Found, TooLittle
from headway.dataset.names import TEST
from headway.transfer.case import classify
from headway.transfer.similarity import measure

if TYPE_CHECKING:
    from headway.checks.context import Context
    from headway.facts.audit import Measure

_LEAST = 32  # images: with fewer, the shift would be larger than it is
_MOST = 128


def run(context: Context) -> Iterator[Found]:
    """Measure the similarity of images to learn from."""
    rows = np.arange(len(context)) if context.part is None else np.flatnonzero(context.part != TEST)
    if len(rows) < _LEAST:
        raise TooLittle("pictures", _LEAST, len(rows))
    pictures = [context.data.pictures[row] for row in rows.tolist()]
    similarity = measure(pictures, reading=context.reading, most=_MOST, seed=context.seed, progress=context.quiet)
    evidence: dict[str, Measure] = {
        "similarity": similarity.similarity,
        "shift": similarity.shift,
        "peakedness": similarity.peakedness,
        "pictures": similarity.pictures,
        "similar": int(similarity.similar),  # in the schema, evidence is numbers and texts
    }
    labels = context.labels[rows]
    if len(classes := np.unique(labels[labels >= 0])):
        case = classify(int((labels >= 0).sum()), len(classes), (), similarity)
        evidence |= {"case": case.number, "per_class": round(case.train / case.classes)}
    yield Found("note", np.empty(0, np.int64), evidence)
