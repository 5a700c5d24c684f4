"""An older division that is kept: the one of a model, or of a folder or table with splits."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from headway.dataset import Dataset, check_trainable, read_within
from headway.dataset.core import count_splits
from headway.dataset.fixes import file_cells
from headway.dataset.names import some
from headway.embedding import digests
from headway.errors import DataError
from headway.model import load
from headway.rendering.data import lost_from_split
from headway.splits import TEST, TRAIN, VALIDATION, deal

if TYPE_CHECKING:
    from headway.model import Model
    from headway.session import Session


class _Division(NamedTuple):
    """An older division.

    ``known`` says of contents, by their digests, which part they were in: 0 train, 1 validation, 2 test, -1 for new
    ones. ``files`` has a file for each digest, below the folder of the division; a model knows none.
    """

    known: Callable[[Sequence[bytes]], NDArray[np.int8]]
    files: Mapping[bytes, str]


def keep_split(
    session: Session,
    dataset: Dataset,
    older: str | os.PathLike[str],
    *,
    validation_fraction: float = 0.0,
    test_fraction: float = 0.2,
    seed: int = 0,
) -> Dataset:
    """Return a data set whose pictures are in the part that they were in before, with that as its given split.

    New ones are divided among themselves, but stay with their group; where an older folder or table has no validation
    pictures, they get none.

    Parameters
    ----------
    session : Session
    dataset : Dataset
        Labelled, and without a split of its own.
    older : path
        A model, or what `headway.read` takes, with splits.
    validation_fraction, test_fraction, seed
        As for `headway.splits.deal`.

    Raises
    ------
    DataError
        When the pictures are split already, the older ones are not, or none of these is among them; the first ten of
        the older ones are named then.
    """
    check_trainable(dataset)
    check_unsplit(dataset)
    hashes = digests(session, dataset.pictures, np.arange(len(dataset)))
    rows = np.array([row for row, digest in enumerate(hashes) if digest is not None], np.int64)
    contents = [digest for digest in hashes if digest is not None]
    division = _division(session, older)
    known = division.known(contents)
    present = set(contents)
    lost = [file for digest, file in division.files.items() if digest not in present]
    if not (known >= 0).any():
        has = f", which has {some(lost, 10)}" if lost else ""
        raise DataError(f"none of the pictures is in {older}{has}: give the division of these (--split-from)")
    if not _is_model(older) and not (known == VALIDATION).any():
        validation_fraction = 0.0  # a part of a few new pictures alone would be of no use
    given = np.full(len(dataset), TRAIN, np.int8)  # of what cannot be read: it is set aside
    given[rows] = deal(
        dataset.labels[rows],
        contents=contents,
        groups=None if dataset.groups is None else dataset.groups[rows],
        known=known,
        validation_fraction=validation_fraction,
        test_fraction=test_fraction,
        seed=seed,
    )
    name, new = os.path.basename(os.path.normpath(older)), int(np.count_nonzero(known < 0))
    if lost:
        (session.progress.warn if new else session.progress.note)(lost_from_split(lost, name, new))
    source = replace(dataset.source, splits=count_splits(given), splits_from="older", older=name, new=new)
    return replace(dataset, given=given, source=source)


def check_unsplit(dataset: Dataset) -> None:
    """Refuse pictures that bring a split of their own."""
    if splits := count_splits(dataset.given):
        raise DataError(
            f"the pictures are split already, into {' and '.join(splits)}: to split them anew, add --no-splits "
            "(split=False for headway.read)"
        )


def _is_model(older: str | os.PathLike[str]) -> bool:
    return Path(older).suffix.lower() == ".onnx"


def _division(session: Session, older: str | os.PathLike[str]) -> _Division:
    path = Path(older)
    if _is_model(path):
        return _of_model(load(path))
    dataset = read_within(session, path)
    given = dataset.given
    if given is None or not given.any():
        raise DataError(f"{older} must be a model, or a folder or table with splits, and it names none")
    hashes = digests(session, dataset.pictures, np.arange(len(dataset)))
    part_of: dict[bytes, int] = {}
    files: dict[bytes, str] = {}
    names = file_cells(dataset.source, dataset.names(np.arange(len(dataset))))
    for name, digest, part in zip(names, hashes, given.tolist(), strict=True):
        if digest is not None:
            part_of[digest] = min(part, part_of.get(digest, part))
            files.setdefault(digest, name)
    return _Division(lambda contents: np.array([part_of.get(digest, -1) for digest in contents], np.int8), files)


def _of_model(model: Model) -> _Division:
    """Return the division of a model, whose validation images count to training."""

    def known(contents: Sequence[bytes]) -> NDArray[np.int8]:
        tested = np.where(model.was_tested_on(contents), TEST, -1)
        return np.where(model.has_learned(contents), TRAIN, tested).astype(np.int8)

    return _Division(known, {})
