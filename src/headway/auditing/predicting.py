"""What classifiers that had not seen the images predict for them: what checks of labels rest on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from headway.checks import OutOfFold
from headway.errors import DataError
from headway.search import search
from headway.splits import folds

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.recipe import Recipe
    from headway.types import FloatArray, Progress


def predict_out_of_fold(
    dataset: Dataset, contents: Sequence[bytes], features: FloatArray, recipe: Recipe, progress: Progress
) -> OutOfFold | None:
    """Predict every labelled image by a logistic head that has not seen it; None where that cannot be done.

    Images of one group, and identical ones, are in one fold. Whatever split the data set brings does not matter here.
    """
    labelled = np.flatnonzero(dataset.labels >= 0)
    labels = dataset.labels[labelled]
    if len(np.unique(labels)) < 2:
        return None
    try:
        pairs = folds(
            labels,
            contents=[contents[row] for row in labelled.tolist()],
            groups=None if dataset.groups is None else dataset.groups[labelled],
            n_folds=recipe.folds,
            seed=recipe.seed,
        )
        result = search(
            {"last": features[labelled]},
            labels,
            pairs,
            n_classes=len(dataset.classes),
            head="logistic",
            seed=recipe.seed,
            progress=progress,
        )
    except DataError:  # too few images of a class to hold any out
        return None
    return OutOfFold(labelled[result.rows], result.calibration.probabilities(result.logits))
