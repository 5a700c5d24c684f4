"""A head learnt on the features of a network, or of hand-made descriptors, that stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from headway import backbones
from headway.errors import UserError
from headway.fitting import summary
from headway.fitting.outcome import Learnt, OutOfFold
from headway.preparation import Preparation
from headway.search import refit, search

if TYPE_CHECKING:
    from pathlib import Path

    from headway.backbones import BackboneInfo
    from headway.embedding import FeatureTable
    from headway.fitting.division import Division
    from headway.fitting.run import Clock
    from headway.heads import DenseHead
    from headway.recipe import Recipe
    from headway.search import SearchResult
    from headway.types import IntArray, Progress

_RAW = ("flat",)  # learnt from as they are, like in the published experiments: a copy would take gigabytes
FEW_PICTURES = 5_000  # up to here the cross-validation that is reported goes over all pictures


def to_keep(info: BackboneInfo, recipe: Recipe) -> tuple[str, ...]:
    """Return the backbone's outputs that are computed and kept for a recipe."""
    return info.depths if recipe.features != "flat" else feature_sets(info, recipe)["flat"]


def feature_sets(info: BackboneInfo, recipe: Recipe) -> dict[str, tuple[str, ...]]:
    """Return the sets of outputs that a recipe lets a head read, the simplest first."""
    if recipe.features == "flat" and "flat" not in info.feature_sets:
        raise UserError(f"{info.name} has no map to flatten: --features last or depths")
    if recipe.features != "auto":
        return {recipe.features: info.feature_sets[recipe.features]}
    sets = {name: outputs for name, outputs in info.feature_sets.items() if name != "flat"}
    # Where all depths are the last, there is nothing to choose.
    return {name: outputs for name, outputs in sets.items() if name == "last" or outputs != sets["last"]}


def preparation(
    info: BackboneInfo, outputs: tuple[str, ...], recipe: Recipe, classes: tuple[str, ...] = ()
) -> Preparation:
    """Return what is fitted on the training pictures before the head, for a set of outputs."""
    starts = np.cumsum([0, *(info.dims[name] for name in outputs)]).tolist()
    local = tuple(
        (start, info.dims[name], info.local[name])
        for name, start in zip(outputs, starts, strict=False)
        if name in info.local
    )
    return Preparation(recipe.select, recipe.select_count, recipe.balance, local, recipe.seed, classes)


def learn(
    division: Division,
    table: FeatureTable,
    info: BackboneInfo,
    recipe: Recipe,
    cache: str | Path | None,
    clock: Clock,
    progress: Progress,
) -> Learnt:
    """Choose and fit a head on features that are at hand."""
    labels, parts, n_classes = division.labels, division.parts, division.n_classes
    sets = feature_sets(info, recipe)
    preparations = {name: preparation(info, outputs, recipe, division.data.classes) for name, outputs in sets.items()}

    def choose(rows: IntArray, divisions: list[tuple[IntArray, IntArray]]) -> SearchResult:
        return search(
            {name: table.read(rows, outputs) for name, outputs in sets.items()},
            labels[rows],
            divisions,
            n_classes=n_classes,
            head=recipe.head,
            preparations=preparations,
            C=recipe.C,
            raw_units=_RAW,
            epochs=recipe.epochs,
            learning_rate=recipe.learning_rate,
            seed=recipe.seed,
            progress=progress,
        )

    with clock("search"):
        divisions = division.folds_of_learnt(recipe)
        scored = result = choose(division.learnt, divisions)
        scored_rows = division.learnt
    if division.data.given is None and len(labels) <= FEW_PICTURES:
        # Few pictures: a test split of a fifth of them says little. The same procedure, cross-validated over all, says
        # more, and learns from as many as the model does. It is a score only: nothing is chosen by it.
        with clock("cross-validation"):
            scored_rows, divisions = np.arange(len(labels)), division.folds_of_all(recipe)
            scored = choose(scored_rows, divisions)
    outputs = sets[result.choice.features]
    history: list[dict[str, Any]] = []
    with clock("refit"):
        head, transform = refit(
            result.choice,
            table.read(division.learnt, outputs),
            labels[division.learnt],
            n_classes=n_classes,
            preparation=preparations[result.choice.features],
            raw_units=result.choice.features in _RAW,
            epochs=recipe.epochs,
            learning_rate=recipe.learning_rate,
            seed=recipe.seed,
            history=history,
        )
    with clock("test"):
        logits = head.logits(transform.apply(table.read(parts.test, outputs)))
    return Learnt(
        info=info,
        network=None if info.kind == "descriptor" else backbones.read(info, cache),
        outputs=outputs,
        precision=table.precision,
        transform=transform,
        head=head,
        temperature=result.temperature,
        test_logits=logits,
        about_features=summary.of_features(table, info, result.choice.features, outputs, transform, recipe.select),
        about_head=summary.of_head(result),
        cross_validation=summary.of_cross_validation(scored, len(divisions)),
        training=summary.of_published(cast("DenseHead", head), info, history) if history else None,
        out_of_fold=OutOfFold(scored_rows[scored.rows], scored.fold, scored.logits / scored.temperature),
    )
