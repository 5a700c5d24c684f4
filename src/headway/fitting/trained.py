"""A network that is trained: the backbone's last part or all of it, or a small one from random weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np

from headway import backbones, training
from headway.backbones import BackboneInfo
from headway.calibration import fit_calibration
from headway.embedding import embed_images
from headway.evaluation import score
from headway.facts.fit import Head as HeadFacts
from headway.facts.scores import PartScores
from headway.fitting import report
from headway.fitting.frozen import Heads
from headway.fitting.outcome import HeldOut, Job, TrainedClassifier
from headway.model import View, views
from headway.preparation import Transform
from headway.search import Choice
from headway.splits import folds

if TYPE_CHECKING:
    from headway.embedding import FeatureTable
    from headway.heads import DenseHead, Head
    from headway.recipe import Recipe
    from headway.training import FineTunedNetwork, Stage, TrainedNetwork
    from headway.types import FloatArray, IntArray

_FOLDS = 3  # for a head that is only a start, or what fine-tuning is compared with


def trains_network(recipe: Recipe) -> bool:
    """Return whether a recipe trains a network."""
    return recipe.finetune != "none" or recipe.scratch != "none"


def without_training(recipe: Recipe) -> Recipe:
    """Return the recipe of the same network, frozen."""
    loss = recipe.loss if recipe.head.startswith("dense") else "cross-entropy"
    how = replace(recipe, epochs=0, learning_rate=0.0, optimizer="auto", loss=loss)
    return replace(how, finetune="none", augment=(), tta=False)


def fine_tune(job: Job, backbone: BackboneInfo) -> FineTunedNetwork:
    """Train the recipe's part of the backbone, from a head on frozen features (Kumar et al. 2022, arXiv 2202.10054)."""
    division, recipe, progress = job.division, job.recipe, job.session.progress
    train, validation = division.training_and_validation(recipe)
    frozen = without_training(recipe)
    start = Heads(division, job.table, backbone, _recipe_of_start(recipe), progress)
    frozen_logits = development_head = None
    with job.clock("probe"):
        head = _fitted(start, train)
        if recipe.refit:
            development_head = _fitted(start, division.development_rows)
        if recipe.finetune == "auto":
            heads = Heads(division, job.table, backbone, frozen, progress)
            frozen_logits = heads.logits(*_chosen(heads, train), validation)
    with job.clock("training"):
        return training.finetune(
            division.data,
            train,
            validation,
            info=backbone,
            network=backbones.read(backbone, job.session.cache),
            head=head,
            development_head=development_head,
            frozen_logits=frozen_logits,
            part=recipe.finetune,  # type: ignore[arg-type]  # it is not "none"
            settings=training.TrainingSettings.from_recipe(recipe),
            session=job.session,
            output=_output(recipe),
        )


def _feature_set(recipe: Recipe) -> str:
    """Return the name of what the head reads."""
    return "flat" if recipe.features == "flat" else "last"


def _output(recipe: Recipe) -> str:
    """Return the output of the network that this is."""
    return "flat" if recipe.features == "flat" else "head.mean"


def _recipe_of_start(recipe: Recipe) -> Recipe:
    """Return the recipe of the head that fine-tuning starts from.

    A dense head learns for as many epochs as fine-tuning then does, as published, and at the rate of its own.
    """
    frozen = replace(without_training(recipe), features=_feature_set(recipe))  # type: ignore[arg-type]
    return replace(frozen, epochs=recipe.epochs) if recipe.head == "dense256" else replace(frozen, head="logistic")


def _fitted(heads: Heads, rows: IntArray) -> DenseHead:
    """Fit the head that fine-tuning starts from to some of the images."""
    if heads.recipe.head == "dense256":
        fitted, _ = heads.fit(Choice("dense256", heads.recipe.features), rows)
    else:
        _, (fitted, _) = _chosen(heads, rows)
    return cast("DenseHead", fitted)


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


def finish(job: Job, trained: TrainedNetwork, name: str, parameters: int) -> TrainedClassifier:
    """Calibrate a trained network on the validation part, and predict the test images, as it will be used."""
    division, recipe = job.division, job.recipe
    _, validation = division.training_and_validation(recipe)

    def used(stage: Stage) -> _Used:
        return _Used.of(job, stage, trained.image_size, name, parameters)

    with job.clock("test"):
        watched, final = used(trained.watched), used(trained.final)
        validation_logits, table = watched.logits(validation)
        calibration = fit_calibration(validation_logits, division.labels[validation])
        test_logits, last = np.empty((0, division.n_classes), np.float32), None
        if len(division.parts.test):
            test_logits, table = final.logits(division.parts.test)
            last = None if trained.last is None else used(trained.last).test()
    scores = score(
        validation_logits, division.labels[validation], calibration, division.data.classes, division.majority
    )
    outputs = (_output(recipe),)
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
        learned=HeadFacts(trained.head.kind, None, calibration.temperature),
        held_out=HeldOut(validation, calibration.logits(validation_logits)),
        training=report.training(trained, parameters, scores, recipe),
        last_epoch=last,
    )


@dataclass(frozen=True, eq=False)
class _Used:
    """A network at one point of its training, as it will be used."""

    job: Job
    backbone: BackboneInfo
    network: bytes
    head: DenseHead

    @classmethod
    def of(cls, job: Job, stage: Stage, image_size: int, name: str, parameters: int) -> _Used:
        """Take a network as a backbone, averaging mirrored views where the recipe says so."""
        recipe, output = job.recipe, _output(job.recipe)
        network = views(stage.network, _mirrors(recipe), (output,)) if recipe.tta else stage.network
        own = BackboneInfo.of_model(network, {output: stage.head.n_features}, image_size)
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
            outputs=(_output(recipe),),
        )
        return self.head.logits(table.read()), table

    def test(self) -> PartScores:
        """Score it on the test images, calibrated on the validation part."""
        division = self.job.division
        _, validation = division.training_and_validation(self.job.recipe)
        calibration = fit_calibration(self.logits(validation)[0], division.labels[validation])
        test = division.parts.test
        logits, _ = self.logits(test)
        return PartScores.of(
            score(logits, division.labels[test], calibration, division.data.classes, division.majority)
        )


def _chosen(heads: Heads, rows: IntArray) -> tuple[Choice, tuple[Head, Transform]]:
    """Choose a head on some of the images, by a short cross-validation, and fit it to them."""
    division = heads.division
    pairs = folds(division.labels[rows], groups=division.groups[rows], n_folds=_FOLDS, seed=heads.recipe.seed)
    choice = heads.choose(rows, pairs).choice
    return choice, heads.fit(choice, rows)


def _mirrors(recipe: Recipe) -> tuple[View, ...]:
    """Return the views whose features are averaged: those that keep the meaning, as far as the user said."""
    return ("identity", "hflip", "vflip", "hvflip") if "vflip" in recipe.augment else ("identity", "hflip")
