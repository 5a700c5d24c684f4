"""The pictures of a feature data set, for commands that look at pictures: all of them, or a sample where they are many.

The sample is by content: the same data set gives the same one, and a picture more or less changes at most one other of
its class and part.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headway.errors import DataError
from headway.rendering.data import sampled
from headway.shards.reading import fits_in_memory, read_without_features

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.session import Session
    from headway.types import IntArray

SAMPLE = 10_000
"""Pictures that are looked at where the features are more than memory is to hold."""


def pictures_of(session: Session, path: str | Path) -> Dataset:
    """Return the pictures that a feature data set is of, to be read where they were.

    `DataError` where none of them is there.
    """
    dataset, table = read_without_features(path, session.cache)
    rows = np.arange(len(dataset))
    if not fits_in_memory(table):
        rows = _sample(dataset, np.array([table.hashes[row][:8] for row in rows.tolist()]), SAMPLE)
    found = dataset.subset(rows)
    names = [found.name(row) for row in range(len(found))]
    if not any(Path(name).is_file() for name in names):
        raise DataError(
            f"pictures are to be looked at, and those that {path} is of, such as {names[0]}, are not here: run "
            "it where they are, or give their folder"
        )
    whole = len(dataset) if len(rows) < len(dataset) else 0
    source = replace(found.source, layout="list", pictures=len(found), backbone=None, sampled_from=whole)
    if whole:
        session.progress.note(sampled(source))
    return replace(found, source=source)


def _sample(dataset: Dataset, contents: IntArray, most: int) -> IntArray:
    """Return so many rows, ascending: of each class and part its share, those whose contents come first."""
    parts = np.zeros(len(dataset), np.int64) if dataset.given is None else dataset.given
    strata = np.unique(np.stack([dataset.labels, parts]), axis=1, return_inverse=True)[1].ravel()
    order = np.lexsort((contents, strata))
    counts = np.bincount(strata)
    place = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    quota = np.maximum(np.round(most * counts / len(dataset)), 1)
    rows: IntArray = np.sort(order[place < np.repeat(quota, counts)])
    return rows
