"""A feature data set, for commands that read features of pictures and files of features, too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from headway.embedding import is_features_file
from headway.embedding.opening import OpenedFeatures, opened_from
from headway.errors import UserError
from headway.shards.manifest import is_feature_dataset, read_manifest
from headway.shards.reading import read_feature_dataset
from headway.shards.storage import is_address, open_place

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.recipe import Recipe
    from headway.session import Session


def holds_features(data: object) -> bool:
    """Say whether this is a file of features or a feature data set, rather than pictures."""
    return is_features_file(data) or is_feature_dataset(data)


def check_address(path: object) -> None:
    """Refuse an address that is none of a feature data set, or that cannot be asked."""
    if not is_address(path):
        return
    place = open_place(str(path))
    for _ in place.list():  # which tells of a missing bucket, and of missing credentials
        break
    raise UserError(
        f"{place} is no feature data set, and pictures in object storage are not read here: `headway embed {place} -o "
        "DEST/` computes their features first"
    )


def check_named(path: str | Path, backbone: str) -> None:
    """Refuse a feature data set of another network than the one that was named.

    That of the default, too, which a recipe has whether it was named or not, so that a fit cannot tell. Nothing is said
    of a single file of features.
    """
    if not is_feature_dataset(path):
        return
    found = str(read_manifest(path).about.get("backbone"))
    if not found.startswith(backbone):  # of another size, say, it has more behind it
        raise UserError(
            f"--backbone {backbone} does not fit {path}, which holds features of {found}: leave --backbone out, or "
            "compute them with it into another place"
        )


def open_feature_dataset(
    session: Session, path: str | Path, recipe: Recipe, check: Callable[[Dataset], None]
) -> OpenedFeatures:
    """Do what `headway.embedding.open_features` does with a file of features."""
    dataset, table = read_feature_dataset(path, session.cache)
    return opened_from(session, dataset, table, recipe, check)
