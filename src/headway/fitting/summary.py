"""The report of a fit, part by part: what ``headway fit --json`` prints, and what a model file says of itself."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.evaluation import abridged
from headway.fitting.division import imbalance

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.dataset import Dataset
    from headway.embedding import FeatureTable
    from headway.evaluation import Evaluation
    from headway.fitting.division import Division
    from headway.heads import DenseHead
    from headway.preparation import Transform
    from headway.recipe import Recipe
    from headway.search import Choice, SearchResult
    from headway.training import Epoch, ScratchResult, Tuned
    from headway.types import FloatArray, IntArray

MOST_MISTAKES = 100
_OF_VALIDATION = {"n", "right", "accuracy", "low", "high", "macro_f1", "log_loss", "ece"}


def of_data(dataset: Dataset, division: Division, table: FeatureTable, recipe: Recipe) -> dict[str, Any]:
    """Say what was learnt from, and what could not be read."""
    readable, parts = division.data, division.parts
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
        "imbalance": imbalance(division, recipe),
        "balance": recipe.balance,
        "fingerprint": fingerprint(division),
    }


def fingerprint(division: Division) -> str:
    """Return a SHA-256 over the contents and labels of the pictures, whatever their names and order."""
    names = [name.encode(errors="surrogateescape") for name in division.data.classes]
    labelled = sorted(digest + names[label] for digest, label in zip(division.hashes, division.labels, strict=True))
    return hashlib.sha256(b"\n".join(labelled)).hexdigest()


def of_features(
    table: FeatureTable, info: BackboneInfo, chosen: str, outputs: Sequence[str], transform: Transform, method: str
) -> dict[str, Any]:
    """Say which features the head reads, which a selection removed, and what it cost to get them."""
    words = {vocabulary.first: len(vocabulary.words) for vocabulary in transform.vocabularies}
    starts = np.cumsum([0, *(info.dims[name] for name in outputs)]).tolist()
    widths = {name: words.get(start, info.dims[name]) for name, start in zip(outputs, starts, strict=False)}
    return {
        "backbone": info.name,
        "set": chosen,
        "dim": sum(widths.values()) if transform.columns is None else len(transform.columns),
        "removed": None if transform.columns is None else _removed(transform.columns, widths, method),
        "words": list(words.values()),
        "precision": table.precision,
        "resize": table.resize,
        "images_per_s": table.images_per_s,
        "computed": table.computed,
        "cached": table.cached,
    }


def _removed(columns: IntArray, widths: Mapping[str, int], method: str) -> dict[str, Any]:
    """Say how many features of each output a selection left out; the model's graph holds the columns that it kept."""
    ends = np.cumsum(list(widths.values()))
    kept = np.bincount(np.searchsorted(ends, columns, side="right"), minlength=len(widths))
    lost = {name: width - int(left) for (name, width), left in zip(widths.items(), kept, strict=True)}
    return {"method": method, "of": int(ends[-1]), "kept": len(columns), "lost": lost}


def of_head(result: SearchResult) -> dict[str, Any]:
    """Say what was chosen, and from what."""
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


def of_training(tuned: Tuned | ScratchResult, parameters: int, scores: Evaluation, recipe: Recipe) -> dict[str, Any]:
    """Say how a network's training went, and how it does on the validation part that chose the epoch."""
    return {
        "part": tuned.part,
        "parameters": parameters,
        "trained_parameters": tuned.trained_parameters,
        "epochs": len(tuned.history) - 1,
        "best": tuned.best,
        "augment": list(recipe.augment),
        "tta": recipe.tta,
        "history": [_plain(epoch) for epoch in tuned.history],
        "earlier_s": _earlier(tuned.seconds),
        "validation": {key: value for key, value in asdict(scores).items() if key in _OF_VALIDATION},
    }


def _earlier(seconds: Mapping[str, float]) -> float:
    """Return the seconds of runs that a training goes on from: what its parts took beyond what this run did in all."""
    return max(0.0, sum(value for part, value in seconds.items() if part != "total") - seconds["total"])


def of_trial(tuned: Tuned) -> dict[str, Any]:
    """Say how fine-tuning did beside the frozen network, and which of the two is kept."""
    kept = "fine-tuned" if tuned.better else "frozen"
    ours, theirs = tuned.log_loss, tuned.rival_log_loss
    found = f"log-loss {ours:.3f} against {theirs:.3f} of the frozen network on the validation part"
    if not tuned.best:
        found = "no epoch was better than the start"
    return {
        "part": tuned.part,
        "log_loss": ours,
        "frozen_log_loss": theirs,
        "kept": kept,
        "verdict": f"fine-tuning was tried: {found}; the {kept} network is kept",
    }


def of_published(head: DenseHead, info: BackboneInfo, history: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Say how the training of a published network's head went; the validation rows are a tenth of each class."""
    own = sum(values.size for values in (*head.weights, *head.biases))
    return {
        "part": f"{head.kind} head",
        "parameters": info.parameters + own,
        "trained_parameters": own,
        "epochs": len(history),
        "best": min(history, key=lambda epoch: epoch["validation_loss"])["number"],
        "augment": [],
        "tta": False,
        "history": list(history),
        "validation": None,
    }


def _plain(epoch: Epoch) -> dict[str, float | None]:
    """Return an epoch's numbers for JSON, which knows no NaN."""
    return {name: value if value == value else None for name, value in asdict(epoch).items()}


def _timeless(training: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the course of a training without its times: the same seed is to give the same file."""
    if training is None:
        return None
    history = [{name: value for name, value in epoch.items() if name != "seconds"} for epoch in training["history"]]
    return {**{key: value for key, value in training.items() if key != "earlier_s"}, "history": history}


def of_cross_validation(result: SearchResult, folds: int) -> dict[str, Any]:
    """Say how the whole procedure scores on pictures that it did not see."""
    return {"folds": folds, "n": len(result.rows), **asdict(result.corrected), "ece": result.ece_after}


def of_test(scores: Evaluation, test: Dataset, probabilities: FloatArray) -> dict[str, Any]:
    """Say how the model scores on the test split, and where it is wrong."""
    numbers = asdict(scores)
    del numbers["quarantined"]
    return {**numbers, "mistakes": _mistakes(test, probabilities)}


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


def metadata(report: Mapping[str, Any], recipe: Recipe, majority: str, learnt: Sequence[bytes]) -> dict[str, Any]:
    """Return what a model file is to say of itself: all that does not change from one run to the next.

    ``learnt`` are the digests of the pictures that the model learnt from; `headway.evaluation` knows them again.
    """
    data = {key: report["data"][key] for key in ("n", "counts", "split", "train", "validation", "test", "fingerprint")}
    large = {"confusion", "per_class", "classes", "mistakes"}
    test = {key: value for key, value in report["test"].items() if key not in large}
    return {
        "recipe": recipe.to_dict(),
        "data": {**data, "majority": majority, "learnt": abridged(learnt)},
        "selection": {key: report["features"][key] for key in ("set", "dim", "removed")},
        "training": _timeless(report["training"]),
        "head": {key: report["head"][key] for key in ("kind", "features", "settings", "temperature")},
        "scores": {"cv": report["cv"], "test": test},
    }
