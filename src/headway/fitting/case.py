"""Which of the four cases of transfer learning a fit is, from a sample of the images that it learns from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.transfer.case import classify
from headway.transfer.similarity import measure

if TYPE_CHECKING:
    from headway.embedding import FeatureTable
    from headway.facts.transfer import Case
    from headway.fitting.division import Division
    from headway.recipe import Recipe
    from headway.types import Progress

SAMPLE = 32  # images that are looked at: half a second; with fewer, the shift would be larger than it is


def measure_case(division: Division, table: FeatureTable, recipe: Recipe, progress: Progress) -> Case | None:
    """Return the case; None for fewer training images than a sample takes, or where only features are at hand."""
    rows = division.development_rows
    if division.data.source.layout == "features" or len(rows) < SAMPLE:
        return None
    similarity = measure(
        [division.data.pictures[row] for row in rows.tolist()],
        reading=table.reading,
        most=SAMPLE,
        seed=recipe.seed,
        progress=progress,
    )
    return classify(len(rows), len(np.unique(division.labels[rows])), (), similarity)
