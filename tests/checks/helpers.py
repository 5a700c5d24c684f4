"""Contexts for tests of checks."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import headway
from headway.checks import Check, Context, Found
from headway.checks.table import CHECKS
from headway.dataset import Dataset, read
from headway.recipe import Recipe


def context(data: Any, backbone: str = "tiny", **fields: Any) -> Context:
    """What an audit makes of a folder, without predictions unless they are among the ``fields``."""
    dataset = data if isinstance(data, Dataset) else read(data)
    table = headway.embed(dataset, backbone, precision="fp32" if backbone == "tiny" else "auto")
    given = dataset.given
    own: dict[str, Any] = {
        "data": dataset.subset(table.rows),
        "hashes": table.hashes,
        "features": table.read(),
        "facts": table.images(),
        "part": None if given is None else np.maximum(given, 0).astype(np.int64)[table.rows],
    }
    return Context(**(own | fields))


def synthetic(labels: Sequence[int], features: Any = None, classes: Sequence[str] = (), **fields: Any) -> Context:
    """A context of arrays alone: each picture is a different single grey level of 8 x 8."""
    array = np.asarray(labels)
    k = int(array.max()) + 1
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (8, 8, 3)).astype(np.uint8) for _ in array]
    dataset = Dataset(pictures, array, tuple(classes or (f"class {label}" for label in range(k))))
    own: dict[str, Any] = {
        "data": dataset,
        "hashes": [hashlib.sha256(picture.tobytes()).digest() for picture in pictures],
        "features": np.zeros((len(array), 4), np.float32) if features is None else np.asarray(features, np.float32),
        "facts": [None] * len(array),
    }
    return Context(**(own | fields))


def check(name: str) -> Check:
    return next(check for check in CHECKS if check.name == name)


def run(name: str, looked_at: Context) -> list[Found]:
    return list(check(name).run(looked_at))


def names(looked_at: Context, found: Found) -> list[str]:
    """The found pictures as CLASS/FILE."""
    paths = [Path(looked_at.data.name(row)) for row in found.rows.tolist()]
    return [f"{path.parent.name}/{path.name}" for path in paths]


def recipe() -> Recipe:
    return Recipe(backbone="tiny")
