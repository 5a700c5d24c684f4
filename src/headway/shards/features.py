"""A feature data set, for commands that read features of pictures and files of features, too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from headway.embedding import is_features_file
from headway.embedding.opening import OpenedFeatures, opened_from
from headway.shards.manifest import is_feature_dataset
from headway.shards.reading import read_feature_dataset

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.recipe import Recipe
    from headway.session import Session


def holds_features(data: object) -> bool:
    """Say whether this is a file of features or a feature data set, rather than pictures."""
    return is_features_file(data) or is_feature_dataset(data)


def open_feature_dataset(
    session: Session, path: str | Path, recipe: Recipe, check: Callable[[Dataset], None]
) -> OpenedFeatures:
    """Do what `headway.embedding.open_features` does with a file of features."""
    dataset, table = read_feature_dataset(path, session.cache)
    return opened_from(session, dataset, table, recipe, check)
