"""A network that is trained: the backbone's last part or all of it, or a small one from random weights."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from headway import backbones, training
from headway.backbones import BackboneInfo
from headway.calibration import fit_temperature
from headway.embedding import embed
from headway.evaluation import score
from headway.fitting import frozen, summary
from headway.fitting.outcome import Learnt
from headway.model import View, views
from headway.preparation import Transform
from headway.splits import folds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from headway.embedding import FeatureTable
    from headway.fitting.division import Division
    from headway.fitting.run import Clock
    from headway.heads import DenseHead, Head
    from headway.recipe import Recipe
    from headway.search import Choice
    from headway.store import Store
    from headway.training import ScratchResult, Tuned
    from headway.types import FloatArray, IntArray, Progress


_FOLDS = 3  # for a head that is only a start, or a rival


def trains(recipe: Recipe) -> bool:
    """Say whether a recipe trains a network."""
    return recipe.finetune != "none" or recipe.scratch != "none"


def learn(
    division: Division,
    table: FeatureTable,
    info: BackboneInfo,
    recipe: Recipe,
    store: Store,
    cache: str | Path | None,
    clock: Clock,
    progress: Progress,
) -> Learnt:
    """Train a network on the training pictures, watched by a validation part of them, and test it as it is shipped."""
    train, validation = division.held_back(recipe)
    tuned: Tuned | ScratchResult
    tried = None
    if recipe.scratch != "none":
        with clock("training"):
            tuned = grown = _from_scratch(division, train, validation, recipe, cache, progress)
        watched = grown.network, grown.head
        name, size, parameters = f"{recipe.scratch} from scratch", grown.image_size, grown.parameters
    else:
        still = replace(recipe, finetune="none", augment=(), tta=False, epochs=0, learning_rate=0.0)
        # The linear heads that training starts from (Kumar et al. 2022, arXiv 2202.10054).
        linear = frozen.Heads(division, table, info, replace(still, features="last", head="logistic"), progress)
        rival = None
        with clock("probe"):
            probes = [cast("DenseHead", _chosen(linear, rows)[1][0]) for rows in (train, division.learnt)]
            if recipe.finetune == "auto":
                frozen_heads = frozen.Heads(division, table, info, still, progress)
                rival = frozen_heads.logits(*_chosen(frozen_heads, train), validation)
        with clock("training"):
            tuned = changed = _fine_tuned(division, train, validation, info, probes, rival, recipe, cache, progress)
        if recipe.finetune == "auto":
            tried = summary.of_trial(changed)
            if not changed.better:
                progress.note(tried["verdict"])
                return replace(frozen.learn(division, table, info, still, cache, clock, progress), tried=tried)
        watched = changed.watched
        name, size, parameters = f"{info.name} fine-tuned ({tuned.part})", info.input_size, info.parameters
    outputs = ("head.mean",)

    def shipped(network: bytes, head: DenseHead) -> tuple[BackboneInfo, bytes]:
        network = views(network, _mirrors(recipe), outputs) if recipe.tta else network
        own = BackboneInfo.of_model(network, {"head.mean": head.n_features}, size)
        return replace(own, name=name, title=name, parameters=parameters), network

    def said(own: BackboneInfo, head: DenseHead, rows: IntArray) -> tuple[FloatArray, FeatureTable]:
        features = embed(
            division.data.subset(rows),
            own,
            resize=table.resize,
            precision=recipe.precision,
            outputs=outputs,
            store=store,
            max_bad=0.0,
            progress=progress,
        )
        return head.logits(features.read()), features

    with clock("test"):
        watching, _ = said(shipped(*watched)[0], watched[1], validation)
        own, network = shipped(tuned.network, tuned.head)
        tested, features = said(own, tuned.head, division.parts.test)
    temperature = fit_temperature(watching, division.labels[validation])
    scores = score(watching, division.labels[validation], temperature, division.data.classes, division.majority)
    return Learnt(
        info=own,
        network=network,
        outputs=outputs,
        precision=features.precision,
        transform=Transform.identity(),
        head=tuned.head,
        temperature=temperature,
        test_logits=tested,
        about_features=summary.of_features(features, own, "last", outputs, Transform.identity(), "none"),
        about_head={"kind": tuned.head.kind, "features": "last", "settings": {}, "temperature": temperature},
        training=summary.of_training(tuned, parameters, scores, recipe),
        tried=tried,
    )


def _chosen(heads: frozen.Heads, rows: IntArray) -> tuple[Choice, tuple[Head, Transform]]:
    """Choose a head on some of the pictures, by a short cross-validation, and fit it to them."""
    division = heads.division
    pairs = folds(division.labels[rows], groups=division.groups[rows], n_folds=_FOLDS, seed=heads.recipe.seed)
    choice = heads.choose(rows, pairs).choice
    return choice, heads.fit(choice, rows)


def _fine_tuned(
    division: Division,
    train: IntArray,
    validation: IntArray,
    info: BackboneInfo,
    probes: Sequence[DenseHead],
    rival: FloatArray | None,
    recipe: Recipe,
    cache: str | Path | None,
    progress: Progress,
) -> Tuned:
    return training.finetune(
        division.data,
        train,
        validation,
        info=info,
        network=backbones.read(info, cache),
        head=probes[0],
        head_of_all=probes[1],
        rival=rival,
        part=cast("Any", recipe.finetune),
        **_settings(recipe),
        cache=cache,
        progress=progress,
    )


def _from_scratch(
    division: Division,
    train: IntArray,
    validation: IntArray,
    recipe: Recipe,
    cache: str | Path | None,
    progress: Progress,
) -> ScratchResult:
    return training.train_scratch(
        division.data,
        train,
        validation,
        architecture=recipe.scratch,
        image_size=recipe.image_size,
        **_settings(recipe),
        cache=cache,
        progress=progress,
    )


def _settings(recipe: Recipe) -> dict[str, Any]:
    """Return what both ways of training are told alike."""
    names = ("resize", "seed", "balance", "augment", "epochs", "learning_rate", "device")
    return {name: getattr(recipe, name) for name in names}


def _mirrors(recipe: Recipe) -> tuple[View, ...]:
    """Return the views whose features are averaged: those that keep the meaning, as far as the user said."""
    return ("identity", "hflip", "vflip", "hvflip") if "vflip" in recipe.augment else ("identity", "hflip")
