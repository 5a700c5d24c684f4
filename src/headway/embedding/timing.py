"""How quickly features are computed here."""

from __future__ import annotations

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


def measure_rate(session: Session, pictures: Sequence[Picture], info: BackboneInfo, recipe: Recipe, most: int) -> float:
    """Return images per second: compute the features of some images anew, after one that is not counted.

    The first one warms up. ``recipe`` says how images are read, and where and in which arithmetic the network runs.
    """
    precision = recipe.precision
    if precision == "auto":
        precision = "bf16" if recipe.device == "cuda" else backbones.best_precision()
    engine = backbones.open_engine(info, info.depths, precision, session, device=recipe.device)
    rows = np.linspace(0, len(pictures) - 1, min(most, len(pictures))).astype(np.int64).tolist()
    session.progress.start("timing features", None)
    for chosen in (rows[:1], rows):
        start = time.perf_counter()
        images = (pictures[row] for row in chosen)
        for _ in stream(images, lambda: engine, size=info.input_size, resize=recipe.resize, reading=recipe.reading):
            session.progress.advance(0)
    return len(rows) / (time.perf_counter() - start)


def rate_of_all(table: FeatureTable) -> float:
    """Return images per second as the features of a table were computed; infinity where most were known.

    A few images may be smaller than the others: what those took that were all computed says more of the next pass.
    """
    return table.images_per_s if table.images_per_s and table.computed > table.cached else np.inf
