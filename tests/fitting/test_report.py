"""The facts of a fit, from what its steps hand on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from headway.facts.scores import FoldScores
from headway.fitting.report import cross_validation
from headway.search import search


def test_the_accuracy_of_each_fold_is_that_of_what_it_held_out() -> None:
    random = np.random.default_rng(0)
    labels = np.arange(40) % 2
    features = (random.standard_normal((40, 5)) + labels[:, None]).astype(np.float32)
    rows = np.arange(40)
    folds = [(rows[rows % 4 != fold], rows[rows % 4 == fold]) for fold in range(4)]
    result = search({"last": features}, labels, folds, n_classes=2, head="centroid")
    expected = []
    for _, held_out in folds:
        places = np.searchsorted(result.rows, held_out)
        expected.append(FoldScores(10, float((result.logits[places].argmax(1) == labels[held_out]).mean())))
    found = cross_validation(result, labels, rows, rows)
    assert found.by_fold == tuple(expected) and len({fold.accuracy for fold in expected}) > 1
    alone = replace(result, fold=np.zeros_like(result.fold))  # the data set's own validation split
    assert cross_validation(alone, labels, rows, rows).by_fold == ()
