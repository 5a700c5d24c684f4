"""From a recipe and a source to a job: the network, what is read of it, and how pictures are read."""

from __future__ import annotations

import itertools
from contextlib import closing
from typing import TYPE_CHECKING

from headway.embedding import find_reading, outputs_to_write
from headway.embedding.compute import arithmetic
from headway.embedding.opening import obtain_backbone
from headway.errors import DataError, PictureError, UserError
from headway.images.depth import is_deep
from headway.images.source import read_once
from headway.ranges import AUTO
from headway.shards.keys import Job
from headway.shards.run import rows_of_a_shard

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.recipe import Recipe
    from headway.session import Session
    from headway.shards.records import Cut
    from headway.types import Picture, Reading

_SAMPLED = 16  # pictures of which the header is read


def outputs_and_rows(session: Session, recipe: Recipe) -> tuple[BackboneInfo, tuple[str, ...], int]:
    """Return the backbone of a recipe, the outputs that it names, and how many pictures of these make a shard."""
    info = obtain_backbone(session, recipe)
    outputs = outputs_to_write(info, recipe.features)
    return info, outputs, rows_of_a_shard(sum(info.dims[name] for name in outputs))


def open_job(session: Session, recipe: Recipe, info: BackboneInfo, outputs: tuple[str, ...], cut: Cut) -> Job:
    """Return what is computed of the pictures of a source."""
    return Job(
        backbone=info,
        outputs=outputs,
        resize=recipe.resize,
        reading=_reading(session, recipe, cut),
        precision=arithmetic(session, info, recipe.precision, recipe.device),
        device=recipe.device,
        grouped=cut.grouped,
        source=cut.source,
        cache=session.cache,
    )


def _reading(session: Session, recipe: Recipe, cut: Cut) -> Reading:
    """Return how pictures are read; files here can be asked for the range of more than 8 bits."""
    if recipe.value_range != AUTO or recipe.decoding == "keras":
        return recipe.reading
    if cut.local is not None:
        return find_reading(session, cut.local, recipe)
    if not cut.readers:
        raise DataError(f"there are no pictures: {cut.source}")
    with closing(cut.readers[0].records()) as records:
        if any(_is_deep(record.picture) for record in itertools.islice(records, _SAMPLED)):
            raise UserError(
                "these pictures have more than 8 bits, and cannot be asked what is black and white in all of them: say "
                "it with --value-range, such as 12 bits, 0,4000, or 16 for what their format says"
            )
    return recipe.reading


def _is_deep(picture: Picture) -> bool:
    try:
        return is_deep(read_once(picture))
    except PictureError:
        return False
