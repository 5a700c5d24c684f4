"""A head learnt on the features of a network, or of hand-made descriptors, that stay as they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
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
    from headway.heads import DenseHead, Head
    from headway.preparation import Transform
    from headway.recipe import Recipe
    from headway.search import Choice, SearchResult
    from headway.types import FloatArray, IntArray, Progress

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


@dataclass(frozen=True, eq=False)
class Heads:
    """Heads on features that are at hand, chosen and fitted as a recipe says."""

    division: Division
    table: FeatureTable
    info: BackboneInfo
    recipe: Recipe
    progress: Progress

    @cached_property
    def sets(self) -> dict[str, tuple[str, ...]]:
        """What a head may read."""
        return feature_sets(self.info, self.recipe)

    @cached_property
    def _preparations(self) -> dict[str, Preparation]:
        classes = self.division.data.classes
        return {name: preparation(self.info, outputs, self.recipe, classes) for name, outputs in self.sets.items()}

    def choose(self, rows: IntArray, divisions: list[tuple[IntArray, IntArray]]) -> SearchResult:
        """Choose features and a head for some pictures of the division, by folds of these rows."""
        return search(
            {name: self.table.read(rows, outputs) for name, outputs in self.sets.items()},
            self.division.labels[rows],
            divisions,
            n_classes=self.division.n_classes,
            head=self.recipe.head,
            preparations=self._preparations,
            C=self.recipe.C,
            raw_units=_RAW,
            epochs=self.recipe.epochs,
            learning_rate=self.recipe.learning_rate,
            seed=self.recipe.seed,
            progress=self.progress,
        )

    def fit(
        self, choice: Choice, rows: IntArray, history: list[dict[str, Any]] | None = None
    ) -> tuple[Head, Transform]:
        """Fit what was chosen to some pictures; ``history`` gets the epochs of a published network."""
        return refit(
            choice,
            self.table.read(rows, self.sets[choice.features]),
            self.division.labels[rows],
            n_classes=self.division.n_classes,
            preparation=self._preparations[choice.features],
            raw_units=choice.features in _RAW,
            epochs=self.recipe.epochs,
            learning_rate=self.recipe.learning_rate,
            seed=self.recipe.seed,
            history=history,
        )

    def logits(self, choice: Choice, fitted: tuple[Head, Transform], rows: IntArray) -> FloatArray:
        """Compute what a fitted head says of some pictures."""
        head, transform = fitted
        return head.logits(transform.apply(self.table.read(rows, self.sets[choice.features])))


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
    heads = Heads(division, table, info, recipe, progress)
    with clock("search"):
        divisions = division.folds_of_learnt(recipe)
        scored = result = heads.choose(division.learnt, divisions)
        scored_rows = division.learnt
    if division.data.given is None and len(division.labels) <= FEW_PICTURES:
        # Few pictures: a test split of a fifth of them says little. The same procedure, cross-validated over all, says
        # more, and learns from as many as the model does. It is a score only: nothing is chosen by it.
        with clock("cross-validation"):
            scored_rows, divisions = np.arange(len(division.labels)), division.folds_of_all(recipe)
            scored = heads.choose(scored_rows, divisions)
    choice = result.choice
    history: list[dict[str, Any]] = []
    with clock("refit"):
        head, transform = fitted = heads.fit(choice, division.learnt, history)
    with clock("test"):
        logits = heads.logits(choice, fitted, division.parts.test)
    outputs = heads.sets[choice.features]
    return Learnt(
        info=info,
        network=None if info.kind == "descriptor" else backbones.read(info, cache),
        outputs=outputs,
        precision=table.precision,
        transform=transform,
        head=head,
        temperature=result.temperature,
        test_logits=logits,
        about_features=summary.of_features(table, info, choice.features, outputs, transform, recipe.select),
        about_head=summary.of_head(result),
        cross_validation=summary.of_cross_validation(scored, len(divisions)),
        training=summary.of_published(cast("DenseHead", head), info, history) if history else None,
        out_of_fold=OutOfFold(scored_rows[scored.rows], scored.fold, scored.logits / scored.temperature),
    )
