"""A few pictures of a data set, decoded to be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.errors import DataError, PictureError
from headway.images import load

if TYPE_CHECKING:
    from headway.dataset.core import Dataset
    from headway.types import Bands, ResizePolicy, UInt8Array

SIZE = 128  # pixels a side
_CLASSES, _OF_CLASS = 20, 8


def choose(
    dataset: Dataset, n: int, *, resize: ResizePolicy, bands: Bands = (), size: int = SIZE, seed: int = 0
) -> tuple[list[int], UInt8Array]:
    """Return the rows and the pixels (n, size, size, 3) of up to n readable pictures, drawn from each class in turn.

    Raises
    ------
    DataError
        When no picture can be read.
    """
    shuffled = np.random.default_rng(seed).permutation(len(dataset))
    seen: dict[int, int] = {}
    turns = []
    for label in dataset.labels[shuffled].tolist():
        turns.append(seen.get(label, 0))
        seen[label] = turns[-1] + 1
    rows, images, reason = [], [], ""
    for row in shuffled[np.argsort(turns, kind="stable")].tolist():
        try:
            images.append(load(dataset.pictures[row], size, resize, bands))
            rows.append(row)
        except PictureError as error:
            reason = f": {dataset.name(row)}: {error}"
        if len(images) == n:
            break
    if not images:
        raise DataError(f"a grid of samples needs a picture that can be read, and there is none{reason}")
    return rows, np.stack(images)


def by_class(
    dataset: Dataset, *, resize: ResizePolicy, bands: Bands = (), seed: int = 0
) -> dict[int, list[UInt8Array]]:
    """Return up to 8 pictures of each of the 20 largest classes, in the order of the classes, by their positions.

    Examples
    --------
    >>> import headway
    >>> found = by_class(headway.read(headway.demo.pictures()), resize="squash")
    >>> list(found), len(found[0]), found[0][0].shape
    ([0, 1, 2, 3, 4, 5, 6, 7], 8, (128, 128, 3))
    """
    counts = np.bincount(dataset.labels[dataset.labels >= 0], minlength=len(dataset.classes))
    largest = np.argsort(-counts, kind="stable")[:_CLASSES]
    found: dict[int, list[UInt8Array]] = {}
    for place in np.sort(largest[counts[largest] > 0]).tolist():
        own = dataset.subset(np.flatnonzero(dataset.labels == place))
        try:
            found[place] = list(choose(own, _OF_CLASS, resize=resize, bands=bands, seed=seed)[1])
        except DataError:  # none of its pictures can be read; which and why is told where they are counted
            continue
    return found
