"""How quickly features are computed here."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from headway import backbones
from headway.pipeline import stream

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.embedding.table import FeatureTable
    from headway.recipe import Recipe
    from headway.session import Session
    from headway.types import Picture

_LOOKED_AT = 200  # images whose files' sizes are compared


def measure_rate(session: Session, pictures: Sequence[Picture], info: BackboneInfo, recipe: Recipe, most: int) -> float:
    """Return images per second: compute the features of some ordinary images anew, after one that is not counted.

    The first one warms up. ``recipe`` says how images are read, and where and in which arithmetic the network runs.
    """
    precision = recipe.precision
    if precision == "auto":
        precision = "bf16" if recipe.device == "cuda" else backbones.best_precision()
    engine = backbones.open_engine(info, info.depths, precision, session, device=recipe.device)
    some = _ordinary(pictures, most)
    session.progress.start("timing features", None)
    for chosen in (some[:1], some):
        start = time.perf_counter()
        for _ in stream(chosen, lambda: engine, size=info.input_size, resize=recipe.resize, reading=recipe.reading):
            session.progress.advance(0)
    return len(some) / (time.perf_counter() - start)


def _ordinary(pictures: Sequence[Picture], most: int) -> list[Picture]:
    """Return some whose files are of middling size: one huge picture among a dozen would say too much of all."""
    rows = np.linspace(0, len(pictures) - 1, min(_LOOKED_AT, len(pictures))).astype(np.int64).tolist()
    by_size = sorted((pictures[row] for row in rows), key=_size)
    start = max(0, (len(by_size) - most) // 2)
    return by_size[start : start + most]


def _size(picture: Picture) -> int:
    try:
        return os.stat(picture).st_size if isinstance(picture, str | os.PathLike) else 0
    except (OSError, ValueError):
        return 0


def rate_of_all(table: FeatureTable) -> float:
    """Return images per second as the features of a table were computed; infinity where most were known.

    A few images may be smaller than the others: what those took that were all computed says more of the next pass.
    """
    return table.images_per_s if table.images_per_s and table.computed > table.cached else np.inf
