"""Hand-made descriptors, tried as one would by hand: each alone, all together, and one beside the other.

Forward selection begins with the descriptor that cross-validates best, and adds the one that helps most until none
does. It sees training and validation images only, so the test of what it chose is fair.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from headway.backbones import handmade
from headway.comparison.methods import DEFAULT, method
from headway.embedding import open_features
from headway.facts.descriptors import DescriptorSelection, DescriptorStep
from headway.fitting.frozen import preparation
from headway.recipe import Recipe
from headway.search import search
from headway.types import Silent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headway.fitting.division import Division
    from headway.recipes import NamedRecipe
    from headway.session import Session
    from headway.types import FloatArray, IntArray

CHOSEN = "chosen"  # name of the recipe that reads what was chosen
_SINGLE = tuple(name for name in handmade.NAMES if name != handmade.ALL)

DESCRIPTORS: tuple[NamedRecipe, ...] = (
    *(one for one in DEFAULT if one.name in ("majority", "frozen-logistic")),
    *(method(name, f"{handmade.title(name)}, logistic regression", Recipe(backbone=name, head="logistic"))
      for name in _SINGLE),
    method(handmade.ALL, "all hand-made descriptors, logistic regression",
           Recipe(backbone=handmade.ALL, head="logistic")),
)  # fmt: skip
"""What is compared with ``--descriptors``, and beside it what the selection chose."""


def of_selection(selection: DescriptorSelection) -> NamedRecipe | None:
    """Return the recipe that reads what was chosen; None where the list has it already."""
    if selection.recipe != CHOSEN:
        return None
    names = "+".join(selection.chosen)
    return method(CHOSEN, f"{names}, chosen by forward selection", Recipe(backbone=names, head="logistic"))


def select(session: Session, division: Division, common: Recipe) -> DescriptorSelection | None:
    """Choose descriptors one after the other, of those whose libraries are installed; None where there are none.

    ``common`` says how pictures are read, and which folds there are. Visual words are learned once, from all of these
    images and without their labels.
    """
    features = {
        name: _features(session, division, replace(common, backbone=name, head="logistic"))
        for name in filter(handmade.is_available, _SINGLE)
    }
    return forward(session, features, division, common) if features else None


def _features(session: Session, division: Division, recipe: Recipe) -> FloatArray:
    """Return the features of one descriptor, (n, d), bags of local ones as visual words."""
    opened = open_features(session, division.data, recipe)
    rows = division.development_rows
    info = opened.backbone
    features = opened.table.read(rows)
    prepared = preparation(info, info.depths, recipe).fit(features, division.labels[rows], division.n_classes)
    return prepared.transform.apply(features)


def forward(
    session: Session, features: Mapping[str, FloatArray], division: Division, common: Recipe
) -> DescriptorSelection:
    """Add the descriptor with the least cross-validated log-loss, until there is none that lowers it."""
    rows = division.development_rows
    folds = division.development_folds(common)
    steps: list[DescriptorStep] = []
    chosen: list[str] = []
    tried = 0
    session.progress.start("choosing descriptors")
    while len(chosen) < len(features):
        candidates = []
        for name in features.keys() - set(chosen):
            joined = np.hstack([features[each] for each in (*chosen, name)])
            candidates.append(_step(name, joined, division, folds, common))
            session.progress.advance()
        tried += len(candidates)
        best = min(candidates, key=lambda step: (step.log_loss, step.added))
        steps.append(best)
        if len(steps) > 1 and best.log_loss >= steps[-2].log_loss:
            break
        chosen.append(best.added)
    ordered = tuple(name for name in features if name in chosen)  # as the name of the joined descriptors has them
    recipe = ordered[0] if len(ordered) == 1 else handmade.ALL if len(ordered) == len(_SINGLE) else CHOSEN
    return DescriptorSelection(tuple(steps), ordered, recipe, tried, len(rows))


def _step(
    name: str, features: FloatArray, division: Division, folds: Sequence[tuple[IntArray, IntArray]], common: Recipe
) -> DescriptorStep:
    score = search(
        {"joined": features},
        division.labels[division.development_rows],
        folds,
        n_classes=division.n_classes,
        head="logistic",
        **division.ties(division.development_rows, common),
        seed=common.seed,
        progress=Silent(),
    ).score
    return DescriptorStep(name, features.shape[1], score.accuracy, score.low, score.high, score.log_loss)
