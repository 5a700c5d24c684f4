"""A head on the features of a network, or of hand-made descriptors, that stay as they are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np

from headway import backbones
from headway.errors import blaming
from headway.fitting import report
from headway.fitting.outcome import HeldOut, Job, TrainedClassifier
from headway.preparation import Preparation
from headway.search import refit, search

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.embedding import FeatureTable
    from headway.facts.training import Epoch
    from headway.fitting.division import Division
    from headway.heads import DenseHead, Head
    from headway.preparation import Transform
    from headway.recipe import Recipe
    from headway.search import Choice, SearchResult
    from headway.types import FloatArray, IntArray, Progress

_RAW = ("flat",)  # read as they are, like in the published experiments: a copy would take gigabytes
FEW_IMAGES = 5_000  # up to here the cross-validation that is reported goes over all images


def outputs_to_compute(backbone: BackboneInfo, recipe: Recipe) -> tuple[str, ...]:
    """Return the backbone's outputs that are computed and kept for a recipe."""
    sets = feature_sets(backbone, recipe)
    return backbone.outputs_to_store(list(dict.fromkeys(name for outputs in sets.values() for name in outputs)))


def feature_sets(backbone: BackboneInfo, recipe: Recipe) -> dict[str, tuple[str, ...]]:
    """Return the sets of outputs that a recipe lets a head read, the simplest first."""
    if recipe.features != "auto":
        with blaming("features"):
            return {recipe.features: backbone.outputs_of(recipe.features)}
    sets = {name: outputs for name, outputs in backbone.feature_sets.items() if name != "flat"}
    # Where all depths are the last, there is nothing to choose.
    return {name: outputs for name, outputs in sets.items() if name == "last" or outputs != sets["last"]}


def preparation(
    backbone: BackboneInfo, outputs: tuple[str, ...], recipe: Recipe, classes: tuple[str, ...] = ()
) -> Preparation:
    """Return what is fitted on the training images before the head, for a set of outputs."""
    starts = np.cumsum([0, *(backbone.dims[name] for name in outputs)]).tolist()
    local = tuple(
        (start, backbone.dims[name], backbone.local[name])
        for name, start in zip(outputs, starts, strict=False)
        if name in backbone.local
    )
    return Preparation(recipe.select, recipe.select_count, recipe.balance, local, recipe.seed, classes)


@dataclass(frozen=True, eq=False)
class Heads:
    """Heads on known features, chosen and fitted as a recipe says."""

    division: Division
    table: FeatureTable
    backbone: BackboneInfo
    recipe: Recipe
    progress: Progress

    @cached_property
    def sets(self) -> dict[str, tuple[str, ...]]:
        """The feature sets that a head may read."""
        return feature_sets(self.backbone, self.recipe)

    @property
    def _raw_units(self) -> Collection[str]:
        """The feature sets that are not standardised for logistic regression."""
        return self.sets if self.recipe.solver else _RAW  # scikit-learn's solvers get them as they are

    @cached_property
    def _preparations(self) -> dict[str, Preparation]:
        classes = self.division.data.classes
        return {name: preparation(self.backbone, outputs, self.recipe, classes) for name, outputs in self.sets.items()}

    def choose(self, rows: IntArray, folds: list[tuple[IntArray, IntArray]]) -> SearchResult:
        """Choose features and a head for some images of the division, by folds of these rows."""
        return search(
            {name: self.table.read(rows, outputs) for name, outputs in self.sets.items()},
            self.division.labels[rows],
            folds,
            n_classes=self.division.n_classes,
            head=self.recipe.head,
            preparations=self._preparations,
            C=self.recipe.C,
            raw_units=self._raw_units,
            epochs=self.recipe.epochs,
            learning_rate=self.recipe.learning_rate,
            solver=self.recipe.solver,
            seed=self.recipe.seed,
            progress=self.progress,
        )

    def fit(self, choice: Choice, rows: IntArray, history: list[Epoch] | None = None) -> tuple[Head, Transform]:
        """Fit what was chosen to some images; ``history`` gets the epochs of a published network."""
        return refit(
            choice,
            self.table.read(rows, self.sets[choice.features]),
            self.division.labels[rows],
            n_classes=self.division.n_classes,
            preparation=self._preparations[choice.features],
            raw_units=choice.features in self._raw_units,
            epochs=self.recipe.epochs,
            learning_rate=self.recipe.learning_rate,
            seed=self.recipe.seed,
            history=history,
            progress=self.progress,
        )

    def logits(self, choice: Choice, fitted: tuple[Head, Transform], rows: IntArray) -> FloatArray:
        """Compute the logits of a fitted head for some images."""
        head, transform = fitted
        return head.logits(transform.apply(self.table.read(rows, self.sets[choice.features])))


def train(job: Job, backbone: BackboneInfo) -> TrainedClassifier:
    """Choose a head, fit it to the development images, and predict the test images."""
    division, recipe, clock = job.division, job.recipe, job.clock
    heads = Heads(division, job.table, backbone, recipe, job.session.progress)
    rows = division.development_rows
    with clock("search"):
        folds = division.development_folds(recipe)
        scored = result = heads.choose(rows, folds)
    if len(division.parts.test) and not division.is_given and len(division.labels) <= FEW_IMAGES:
        # Few images: a test split of a fifth of them says little. The same procedure, cross-validated over all, says
        # more, and learns from as many as the model does. It is a score only: nothing is chosen by it.
        with clock("cross-validation"):
            rows, folds = np.arange(len(division.labels)), division.all_folds(recipe)
            scored = heads.choose(rows, folds)
    choice = result.choice
    history: list[Epoch] = []
    with clock("refit"):
        head, transform = fitted = heads.fit(choice, division.development_rows, history)
    with clock("test"):
        test_logits = heads.logits(choice, fitted, division.parts.test)
    outputs = heads.sets[choice.features]
    return TrainedClassifier(
        backbone=backbone,
        network=None if backbone.kind == "descriptor" else backbones.read(backbone, job.session.cache),
        outputs=outputs,
        precision=job.table.precision,
        transform=transform,
        head=head,
        calibration=result.calibration,
        test_logits=test_logits,
        features=report.features(job.table, backbone, choice.features, outputs, transform, recipe.select),
        learned=report.head(result),
        cross_validation=report.cross_validation(scored, division.labels[rows], len(folds)),
        held_out=HeldOut(rows[scored.rows], scored.calibration.logits(scored.logits), scored.fold),
        training=report.published_training(cast("DenseHead", head), backbone, history) if history else None,
    )
