"""What classifiers that had not seen the images predict for them: what checks of labels rest on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headway.checks import OutOfFold
from headway.errors import DataError
from headway.facts.bounds import LeftOut
from headway.search import MOST_CHECKED, plan_predictions, search
from headway.splits import folds

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.recipe import Recipe
    from headway.types import FloatArray, Progress


class Predicted(NamedTuple):
    """What is predicted, and what was left out because of the number of classes; None for nothing."""

    predictions: OutOfFold | None
    left_out: LeftOut | None = None


def predict_out_of_fold(
    dataset: Dataset, contents: Sequence[bytes], features: FloatArray, recipe: Recipe, progress: Progress
) -> Predicted:
    """Predict every labelled image by a linear head that has not seen it; nothing where that cannot be done.

    Images of one group, and identical ones, are in one fold. Whatever split the data set brings does not matter here.
    """
    labelled = np.flatnonzero(dataset.labels >= 0)
    labels, n_classes = dataset.labels[labelled], len(dataset.classes)
    if len(np.unique(labels)) < 2:
        return Predicted(None)
    if n_classes > MOST_CHECKED:
        return Predicted(None, LeftOut(n_classes, checks=True))
    plan = plan_predictions(features.shape[1], n_classes, len(labelled), recipe.folds)
    own = partial(
        search,
        {"last": features[labelled]},
        labels,
        n_classes=n_classes,
        head="logistic",
        seed=recipe.seed,
        progress=progress,
    )
    try:
        pairs = folds(
            labels,
            contents=[contents[row] for row in labelled.tolist()],
            groups=None if dataset.groups is None else dataset.groups[labelled],
            n_folds=recipe.folds,
            seed=recipe.seed,
        )
        result = own(pairs, plan=plan)
    except DataError:  # too few images of a class to hold any out
        return Predicted(None)
    rows, probabilities = result.rows, result.calibration.probabilities(result.logits)
    if plan is None:
        return Predicted(OutOfFold(labelled[rows], probabilities))
    if others := pairs[plan.folds :]:
        C = () if result.choice.C is None else (result.choice.C,)
        other = own(others, C=C, plan=plan.of_folds(len(others)))
        rows = np.concatenate([rows, other.rows])
        probabilities = np.concatenate([probabilities, result.calibration.probabilities(other.logits)])
    order = np.argsort(rows)
    left_out = plan.leaves_out(is_doubtful=result.checked.fact.is_doubtful)
    return Predicted(OutOfFold(labelled[rows[order]], probabilities[order]), left_out)
