"""A network that is trained: the backbone's last part or all of it, or a small one from random weights."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from headway import backbones, training
from headway.backbones import BackboneInfo
from headway.calibration import fit_calibration
from headway.embedding import embed_images
from headway.evaluation import score
from headway.facts.fit import Head as HeadFacts
from headway.fitting import report
from headway.fitting.frozen import Heads
from headway.fitting.outcome import HeldOut, Job, TrainedClassifier
from headway.model import View, views
from headway.preparation import Transform

if TYPE_CHECKING:
    from headway.embedding import FeatureTable
    from headway.heads import DenseHead, Head
    from headway.recipe import Recipe
    from headway.search import Choice
    from headway.training import FineTunedNetwork, TrainedNetwork
    from headway.types import FloatArray, IntArray

_FOLDS = 3  # for a head that is only a start, or what fine-tuning is compared with
_OUTPUTS = ("head.mean",)


def trains_network(recipe: Recipe) -> bool:
    """Return whether a recipe trains a network."""
    return recipe.finetune != "none" or recipe.scratch != "none"


def without_training(recipe: Recipe) -> Recipe:
    """Return the recipe of the same network, frozen."""
    return replace(recipe, finetune="none", augment=(), tta=False, epochs=0, learning_rate=0.0)


def fine_tune(job: Job, backbone: BackboneInfo) -> FineTunedNetwork:
    """Train the recipe's part of the backbone, starting from a linear probe (Kumar et al. 2022, arXiv 2202.10054)."""
    division, recipe, progress = job.division, job.recipe, job.session.progress
    train, validation = division.training_and_validation(recipe)
    frozen = without_training(recipe)
    linear = Heads(division, job.table, backbone, replace(frozen, features="last", head="logistic"), progress)
    frozen_logits = None
    with job.clock("probe"):
        probes = [cast("DenseHead", _chosen(linear, rows)[1][0]) for rows in (train, division.development_rows)]
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
            head=probes[0],
            development_head=probes[1],
            frozen_logits=frozen_logits,
            part=recipe.finetune,  # type: ignore[arg-type]  # it is not "none"
            settings=training.TrainingSettings.from_recipe(recipe),
            session=job.session,
        )


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
    with job.clock("test"):
        own, _ = _as_used(trained, trained.validation_network, trained.validation_head, name, parameters, recipe)
        validation_logits, table = _predict_logits(job, own, trained.validation_head, validation)
        own, network = _as_used(trained, trained.network, trained.head, name, parameters, recipe)
        test_logits = np.empty((0, division.n_classes), np.float32)
        if len(division.parts.test):
            test_logits, table = _predict_logits(job, own, trained.head, division.parts.test)
    labels = division.labels[validation]
    calibration = fit_calibration(validation_logits, labels)
    scores = score(validation_logits, labels, calibration, division.data.classes, division.majority)
    return TrainedClassifier(
        backbone=own,
        network=network,
        outputs=_OUTPUTS,
        precision=table.precision,
        transform=Transform.identity(),
        head=trained.head,
        calibration=calibration,
        test_logits=test_logits,
        features=report.features(table, own, "last", _OUTPUTS, Transform.identity(), "none"),
        learned=HeadFacts(trained.head.kind, None, calibration.temperature),
        held_out=HeldOut(validation, calibration.logits(validation_logits)),
        training=report.training(trained, parameters, scores, recipe),
    )


def _as_used(
    trained: TrainedNetwork, network: bytes, head: DenseHead, name: str, parameters: int, recipe: Recipe
) -> tuple[BackboneInfo, bytes]:
    """Return a trained network as a backbone, averaging mirrored views where the recipe says so, and its file."""
    network = views(network, _mirrors(recipe), _OUTPUTS) if recipe.tta else network
    own = BackboneInfo.of_model(network, {"head.mean": head.n_features}, trained.image_size)
    return replace(own, name=name, title=name, parameters=parameters), network


def _predict_logits(
    job: Job, backbone: BackboneInfo, head: DenseHead, rows: IntArray
) -> tuple[FloatArray, FeatureTable]:
    table = embed_images(
        replace(job.session, max_bad=0.0),
        job.division.data.subset(rows),
        backbone,
        resize=job.recipe.resize,
        reading=job.recipe.reading,
        precision=job.recipe.precision,
        outputs=_OUTPUTS,
    )
    return head.logits(table.read()), table


def _chosen(heads: Heads, rows: IntArray) -> tuple[Choice, tuple[Head, Transform]]:
    """Choose a head on some of the images, by a short cross-validation, and fit it to them."""
    division = heads.division
    choice = heads.choose(rows, division.folds_of(rows, _FOLDS, heads.recipe.seed)).choice
    return choice, heads.fit(choice, rows)


def _mirrors(recipe: Recipe) -> tuple[View, ...]:
    """Return the views whose features are averaged: those that keep the meaning, as far as the user said."""
    return ("identity", "hflip", "vflip", "hvflip") if "vflip" in recipe.augment else ("identity", "hflip")
