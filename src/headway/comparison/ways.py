"""What a comparison leaves for later fits of the same data: how each pretrained network did, image by image."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from headway.comparison.methods import fit_command
from headway.facts.comparison import PRETRAINED_FAMILIES
from headway.fitting.alternatives import Way, pack
from headway.fitting.cache import recipe_key

if TYPE_CHECKING:
    from headway.comparison.ranking import Ran
    from headway.fitting.division import Division
    from headway.recipes import NamedRecipe


def measured_ways(finished: Iterable[Ran], named: Mapping[str, NamedRecipe], division: Division) -> list[Way]:
    """Return the pretrained networks among the recipes that ran; ``named`` are these as the user gave them."""
    ways, truth = [], division.labels[division.parts.test]
    for ran in finished:
        recipe, outcome = ran.method.recipe, ran.outcome
        if outcome.family in PRETRAINED_FAMILIES:
            ways.append(
                Way(
                    key=recipe_key(recipe),
                    recipe=ran.method.name,
                    backbone=outcome.backbone,
                    parameters=outcome.parameters,
                    tuned=outcome.family in ("tuned-part", "tuned-whole"),
                    reading=(tuple(recipe.bands), recipe.value_range),
                    as_one=division.counts_as_one(recipe),
                    accuracy=outcome.test.accuracy,
                    low=outcome.test.low,
                    high=outcome.test.high,
                    right=pack(np.asarray(outcome.predicted) == truth),
                    seconds=ran.feature_s + outcome.fit_s,
                    command=fit_command(recipe, "PICTURES/", named[ran.method.name]),
                )
            )
    return ways
