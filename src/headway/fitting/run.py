"""The orchestrator of the main job."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headway import backbones
from headway.calibration import softmax
from headway.dataset import Dataset, check_trainable, read
from headway.embedding import embed, is_features_file, read_parquet
from headway.errors import DataError, UserError
from headway.evaluation import score
from headway.fitting import summary
from headway.model import build
from headway.recipe import Recipe
from headway.search import refit, search
from headway.splits import Split, folds, merge_groups, overlap, split
from headway.store import Store
from headway.types import Silent

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.embedding import FeatureTable
    from headway.model import Model
    from headway.search import SearchResult
    from headway.types import IntArray, Progress

FEW_PICTURES = 5_000  # up to here the cross-validation that is reported goes over all pictures


def fit(
    data: Dataset | str | Path,
    recipe: Recipe | None = None,
    *,
    cache: str | Path | None = None,
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
    clock = _Clock()
    recipe = recipe or Recipe()
    if not isinstance(recipe, Recipe):
        raise UserError(f"a recipe must be a headway.Recipe, not {type(recipe).__name__}: Recipe(head='logistic')")
    progress = progress or Silent()
    with Store.open(cache) as store:
        if isinstance(data, str | Path) and is_features_file(Path(data)):
            with clock("features"):
                dataset, table = read_parquet(Path(data))
                recipe = replace(recipe, backbone=table.backbone, resize=table.resize, precision=table.precision)
            info = _described(table)
            check_trainable(dataset)
        else:
            info = backbones.find(recipe.backbone)
            with clock("data"):
                dataset = data if isinstance(data, Dataset) else read(data)
                check_trainable(dataset)
            with clock("features"):
                table = embed(
                    dataset,
                    info,
                    resize=recipe.resize,
                    precision=recipe.precision,
                    store=store,
                    max_bad=max_bad,
                    progress=progress,
                )
        return _learn(dataset, table, info, backbones.read(info, cache), recipe, clock, progress)


def _described(table: FeatureTable) -> BackboneInfo:
    """Return the backbone that a file of features was computed with, which the model needs to be whole."""
    info = backbones.find(table.backbone)
    if missing := [name for name in info.depths if name not in table.dims]:
        raise DataError(f"this file of features lacks {', '.join(missing)}: write it again with `headway embed`")
    return info


def _learn(
    dataset: Dataset,
    table: FeatureTable,
    info: BackboneInfo,
    network: bytes,
    recipe: Recipe,
    clock: _Clock,
    progress: Progress,
) -> Model:
    """Choose, fit and test a head on features that are at hand."""
    readable = dataset if len(table.rows) == len(dataset) else dataset.subset(table.rows)
    if readable is not dataset:
        check_trainable(readable)
    labels, n_classes = readable.labels, len(readable.classes)
    groups = merge_groups(table.hashes, readable.groups)
    parts = split(labels, given=readable.given, groups=groups, test_fraction=recipe.test_fraction, seed=recipe.seed)
    learnt = np.concatenate([parts.train, parts.validation])
    shared = overlap(table.hashes, parts)
    if shared:
        progress.note(f"{shared:,} test pictures are also among the training pictures: the test score is too good")
    related = int(np.isin(groups[parts.test], groups[learnt]).sum()) - shared
    if related:
        progress.note(f"{related:,} test pictures have others of their group in training: the test score is too good")
    sets = {name: outputs for name, outputs in info.feature_sets.items() if recipe.features in ("auto", name)}

    def choose(rows: IntArray, divisions: list[tuple[IntArray, IntArray]]) -> SearchResult:
        return search(
            {name: table.read(rows, outputs) for name, outputs in sets.items()},
            labels[rows],
            divisions,
            n_classes=n_classes,
            head=recipe.head,
            class_weight=recipe.class_weight,
            seed=recipe.seed,
            progress=progress,
        )

    with clock("search"):
        divisions = _divisions(parts, labels[learnt], groups[learnt], recipe)
        result = choose(learnt, divisions)
        cross_validation = summary.of_cross_validation(result, len(divisions))
    if readable.given is None and len(readable) <= FEW_PICTURES:
        # Few pictures: a test split of a fifth of them says little. The same procedure, cross-validated over all, says
        # more, and learns from as many as the model does. It is a score only: nothing is chosen by it.
        with clock("cross-validation"):
            divisions = folds(labels, groups=groups, n_folds=recipe.folds, seed=recipe.seed)
            cross_validation = summary.of_cross_validation(choose(np.arange(len(labels)), divisions), len(divisions))

    outputs = sets[result.choice.features]
    with clock("refit"):
        head = refit(
            result.choice,
            table.read(learnt, outputs),
            labels[learnt],
            n_classes=n_classes,
            class_weight=recipe.class_weight,
            seed=recipe.seed,
        )
    majority = int(np.bincount(labels[learnt], minlength=n_classes).argmax())
    with clock("test"):
        logits = head.logits(table.read(parts.test, outputs))
        scores = score(logits, labels[parts.test], result.temperature, readable.classes, majority)
        scores = replace(scores, seen_in_training=shared)
    with clock("compose"):
        probabilities = softmax(logits, result.temperature)
        report = {
            "data": summary.of_data(dataset, readable, table, parts),
            "features": summary.of_features(table, result.choice.features, head.n_features),
            "head": summary.of_head(result),
            "cv": cross_validation,
            "test": summary.of_test(scores, readable.subset(parts.test), probabilities),
        }
        digests = [table.hashes[row] for row in learnt.tolist()]
        model = build(
            info,
            network,
            outputs,
            head,
            result.temperature,
            classes=readable.classes,
            resize=table.resize,
            precision=table.precision,
            about=summary.metadata(report, recipe, readable.classes[majority], digests),
            report=report,
        )
    report["seconds"] = clock.seconds()
    return model


def _divisions(parts: Split, labels: IntArray, groups: IntArray, recipe: Recipe) -> list[tuple[IntArray, IntArray]]:
    """Return rows to learn from and rows to predict: cross-validation, or the data set's own validation split."""
    if len(parts.validation):
        rows = np.arange(len(labels))
        return [(rows[: len(parts.train)], rows[len(parts.train) :])]
    return folds(labels, groups=groups, n_folds=recipe.folds, seed=recipe.seed)


class _Clock:
    """Seconds spent in each stage, and in all."""

    def __init__(self) -> None:
        self._stages: dict[str, float] = {}
        self._start = time.perf_counter()

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self._stages[stage] = round(time.perf_counter() - start, 3)

    def seconds(self) -> dict[str, float]:
        return self._stages | {"total": round(time.perf_counter() - self._start, 3)}
