"""The report of a fit, part by part: what ``headway fit --json`` prints, and what a model file says of itself."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.evaluation import abridged

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.embedding import FeatureTable
    from headway.evaluation import Evaluation
    from headway.recipe import Recipe
    from headway.search import Choice, SearchResult
    from headway.splits import Split
    from headway.types import FloatArray

MOST_MISTAKES = 100


def of_data(dataset: Dataset, readable: Dataset, table: FeatureTable, parts: Split) -> dict[str, Any]:
    """Say what was learnt from, and what could not be read."""
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
        "fingerprint": fingerprint(readable, table),
    }


def fingerprint(readable: Dataset, table: FeatureTable) -> str:
    """Return a SHA-256 over the contents and labels of the pictures, whatever their names and order."""
    names = [name.encode(errors="surrogateescape") for name in readable.classes]
    labelled = sorted(digest + names[label] for digest, label in zip(table.hashes, readable.labels, strict=True))
    return hashlib.sha256(b"\n".join(labelled)).hexdigest()


def of_features(table: FeatureTable, chosen: str, dim: int) -> dict[str, Any]:
    """Say which features the head reads and what it cost to get them."""
    return {
        "backbone": table.backbone,
        "set": chosen,
        "dim": dim,
        "precision": table.precision,
        "resize": table.resize,
        "images_per_s": table.images_per_s,
        "computed": table.computed,
        "cached": table.cached,
    }


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
        "head": {key: report["head"][key] for key in ("kind", "features", "settings", "temperature")},
        "scores": {"cv": report["cv"], "test": test},
    }
