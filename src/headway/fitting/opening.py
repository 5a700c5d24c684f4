"""What a fit learns from: pictures, a file of features, or a feature data set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from headway.embedding import open_features
from headway.fitting import frozen, refusals
from headway.shards import is_feature_dataset, open_feature_dataset

if TYPE_CHECKING:
    from headway.clock import Clock
    from headway.dataset import Dataset
    from headway.embedding import OpenedFeatures
    from headway.recipe import Recipe
    from headway.session import Session


def open_job_features(
    session: Session,
    data: Dataset | str | Path | Sequence[str | Path],
    recipe: Recipe,
    clock: Clock,
    check: Callable[[Dataset], None],
    *,
    with_case: bool,
) -> OpenedFeatures:
    """Return the features that a recipe needs; ``check`` refuses a data set before they are computed."""
    if isinstance(data, str | Path) and is_feature_dataset(data):
        with clock("features"):
            return open_feature_dataset(session, data, recipe, check)
    # In this order: the backbone, check_backbone, the images, check, the features of outputs.
    return open_features(
        session,
        data,
        recipe,
        check=check,
        check_backbone=partial(refusals.check_backbone, session, recipe),
        outputs=partial(frozen.outputs_to_compute, recipe=recipe),
        with_squares=with_case,
        clock=clock,
    )
