"""A head on the features of a network, or of hand-made descriptors, that stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias, cast

import numpy as np

from headway import backbones
from headway.errors import blaming
from headway.fitting import report
from headway.fitting.outcome import HeldOut, Job, TrainedClassifier
from headway.heads import DenseSettings
from headway.preparation import Preparation
from headway.rendering import bounds
from headway.rendering.training import learns_again
from headway.search import kinds_of, plan, refit, search

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.embedding import FeatureTable
    from headway.fitting.division import Division
    from headway.heads import Course, DenseHead, Head
    from headway.preparation import Transform
    from headway.recipe import Recipe
    from headway.search import Choice, Plan, SearchResult
    from headway.types import FloatArray, IntArray, Progress

    Fit: TypeAlias = tuple[Head, Transform]

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


def plan_search(
    dims: Mapping[str, int],
    sets: Mapping[str, Sequence[str]],
    recipe: Recipe,
    n_classes: int,
    n: int,
    n_folds: int,
    *,
    measured: bool = False,
) -> Plan | None:
    """Say what of a search over ``n`` images is left out because of the number of classes; None for nothing.

    ``sets`` are outputs of a backbone, which has so many ``dims`` of each.
    """
    if recipe.solver:
        return None  # published searches are whole
    widths = {name: sum(dims[output] for output in outputs) for name, outputs in sets.items()}
    return plan(widths, kinds_of(recipe.head), n_classes, n, n_folds, C=recipe.C, measured=measured)


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
    def measured(self) -> bool:
        """Whether it was looked at what a search takes, and there is time for it."""
        return False

    @property
    def _raw_units(self) -> Collection[str]:
        """The feature sets that are not standardised for logistic regression."""
        return self.sets if self.recipe.solver else _RAW  # scikit-learn's solvers get them as they are

    @cached_property
    def _preparations(self) -> dict[str, Preparation]:
        classes = self.division.data.classes
        return {name: preparation(self.backbone, outputs, self.recipe, classes) for name, outputs in self.sets.items()}

    @cached_property
    def _dense(self) -> DenseSettings:
        recipe = self.recipe
        return DenseSettings(recipe.epochs, recipe.learning_rate, recipe.optimizer, recipe.loss)

    def choose(self, rows: IntArray, folds: list[tuple[IntArray, IntArray]], *, watches: bool = False) -> SearchResult:
        """Choose features and a head for some images of the division, by folds of these rows.

        With ``watches``, what a fold holds out chooses the epoch of a published network, too.
        """
        plan = self.plan(len(rows), len(folds))
        names = self.sets if plan is None else (plan.features,)
        return search(
            {name: self.table.read(rows, self.sets[name]) for name in names},
            self.division.labels[rows],
            folds,
            n_classes=self.division.n_classes,
            head=self.recipe.head,
            preparations=self._preparations,
            C=self.recipe.C,
            raw_units=self._raw_units,
            dense=self._dense,
            watches=watches,
            solver=self.recipe.solver,
            iterations=self.recipe.epochs,
            **self.division.ties(rows, self.recipe),
            seed=self.recipe.seed,
            plan=plan,
            recalibrates=not self.recipe.is_as_published,
            progress=self.progress,
        )

    def plan(self, n: int, n_folds: int) -> Plan | None:
        """Say what of a search over ``n`` images is left out because of the number of classes; None for nothing."""
        n_classes, dims = self.division.n_classes, self.backbone.dims
        return plan_search(dims, self.sets, self.recipe, n_classes, n, n_folds, measured=self.measured)

    def watch(self, choice: Choice, rows: IntArray, watched: IntArray) -> tuple[Fit, Course | None]:
        """Fit what was chosen to some images; others choose the epoch of a published network, whose course comes, too.

        Other heads have no epochs to choose from.
        """
        if not choice.head.startswith("dense"):
            return self.fit(choice, rows), None
        courses: list[Course] = []
        validation = self.table.read(watched, self.sets[choice.features]), self.division.labels[watched]
        return self._fit(choice, rows, self._dense, validation, courses.append), courses[0]

    def fit(self, choice: Choice, rows: IntArray, course: Course | None = None) -> Fit:
        """Fit what was chosen to some images; a published network as long as its ``course`` took to its best epoch."""
        dense = self._dense
        if course is not None:
            rate = course.history[-1].learning_rate
            dense = replace(dense, epochs=course.best, learning_rate=rate, keep="last")
        return self._fit(choice, rows, dense)

    def _fit(
        self,
        choice: Choice,
        rows: IntArray,
        dense: DenseSettings,
        watched: tuple[FloatArray, IntArray] | None = None,
        tell: Callable[[Course], None] | None = None,
    ) -> Fit:
        return refit(
            choice,
            self.table.read(rows, self.sets[choice.features]),
            self.division.labels[rows],
            n_classes=self.division.n_classes,
            preparation=self._preparations[choice.features],
            raw_units=choice.features in self._raw_units,
            dense=dense,
            watched=watched,
            iterations=self.recipe.epochs,
            seed=self.recipe.seed,
            tell=tell,
            progress=self.progress,
        )

    def logits(self, choice: Choice, fitted: Fit, rows: IntArray) -> FloatArray:
        """Compute the logits of a fitted head for some images."""
        head, transform = fitted
        return head.logits(transform.apply(self.table.read(rows, self.sets[choice.features])))


class Reader(NamedTuple):
    """What a head reads: outputs of a backbone, in a table."""

    backbone: BackboneInfo
    table: FeatureTable
    outputs: tuple[str, ...]


class Climbing(Protocol):
    """Tries more than the recipe says; `headway.fitting.ladder.Climb` documents the members."""

    heads: Heads

    def choose(self, rows: IntArray, folds: list[tuple[IntArray, IntArray]], *, watches: bool) -> SearchResult:
        """Choose among all that there is time for; ``heads`` are on that from then on."""

    def reader(self, features: str) -> Reader:
        """Return what a feature set of these heads is."""


def is_scored_over_all(division: Division) -> bool:
    """Say whether images are so few that a test split of a fifth of them says little.

    The same procedure, cross-validated over all, says more, and learns from as many as the model does. It is a score
    only: nothing is chosen by it.
    """
    return len(division.parts.test) > 0 and not division.is_given and len(division.labels) <= FEW_IMAGES


def train(job: Job, backbone: BackboneInfo, climb: Climbing | None = None) -> TrainedClassifier:
    """Choose a head, fit it to the development images, and predict the test images."""
    division, recipe, clock = job.division, job.recipe, job.clock
    heads = Heads(division, job.table, backbone, recipe, job.session.progress)
    rows, folds = division.development_rows, division.development_folds(recipe)
    foreseen = heads.plan(len(rows), len(folds))
    if foreseen is not None and foreseen.needed is not None and foreseen.needed.is_much:
        job.session.progress.note(bounds.needed(recipe.head, foreseen.needed, division.n_classes))
    with clock("search"):
        choose = heads.choose if climb is None else climb.choose
        scored = result = choose(rows, folds, watches=len(division.parts.validation) > 0)
    heads = heads if climb is None else climb.heads
    narrowed = heads.plan(len(rows), len(folds))
    left_out = None if narrowed is None else narrowed.leaves_out(is_doubtful=result.checked.fact.is_doubtful)
    if is_scored_over_all(division):
        if left_out is None or narrowed is None or narrowed.twice:
            with clock("cross-validation"):
                rows, folds = np.arange(len(division.labels)), division.all_folds(recipe)
                scored = heads.choose(rows, folds)
        else:
            left_out = replace(left_out, over_all=True)
    choice = result.choice
    (head, transform), test_logits, earlier_logits, course = _learn(job, heads, choice)
    own = Reader(backbone, job.table, heads.sets[choice.features])
    backbone, table, outputs = own if climb is None else climb.reader(choice.features)
    return TrainedClassifier(
        backbone=backbone,
        network=None if backbone.kind == "descriptor" else backbones.read(backbone, job.session.cache),
        outputs=outputs,
        precision=table.precision,
        transform=transform,
        head=head,
        calibration=result.calibration,
        test_logits=test_logits,
        earlier_test_logits=earlier_logits,
        features=report.features(table, backbone, choice.features, outputs, transform, recipe.select),
        learned=report.head(result, left_out),
        cross_validation=report.cross_validation(
            scored, division.labels[rows], division.contents[rows], division.groups[rows]
        ),
        held_out=HeldOut(rows[scored.rows], scored.calibrated, scored.fold),
        training=None if course is None else report.published_training(cast("DenseHead", head), backbone, course),
    )


def _learn(job: Job, heads: Heads, choice: Choice) -> tuple[Fit, FloatArray, FloatArray | None, Course | None]:
    """Fit what was chosen: to the training images, watched on the validation images, and then to both, if it is to be.

    Returns the head, its logits of the test images, those of the one that was watched where another came after it, and
    how that went.
    """
    division, recipe, clock = job.division, job.recipe, job.clock
    has_epochs, test = choice.head.startswith("dense"), division.parts.test
    train, validation = division.parts.train, division.parts.validation
    if has_epochs:
        train, validation = division.training_and_validation(recipe)
    earlier_logits = course = None
    if len(validation) and (has_epochs or not recipe.refit or len(test)):
        with clock("training"):
            fitted, course = heads.watch(choice, train, validation)
            logits = heads.logits(choice, fitted, test)
        if not recipe.refit:
            return fitted, logits, None, course
        earlier_logits = logits if len(test) else None
    with clock("refit"):
        if course is not None:
            job.session.progress.note(learns_again(course.best))
        fitted = heads.fit(choice, division.development_rows, course)
    with clock("test"):
        return fitted, heads.logits(choice, fitted, test), earlier_logits, course
