"""The orchestrator of the main job."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from headway import backbones
from headway.calibration import softmax
from headway.dataset import Dataset, check_trainable, read
from headway.embedding import backbone_of, embed, is_features_file, read_parquet
from headway.errors import UserError, blaming
from headway.evaluation import score
from headway.fitting import frozen, summary, trained
from headway.fitting.division import divide
from headway.fitting.outcome import Fitted, Learnt
from headway.model import build, check_backbone
from headway.recipe import ContradictionError, Recipe
from headway.store import Store
from headway.types import Silent

if TYPE_CHECKING:
    from headway.embedding import FeatureTable
    from headway.fitting.division import Division
    from headway.model import Model
    from headway.types import Progress

_READER = "colour"  # reads the pictures where no backbone does; the cheapest


def fit(
    data: Dataset | str | Path,
    recipe: Recipe | None = None,
    *,
    cache: str | Path | None = None,
    offline: bool = False,
    max_bad: float = 0.1,
    progress: Progress | None = None,
) -> Model:
    """Train a classifier and evaluate it.

    Parameters
    ----------
    data : Dataset or path
        Labelled pictures, from `headway.read`; a path that it takes; or a file that ``headway embed`` wrote.
    recipe : Recipe, optional
        What to do; by default what the measurements favour.
    cache : path, optional
        Folder of the feature store, if it is not the usual one.
    offline : bool
        Whether to fail rather than to download weights that the recipe needs.
    max_bad : float
        Largest part of the pictures that may be unreadable, from 0 to 1.
    progress : Progress, optional
        Told what goes on.

    Returns
    -------
    Model
        Its ``report`` says what was done and how good the result is.

    Raises
    ------
    DataError
        When the pictures or labels do not allow it.

    Examples
    --------
    >>> import headway
    >>> model = headway.fit(headway.demo.pictures(), headway.Recipe(backbone="tiny"))
    >>> model.report["data"]["n"]
    240
    """
    return learn(data, recipe, cache=cache, offline=offline, max_bad=max_bad, progress=progress).model


def learn(
    data: Dataset | str | Path,
    recipe: Recipe | None = None,
    *,
    cache: str | Path | None = None,
    offline: bool = False,
    max_bad: float = 0.1,
    progress: Progress | None = None,
) -> Fitted:
    """Do what `fit` does, and keep the predictions that the scores are made of.

    Parameters and errors are those of `fit`.

    Returns
    -------
    Fitted
    """
    clock = Clock()
    recipe = recipe or Recipe()
    if not isinstance(recipe, Recipe):
        raise UserError(f"a recipe must be a headway.Recipe, not {type(recipe).__name__}: Recipe(head='logistic')")
    progress = progress or Silent()
    with Store.open(cache) as store:
        if isinstance(data, str | Path) and is_features_file(Path(data)):
            if trained.trains(recipe):
                raise UserError(f"{data} holds features, and training a network needs the pictures: give their folder")
            with clock("features"):
                dataset, table = read_parquet(Path(data), cache)
                recipe = replace(recipe, backbone=table.backbone, resize=table.resize, precision=table.precision)
            info = backbone_of(table, cache)
            check_trainable(dataset)
        else:
            name = _READER if recipe.scratch != "none" else recipe.backbone
            with blaming("backbone"):
                info = backbones.obtain(
                    name,
                    weights=recipe.weights,
                    image_size=0 if recipe.scratch != "none" else recipe.image_size,
                    offline=offline,
                    cache=cache,
                    progress=progress,
                )
            if info.kind == "descriptor" and recipe.finetune != "none":
                raise ContradictionError(
                    "finetune",
                    f"{{finetune}} needs a network, hand-made descriptors ({info.name}) cannot be fine-tuned: "
                    "take another {backbone}, or leave {finetune} out",
                )
            if info.path is not None:  # it was converted on this machine
                check_backbone(info, backbones.read(info, cache), frozen.to_keep(info, recipe))
            with clock("data"):
                dataset = data if isinstance(data, Dataset) else read(data)
                check_trainable(dataset)
            with clock("features"):
                table = embed(
                    dataset,
                    info,
                    resize=recipe.resize,
                    precision=recipe.precision,
                    outputs=frozen.to_keep(info, recipe),
                    device=recipe.device,
                    store=store,
                    max_bad=max_bad,
                    progress=progress,
                )
        division = divide(dataset, table, recipe, progress)
        if trained.trains(recipe):
            learnt = trained.learn(division, table, info, recipe, store, cache, clock, progress)
        else:
            learnt = frozen.learn(division, table, info, recipe, cache, clock, progress)
        return _tested(dataset, table, division, learnt, recipe, clock)


def _tested(
    dataset: Dataset, table: FeatureTable, division: Division, learnt: Learnt, recipe: Recipe, clock: Clock
) -> Fitted:
    """Score what was learnt on the test pictures, and compose the model."""
    data, parts = division.data, division.parts
    with clock("test"):
        scores = score(
            learnt.test_logits, division.labels[parts.test], learnt.temperature, data.classes, division.majority
        )
        scores = replace(scores, seen_in_training=division.shared)
    with clock("compose"):
        report = {
            "data": summary.of_data(dataset, division, table, recipe),
            "features": dict(learnt.about_features),
            "head": dict(learnt.about_head),
            "training": learnt.training,
            "tried": learnt.tried,
            "cv": learnt.cross_validation,
            "test": summary.of_test(scores, data.subset(parts.test), softmax(learnt.test_logits, learnt.temperature)),
        }
        digests = [division.hashes[row] for row in division.learnt.tolist()]
        model = build(
            learnt.info,
            learnt.network,
            learnt.outputs,
            learnt.head,
            learnt.temperature,
            transform=learnt.transform,
            classes=data.classes,
            resize=table.resize,
            precision=learnt.precision,
            about=summary.metadata(report, recipe, data.classes[division.majority], digests),
            report=report,
        )
    report["seconds"] = clock.seconds()
    return Fitted(model, division, learnt.test_logits / learnt.temperature, learnt.out_of_fold)


class Clock:
    """Seconds spent in each stage, and in all."""

    def __init__(self) -> None:
        self._stages: dict[str, float] = {}
        self._start = time.perf_counter()

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Count the time of a ``with`` statement's body for a stage."""
        start = time.perf_counter()
        yield
        self._stages[stage] = round(time.perf_counter() - start, 3)

    def seconds(self) -> dict[str, float]:
        """Return seconds by stage, and ``total``."""
        return self._stages | {"total": round(time.perf_counter() - self._start, 3)}
