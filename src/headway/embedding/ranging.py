"""The one range of values for a data set whose pictures have more than 8 bits: its training pictures decide.

Features depend on the range, so it is chosen before they are computed, and before the images are divided: these are
dealt by their contents and labels, which are known by then. An image that turns out to be unreadable may change where
another is dealt to; the range is then chosen again, and where it differs, the features are computed again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from headway.cores import cpu_count
from headway.embedding.hashing import digests
from headway.images import POLICY
from headway.images.depth import Values, common_range, find_values, is_deep
from headway.pipeline import guard, parallel
from headway.ranges import AUTO, ValueRange, are_alike, parse_range, range_text
from headway.splits import TRAIN, split
from headway.types import Reading

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.embedding.table import FeatureTable
    from headway.recipe import Recipe
    from headway.session import Session
    from headway.types import Bands, IntArray, Picture

_HEADERS = 256  # images of which the header is read
_DECODED = 64  # of those of more than 8 bits


def choose_reading(
    session: Session, dataset: Dataset, recipe: Recipe, compute: Callable[..., FeatureTable]
) -> FeatureTable:
    """Return the table that ``compute`` makes with the reading that a recipe asks for, or training images decide on."""
    reading = find_reading(session, dataset, recipe)
    table = compute(reading=reading)
    if table.quarantined and recipe.value_range == AUTO:
        again = find_reading(session, dataset, recipe, table.rows)
        if again != reading:
            table = compute(reading=again)
    return table


def find_reading(session: Session, dataset: Dataset, recipe: Recipe, rows: IntArray | None = None) -> Reading:
    """Return how images are read, by a recipe or by the training images among ``rows`` (int64); by default all are.

    Examples
    --------
    >>> from headway.dataset import read
    >>> from headway.recipe import Recipe
    >>> from headway.session import Session
    >>> camera = [np.full((8, 8), value, np.uint16) for value in range(0, 4000, 100)]
    >>> with Session.open() as session:
    ...     find_reading(session, read(camera, ["dark"] * 20 + ["light"] * 20), Recipe()).value_range
    (0.0, 4095.0)
    """
    if recipe.value_range != AUTO or recipe.decoding == "keras":
        return recipe.reading
    rows = np.arange(len(dataset)) if rows is None else rows
    given = dataset.given if dataset.given is not None and dataset.given.any() else None
    if given is not None:
        rows = rows[given[rows] == TRAIN]
    if not _deep_rows(dataset, np.random.default_rng(recipe.seed).permutation(rows)):
        return recipe.reading
    found = zip(rows.tolist(), digests(session, dataset.pictures, rows), strict=True)
    hashes = {row: digest for row, digest in found if digest is not None}
    if given is None and recipe.test_fraction and (dataset.labels[rows] >= 0).all():
        hashes = _dealt(dataset, hashes, recipe)
    return Reading(recipe.bands, _range_of_some(session, dataset, hashes, recipe.bands) or ())


def range_beside(session: Session, dataset: Dataset, table: FeatureTable) -> ValueRange | None:
    """Return the range that the images of a table suggest, where it is far from the one that they were read with.

    None where it is near. Such images come from another instrument than those that the range was chosen for.
    """
    if table.reading.decoding == "keras":  # which knows no range
        return None
    hashes = dict(zip(table.rows.tolist(), table.hashes, strict=True))
    own = _range_of_some(session, dataset, hashes, table.reading.bands)
    return None if own is None or are_alike(own, table.reading.value_range) else own


def _range_of_some(session: Session, dataset: Dataset, hashes: Mapping[int, bytes], bands: Bands) -> ValueRange | None:
    """Return the range of a sample of the images at some rows; None where it has none of more than 8 bits."""
    # By their contents, so that another seed, or some images more, hardly change which of them are looked at.
    deep = _deep_rows(dataset, sorted(hashes, key=hashes.__getitem__))
    return _range_of(session, {hashes[row]: dataset.pictures[row] for row in deep}, bands) if deep else None


def _deep_rows(dataset: Dataset, rows: Sequence[int] | IntArray) -> list[int]:
    """Return those of more than 8 bits among the first images of some rows, by their headers."""
    return [int(row) for row in rows[:_HEADERS] if is_deep(dataset.pictures[row])][:_DECODED]


def _dealt(dataset: Dataset, hashes: Mapping[int, bytes], recipe: Recipe) -> dict[int, bytes]:
    """Return those rows that are dealt to training, as `headway.fitting.division.divide` will deal them."""
    rows = np.array(list(hashes), np.int64)
    parts = split(
        dataset.labels[rows],
        contents=list(hashes.values()),
        groups=None if dataset.groups is None else dataset.groups[rows],
        test_fraction=recipe.test_fraction,
        seed=recipe.seed,
    )
    return {row: hashes[row] for row in rows[parts.train].tolist()}


def _range_of(session: Session, pictures: Mapping[bytes, Picture], bands: Bands) -> ValueRange:
    """Return the range of images, each under its digest, from the store where it has been looked for."""
    words = [POLICY, list(bands), [digest.hex() for digest in pictures]]
    name = f"range of values: {hashlib.sha256(json.dumps(words).encode()).hexdigest()}"
    stored = session.store.fact(name)
    if stored is not None and (known := parse_range(stored)) is not None:
        return known

    def work(picture: Picture) -> Values | None:
        with guard(picture):
            return find_values(picture, bands)

    threads = cpu_count()
    with closing(parallel(pictures.values(), work, threads=threads, ahead=2 * threads)) as found:
        chosen = common_range([values for values in found if values is not None])
    session.store.put_fact(name, range_text(chosen))
    return chosen
