"""What is to be written to a file: which features, with changed copies of pictures or without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.embedding.compute import embed_images
from headway.embedding.copies import Copies, with_copies
from headway.errors import UserError, blaming
from headway.store import MOST_NUMBERS

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.dataset import Dataset
    from headway.embedding.opening import OpenedFeatures
    from headway.embedding.table import FeatureTable
    from headway.recipe import Recipe
    from headway.session import Session


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
    if copies.count * sum(table.dims.values()) > MOST_NUMBERS:
        raise UserError(
            f"the copies of a picture may have {MOST_NUMBERS:,} features together, and {copies.count} of "
            f"{sum(table.dims.values()):,} each have more: take fewer --copies, or --features last"
        )

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
