"""From labelled pictures to an evaluated model: the main job."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from headway import backbones
from headway.calibration import softmax
from headway.dataset import Dataset, check_trainable, read
from headway.embedding import embed, is_features_file, read_parquet
from headway.errors import DataError
from headway.evaluation import score
from headway.model import build
from headway.places import cache_dir
from headway.recipe import Recipe
from headway.search import refit, search
from headway.splits import folds, merge_groups, overlap, split
from headway.store import Store
from headway.types import Silent

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.embedding import FeatureTable
    from headway.evaluation import Evaluation
    from headway.model import Model
    from headway.search import Choice, SearchResult
    from headway.splits import Split
    from headway.types import FloatArray, IntArray, Progress


MOST_MISTAKES = 100  # in a report
FEW_PICTURES = 5_000  # up to here the cross-validation that is reported goes over all pictures


def fit(
    data: Dataset | str | Path,
    recipe: Recipe | None = None,
    *,
    cache: Path | None = None,
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
    cache : Path, optional
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
    progress = progress or Silent()
    with Store(cache_dir(cache)) as store:
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
                    precision=None if recipe.precision == "auto" else recipe.precision,
                    outputs=info.stored,
                    store=store,
                    max_bad=max_bad,
                    progress=progress,
                )
        return _learn(dataset, table, info, backbones.read(info, cache), recipe, clock, progress)


def _described(table: FeatureTable) -> BackboneInfo:
    """Return the backbone that a file of features was computed with, which the model needs to be whole."""
    info = backbones.find(table.backbone)
    if info.sha256 != table.backbone_sha256 or not set(info.stored) <= set(table.dims):
        raise DataError(f"these features are of another version of {info.name}: write them again with `headway embed`")
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
    groups = merge_groups(table.hashes, readable.groups)
    parts = split(
        readable.labels, given=readable.given, groups=groups, test_fraction=recipe.test_fraction, seed=recipe.seed
    )
    if shared := overlap(table.hashes, parts):
        progress.note(f"{shared:,} test pictures are also among the training pictures: the test score is too good")
    learnt = np.concatenate([parts.train, parts.validation])

    sets = {name: outputs for name, outputs in info.feature_sets.items() if recipe.features in ("auto", name)}

    def searched(rows: IntArray, divisions: list[tuple[IntArray, IntArray]]) -> tuple[SearchResult, dict[str, Any]]:
        result = search(
            {name: table.read(rows, outputs) for name, outputs in sets.items()},
            readable.labels[rows],
            divisions,
            n_classes=len(readable.classes),
            head=recipe.head,
            class_weight=recipe.class_weight,
            seed=recipe.seed,
            progress=progress,
        )
        score = {"folds": len(divisions), "n": len(result.rows), **asdict(result.corrected), "ece": result.ece_after}
        return result, score

    with clock("search"):
        labels = readable.labels[learnt]
        if len(parts.validation):
            rows = np.arange(len(learnt))
            divisions = [(rows[: len(parts.train)], rows[len(parts.train) :])]
        else:
            divisions = folds(labels, groups=groups[learnt], n_folds=recipe.folds, seed=recipe.seed)
        result, cross_validated = searched(learnt, divisions)
    if readable.given is None and len(readable) <= FEW_PICTURES:
        # Few pictures: a test split of a fifth says little. The same procedure, cross-validated over all of them, says
        # more, and learns from as many as the model did. It serves as a score only; nothing is chosen by it.
        with clock("cross-validation"):
            everything = np.arange(len(readable))
            divisions = folds(readable.labels, groups=groups, n_folds=recipe.folds, seed=recipe.seed)
            _, cross_validated = searched(everything, divisions)
    with clock("refit"):
        chosen = result.choice
        head = refit(
            chosen,
            table.read(learnt, sets[chosen.features]),
            labels,
            n_classes=len(readable.classes),
            class_weight=recipe.class_weight,
            seed=recipe.seed,
        )
    outputs = sets[chosen.features]
    majority = int(np.bincount(labels, minlength=len(readable.classes)).argmax())
    with clock("test"):
        logits = head.logits(table.read(parts.test, outputs))
        test = score(logits, readable.labels[parts.test], result.temperature, readable.classes, majority)
    with clock("compose"):
        report = {
            "data": _data(dataset, readable, table, parts),
            "features": _features(info, table, recipe, chosen.features, head.n_features),
            "head": _head(result),
            "cv": cross_validated,
            "test": {
                **_numbers(test),
                "mistakes": _mistakes(readable.subset(parts.test), softmax(logits, result.temperature)),
            },
        }
        model = build(
            info,
            network,
            outputs,
            head,
            result.temperature,
            classes=readable.classes,
            resize=recipe.resize,
            precision=table.precision,
            about=_about(report, recipe, readable.classes[majority]),
            report=report,
        )
    report["seconds"] = clock.seconds | {"total": clock.total()}
    return model


# The report, part by part: what `headway fit --json` prints.


def _data(dataset: Dataset, readable: Dataset, table: FeatureTable, parts: Split) -> dict[str, Any]:
    lines = sorted(
        digest + readable.classes[label].encode(errors="surrogateescape")
        for digest, label in zip(table.hashes, readable.labels, strict=True)
    )
    return {
        "source": dataset.source,
        "n": len(readable),
        "classes": list(readable.classes),
        "counts": readable.counts(),
        "skipped": dict(dataset.skipped),
        "quarantined": [asdict(bad) for bad in table.quarantined],
        "split": parts.how,
        "train": len(parts.train),
        "validation": len(parts.validation),
        "test": len(parts.test),
        "fingerprint": hashlib.sha256(b"\n".join(lines)).hexdigest(),
    }


def _features(info: BackboneInfo, table: FeatureTable, recipe: Recipe, chosen: str, dim: int) -> dict[str, Any]:
    return {
        "backbone": info.name,
        "set": chosen,
        "dim": dim,
        "precision": table.precision,
        "resize": recipe.resize,
        "images_per_s": table.images_per_s,
        "computed": table.computed,
        "cached": table.cached,
    }


def _head(result: SearchResult) -> dict[str, Any]:
    return {
        **_configuration(result.choice),
        "temperature": result.temperature,
        "candidates": [
            {**_configuration(candidate.choice), "accuracy": candidate.accuracy, "log_loss": candidate.log_loss}
            for candidate in result.candidates
        ],
    }


def _configuration(choice: Choice) -> dict[str, Any]:
    settings = {} if choice.C is None else {"C": choice.C}
    return {"kind": choice.head, "features": choice.features, "settings": settings}


def _numbers(test: Evaluation) -> dict[str, Any]:
    numbers = asdict(test)
    del numbers["quarantined"]
    return numbers


def _mistakes(test: Dataset, probabilities: FloatArray) -> list[dict[str, Any]]:
    """Return the wrong predictions, the most confident first: either the model errs, or the label does."""
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(predicted != test.labels)
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:MOST_MISTAKES]
    return [
        {
            "path": test.name(row),
            "class": test.classes[test.labels[row]],
            "predicted": test.classes[predicted[row]],
            "probability": float(confidence[row]),
        }
        for row in worst.tolist()
    ]


def _about(report: dict[str, Any], recipe: Recipe, majority: str) -> dict[str, Any]:
    """Return what a model file is to say of itself: all that does not change from one run to the next."""
    data = {key: report["data"][key] for key in ("n", "counts", "split", "train", "validation", "test", "fingerprint")}
    large = {"confusion", "per_class", "classes", "mistakes"}
    test = {key: value for key, value in report["test"].items() if key not in large}
    return {
        "recipe": recipe.to_dict(),
        "data": {**data, "majority": majority},
        "head": {key: report["head"][key] for key in ("kind", "features", "settings", "temperature")},
        "scores": {"cv": report["cv"], "test": test},
    }


class _Clock:
    """Seconds spent in each stage, and in all."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._start = time.perf_counter()

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[stage] = round(time.perf_counter() - start, 3)

    def total(self) -> float:
        return round(time.perf_counter() - self._start, 3)
