"""Features to a file: which of them, with changed copies or without, and in which format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from headway.embedding.arrays import check_arrays_target, write_arrays
from headway.embedding.compute import embed_images
from headway.embedding.copies import Copies, with_copies
from headway.embedding.parquet import check_parquet_target, write_parquet
from headway.errors import OutputError, blaming

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.dataset import Dataset
    from headway.embedding.opening import OpenedFeatures
    from headway.embedding.table import FeatureTable
    from headway.recipe import Recipe
    from headway.session import Session

_WRITERS = {
    ".parquet": (check_parquet_target, write_parquet),
    ".npy": (check_arrays_target, write_arrays),
    ".npz": (check_arrays_target, write_arrays),
}


def outputs_to_write(info: BackboneInfo, features: str) -> tuple[str, ...]:
    """Return the outputs that a name of features means for a file: ``"all"`` is all that there are.

    Examples
    --------
    >>> from headway.backbones import find
    >>> len(outputs_to_write(find("tiny"), "auto")), len(outputs_to_write(find("tiny"), "all"))
    (3, 5)
    """
    if features == "all":
        return tuple(info.dims)
    with blaming("features"):
        return info.outputs_of("depths" if features == "auto" else features)


def rows_to_write(
    session: Session, opened: OpenedFeatures, recipe: Recipe, copies: Copies | None = None
) -> tuple[Dataset, FeatureTable]:
    """Return the pictures and the features that a recipe names; with ``copies``, changed ones of training pictures.

    The store keeps these, too. A data set without a split is divided as `headway.fit` would divide it.
    """
    names = outputs_to_write(opened.backbone, recipe.features)
    table = opened.table.only(names)
    if copies is None:
        return opened.dataset, table

    def embed(pictures: Dataset) -> FeatureTable:
        return embed_images(
            session,
            pictures,
            opened.backbone,
            resize=table.resize,
            reading=table.reading,
            precision=table.precision,
            outputs=names,
            device=recipe.device,
            copies=copies,
        )

    return with_copies(opened.dataset, table, recipe, copies, embed)


def check_features_target(path: Path) -> None:
    """Refuse a path to which `write_features` would not write; it is for before the features are computed."""
    if path.suffix.lower() not in _WRITERS:
        raise OutputError(f"the name of a file of features must end in {', '.join(_WRITERS)}, not as {path.name} does")
    check, _ = _WRITERS[path.suffix.lower()]
    check(path)


def write_features(path: Path, dataset: Dataset, table: FeatureTable) -> list[Path]:
    """Write features in the format that the name ends in, a few rows at a time; return all files that were written.

    An older file of features is replaced, any other file is not (`OutputError`); symbolic links are followed.
    """
    check_features_target(path)
    _, write = _WRITERS[path.suffix.lower()]
    return write(path, dataset, table)
