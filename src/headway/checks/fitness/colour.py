"""503 colour: colours alone predict the class nearly as well as the network.

A logistic regression learns from a histogram of 64 colours of small squares of up to 1,000 images, and predicts each
in a cross-validation. Found where it reaches four fifths of what the network gains over the largest class, on the same
images, and is ahead of that class beyond chance: by the permutation test that exchanges, image by image, which of both
is right, which is McNemar's exact test. A note: fruits do differ by colour.

Evidence: the accuracies of ``colour``, of the ``network`` and of the largest class, ``majority``; ``p``; of how many
``pictures``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from headway.checks.base import Found, TooLittle
from headway.errors import DataError
from headway.metrics import mcnemar
from headway.preparation.association import sample_rows
from headway.search import search
from headway.splits import folds, merge_groups

if TYPE_CHECKING:
    from headway.checks.context import Context
    from headway.types import FloatArray, IntArray, UInt8Array

_LEAST = 50
_MOST = 1_000
_NEARLY = 0.8  # of what the network gains over the largest class
_CHANCE = 0.01
_LEVELS = 4  # of each channel
_AT_ONCE = 250


def run(context: Context) -> Iterator[Found]:
    """Compare a classifier that sees nothing but colours with the network."""
    out_of_fold = context.predictions
    found = 0 if out_of_fold is None else len(out_of_fold.rows)
    if out_of_fold is None or found < _LEAST:
        raise TooLittle("predictions", _LEAST, found)
    drawn = sample_rows(found, _MOST, np.random.default_rng(context.seed))
    rows = out_of_fold.rows[drawn]
    labels = context.labels[rows]
    predicted = _predict(context, rows, labels)
    if predicted is None:
        raise TooLittle("predictions", _LEAST, 0)
    held_out, by_colour = predicted
    truth = labels[held_out]
    by_network = out_of_fold.probabilities[drawn[held_out]].argmax(axis=1) == truth
    by_majority = truth == np.bincount(truth).argmax()
    right = by_colour == truth
    p = mcnemar(int((right & ~by_majority).sum()), int((by_majority & ~right).sum())).exact
    colour, network, majority = (float(one.mean()) for one in (right, by_network, by_majority))
    if colour > majority and p < _CHANCE and colour - majority >= _NEARLY * (network - majority):
        evidence = {"colour": colour, "network": network, "majority": majority, "p": p, "pictures": len(truth)}
        yield Found("note", np.empty(0, np.int64), evidence)


def _predict(context: Context, rows: IntArray, labels: IntArray) -> tuple[IntArray, IntArray] | None:
    """Return which of ``rows`` could be held out, and the classes that their colours suggest."""
    hashes = [context.hashes[row] for row in rows.tolist()]
    groups = None if context.data.groups is None else context.data.groups[rows]
    try:
        pairs = folds(labels, contents=hashes, groups=merge_groups(hashes, groups), seed=context.seed)
        colours = {"colour": _colours(context, rows)}
        result = search(
            colours,
            labels,
            pairs,
            n_classes=context.n_classes,
            head="logistic",
            seed=context.seed,
            progress=context.quiet,
        )
    except DataError:  # too few of a class to hold any out
        return None
    return result.rows, result.logits.argmax(axis=1)


def _colours(context: Context, rows: IntArray) -> FloatArray:
    """Return the square roots of the shares of colours, float32 (m, 64): of shares, few large ones would decide."""
    parts = [_histograms(context.thumbnails(rows[start : start + _AT_ONCE])) for start in range(0, len(rows), _AT_ONCE)]
    return np.sqrt(np.concatenate(parts))


def _histograms(squares: UInt8Array) -> FloatArray:
    size = _LEVELS**3
    level = (squares // (256 // _LEVELS)).astype(np.int64)
    colour = (level[..., 0] * _LEVELS + level[..., 1]) * _LEVELS + level[..., 2]
    of_image = np.arange(len(squares))[:, None, None] * size
    counts = np.bincount((of_image + colour).ravel(), minlength=len(squares) * size).reshape(-1, size)
    shares: FloatArray = (counts / counts.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares
