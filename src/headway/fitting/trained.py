"""A network that is trained: the backbone's last part or all of it, or a small one from random weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np

from headway import backbones, training
from headway.backbones import BackboneInfo
from headway.backbones.mirrors import View, views
from headway.calibration import fit_calibration
from headway.embedding import embed_images
from headway.evaluation import score
from headway.facts.fit import Head as HeadFacts
from headway.fitting import report
from headway.fitting.frozen import Heads
from headway.fitting.outcome import HeldOut, Job, TrainedClassifier
from headway.preparation import Transform
from headway.recalibration import Checked, Predictions, check, other_for
from headway.search import Choice
from headway.training.prospects import Rival

if TYPE_CHECKING:
    from headway.embedding import FeatureTable
    from headway.fitting.frozen import Fit
    from headway.heads import Course, DenseHead
    from headway.recipe import Recipe
    from headway.training import FineTunedNetwork, Stage, TrainedNetwork
    from headway.types import FloatArray, IntArray

_FOLDS = 3  # for a head that is only a start, or what fine-tuning is compared with


def without_training(recipe: Recipe) -> Recipe:
    """Return the recipe of the same network, frozen."""
    loss = recipe.loss if recipe.head.startswith("dense") else "cross-entropy"
    how = replace(recipe, epochs=0, learning_rate=0.0, optimizer="auto", loss=loss)
    return replace(how, finetune="none", augment=(), tta=False)


def fine_tune(job: Job, backbone: BackboneInfo) -> tuple[FineTunedNetwork, float | None]:
    """Train the recipe's part of the backbone, from a head on frozen features (Kumar et al. 2022, arXiv 2202.10054).

    The number is the validation loss that a dense head which learnt something is below.
    """
    division, recipe, progress = job.division, job.recipe, job.session.progress
    train, validation = division.training_and_validation(recipe)
    frozen = without_training(recipe)
    start = Heads(division, job.table, backbone, _recipe_of_start(recipe), progress)
    frozen_logits = development_head = None
    with job.clock("probe"):
        (head, _), course = _watched(start, train, validation)
        if recipe.refit:
            development_head = _fitted_to_all(start, course)
        if recipe.finetune == "auto":
            heads = Heads(division, job.table, backbone, frozen, progress)
            frozen_logits = heads.logits(*_chosen(heads, train), validation)
    with job.clock("training"):
        tuned = training.finetune(
            division.data,
            train,
            validation,
            info=backbone,
            network=backbones.read(backbone, job.session.cache),
            head=cast("DenseHead", head),
            development_head=development_head,
            frozen_logits=frozen_logits,
            part=recipe.finetune,  # type: ignore[arg-type]  # it is not "none"
            settings=training.TrainingSettings.from_recipe(recipe),
            session=job.session,
            outputs=backbone.outputs_of(_feature_set(recipe)),
        )
    return tuned, None if course is None else course.frequencies_loss


def _feature_set(recipe: Recipe) -> str:
    """Return the name of what the head reads: what the recipe says, or what suits the way of training.

    A small network has one output, and published programs read the last.
    """
    if recipe.features != "auto":
        return recipe.features
    one = recipe.scratch != "none" or recipe.head == "dense256" or recipe.optimizer not in ("auto", "adamw")
    return "last" if one else "depths"


def _recipe_of_start(recipe: Recipe) -> Recipe:
    """Return the recipe of the head that fine-tuning starts from.

    A dense head learns for as many epochs as fine-tuning then does, as published; where an optimizer is named for that,
    by its own one, without another try at lower rates.
    """
    frozen = replace(without_training(recipe), features=_feature_set(recipe))
    if recipe.head != "dense256":
        return replace(frozen, head="logistic")
    return replace(frozen, epochs=recipe.epochs, optimizer="auto" if recipe.optimizer == "auto" else "sgd")


def _watched(heads: Heads, train: IntArray, validation: IntArray) -> tuple[Fit, Course | None]:
    """Fit the head that fine-tuning starts from; a dense one is watched on the validation images."""
    if heads.recipe.head == "dense256":
        return heads.watch(Choice("dense256", heads.recipe.features), train, validation)
    return _chosen(heads, train)[1], None


def _fitted_to_all(heads: Heads, course: Course | None) -> DenseHead:
    """Fit it to all images that may be learned from, as long as its course took to its best epoch."""
    rows = heads.division.development_rows
    if course is None:
        _, (head, _) = _chosen(heads, rows)
    else:
        head, _ = heads.fit(Choice("dense256", heads.recipe.features), rows, course)
    return cast("DenseHead", head)


def train_from_scratch(job: Job) -> TrainedNetwork:
    """Train the recipe's small network from random weights."""
    recipe = job.recipe
    train, validation = job.division.training_and_validation(recipe)
    with job.clock("training"):
        return training.train_scratch(
            job.division.data,
            train,
            validation,
            architecture=recipe.scratch,
            image_size=recipe.image_size,
            settings=training.TrainingSettings.from_recipe(recipe),
            session=job.session,
        )


def finish(
    job: Job, trained: TrainedNetwork, name: str, parameters: int, frequencies_loss: float | None = None
) -> TrainedClassifier:
    """Calibrate a trained network on the validation part, and predict the test images, as it will be used.

    Where the recipe leaves choices to the measurement, mirrored views are averaged only if they pay.
    """
    division = job.division
    _, validation = division.training_and_validation(job.recipe)
    if job.recipe.tta and job.recipe.finetune == "auto":
        with job.clock("mirrored views"):
            job = _if_mirrors_pay(job, trained, validation)
    recipe = job.recipe

    def used(stage: Stage) -> _Used:
        return _Used.of(job, stage, trained, name, parameters)

    with job.clock("test"):
        watched, final = used(trained.watched), used(trained.final)
        validation_logits, table = watched.logits(validation)
        checked = _calibrate(job, validation, validation_logits)
        calibration = checked.calibration
        test_logits = np.empty((0, division.n_classes), np.float32)
        earlier = last = None
        if len(division.parts.test):
            if trained.repeated:
                earlier, _ = watched.logits(division.parts.test)
            if trained.last is not None:
                last, _ = used(trained.last).logits(division.parts.test)
            test_logits, table = final.logits(division.parts.test)
    scores = score(
        validation_logits, division.labels[validation], calibration, division.data.classes, division.majority
    )
    outputs = tuple(trained.dims)
    return TrainedClassifier(
        backbone=final.backbone,
        network=final.network,
        outputs=outputs,
        precision=table.precision,
        transform=Transform.identity(),
        head=trained.head,
        calibration=calibration,
        test_logits=test_logits,
        features=report.features(table, final.backbone, _feature_set(recipe), outputs, Transform.identity(), "none"),
        learned=HeadFacts(trained.head.kind, None, calibration.temperature, calibration=checked.fact),
        held_out=HeldOut(
            validation, calibration.logits(validation_logits) if checked.logits is None else checked.logits
        ),
        training=report.training(trained, parameters, scores, recipe, frequencies_loss),
        earlier_test_logits=earlier,
        last_test_logits=last,
    )


def _if_mirrors_pay(job: Job, trained: TrainedNetwork, validation: IntArray) -> Job:
    """Return the job with mirrored views averaged or not: by the log-loss of validation images, beyond its error."""
    plain = replace(job, recipe=replace(job.recipe, tta=False))
    without, averaged = (_Used.of(one, trained.watched, trained, "", 0).logits(validation)[0] for one in (plain, job))
    gain, error = Rival(without).gain(averaged, job.division.labels[validation])
    return job if gain > error else plain


def _calibrate(job: Job, validation: IntArray, logits: FloatArray) -> Checked:
    """Fit a calibration to the validation images, and check it; a published recipe keeps its temperature."""
    division, labels = job.division, job.division.labels[validation]
    contents, groups = division.contents[validation], division.groups[validation]
    rows = Predictions.of(logits, labels, contents=contents, groups=groups)
    other = None if job.recipe.is_as_published else other_for("finetuned")
    return check(rows, fit_calibration(logits, labels), other, seed=job.recipe.seed)


@dataclass(frozen=True, eq=False)
class _Used:
    """A network at one point of its training, as it will be used."""

    job: Job
    backbone: BackboneInfo
    network: bytes
    head: DenseHead

    @classmethod
    def of(cls, job: Job, stage: Stage, trained: TrainedNetwork, name: str, parameters: int) -> _Used:
        """Take a network as a backbone, averaging mirrored views where the recipe says so."""
        recipe, dims = job.recipe, trained.dims
        network = views(stage.network, _mirrors(recipe), tuple(dims)) if recipe.tta else stage.network
        own = BackboneInfo.of_model(network, dims, trained.image_size)
        return cls(job, replace(own, name=name, title=name, parameters=parameters), network, stage.head)

    def logits(self, rows: IntArray) -> tuple[FloatArray, FeatureTable]:
        """Compute the logits of some images of the division; return the features that they are made of, too."""
        recipe = self.job.recipe
        table = embed_images(
            replace(self.job.session, max_bad=0.0),
            self.job.division.data.subset(rows),
            self.backbone,
            resize=recipe.resize,
            reading=recipe.reading,
            precision=recipe.precision,
            outputs=tuple(self.backbone.dims),
        )
        return self.head.logits(table.read()), table


def _chosen(heads: Heads, rows: IntArray) -> tuple[Choice, Fit]:
    """Choose a head on some of the images, by a short cross-validation, and fit it to them."""
    division = heads.division
    choice = heads.choose(rows, division.folds_of(rows, _FOLDS, heads.recipe.seed)).choice
    return choice, heads.fit(choice, rows)


def _mirrors(recipe: Recipe) -> tuple[View, ...]:
    """Return the views whose features are averaged: those that keep the meaning, as far as the user said."""
    return ("identity", "hflip", "vflip", "hvflip") if "vflip" in recipe.augment else ("identity", "hflip")
