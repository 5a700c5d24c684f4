"""The whole of ``headway split``: read, divide, write."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import numpy as np

from headway.dataset import check_trainable, read_within
from headway.dataset.names import SPLIT_NAMES
from headway.embedding import read_hashes
from headway.errors import UserError
from headway.facts.documents import SplitReport
from headway.recipe import Recipe
from headway.session import Session
from headway.splits import TEST, VALIDATION, deal, merge_groups, uneven
from headway.splitting import folder, table
from headway.splitting.older import check_unsplit, keep_split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.dataset import Dataset
    from headway.facts.data import Uneven
    from headway.types import Progress

PARTS = (80.0, 10.0, 10.0)
_LEAST = 1e-6  # of all pictures: the share of training


class _Wanted(TypedDict):
    """What is asked of a division, as keywords of those who make it."""

    validation_fraction: float
    test_fraction: float
    seed: int


def split(
    data: Any,
    target: str | os.PathLike[str],
    *,
    parts: Sequence[float] = PARTS,
    link: bool = False,
    rename: bool = False,
    split_from: str | os.PathLike[str] | None = None,
    seed: int = 0,
    cache: str | Path | None = None,
    max_bad: float = 0.1,
    progress: Progress | None = None,
) -> SplitReport:
    """Divide labelled pictures into training, validation and test, and write that as folders or as a table.

    Parameters
    ----------
    data : Dataset, path or list of paths
        What `headway.read` takes: labelled pictures that are files, without splits.
    target : path
        A folder that does not exist yet, or a ``.csv`` file that does not: a row for each picture.
    parts : sequence of 3 float
        Shares of training, validation and test: ``(80, 10, 10)``; 0 for a part that there is not to be.
    link : bool
        Whether the folder holds hard links to the files, which take no space, rather than copies.
    rename : bool
        Whether the files in the folder are called after their class: ``cat_0001.jpg``.
    split_from : path, optional
        A model, or a folder or table with splits: pictures that are in there stay in their part.
    seed : int
        Decides, with the contents of the pictures, which part each is in; see `headway.splits`.
    cache, max_bad, progress
        As for `headway.fit`.

    Returns
    -------
    SplitReport

    Raises
    ------
    DataError
        When the pictures or labels do not allow it.
    OutputError
        When the target exists, or cannot be written.
    UserError
        When an argument is wrong.

    Examples
    --------
    >>> import headway, pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report = headway.split(headway.demo.pictures(), pathlib.Path(folder) / "data")
    >>> {part: sum(counts.values()) for part, counts in report.counts.items()}
    {'train': 192, 'validation': 24, 'test': 24}
    """
    place = check_target(target, link=link, rename=rename)
    validation_fraction, test_fraction = _fractions(parts)
    seed = Recipe(seed=seed).seed
    with Session.open(cache, max_bad=max_bad, progress=progress) as session:
        dataset = read_within(session, data)
        check_trainable(dataset)
        check_unsplit(dataset)
        if not _is_table(place):
            folder.check_apart(place, dataset)
        hashes = read_hashes(session, dataset)
        dataset = dataset.subset(hashes.rows)
        wanted = _Wanted(validation_fraction=validation_fraction, test_fraction=test_fraction, seed=seed)
        if split_from is None:
            part_of = deal(dataset.labels, contents=hashes.hashes, groups=dataset.groups, **wanted)
            left = _uneven(dataset, part_of, wanted)
        else:
            dataset = keep_split(session, dataset, split_from, **wanted)
            part_of = np.asarray(dataset.given)
            left = ()
        if _is_table(place):
            table.write(place, dataset, part_of)
        else:
            folder.write(place, dataset, part_of, link=link, rename=rename, progress=session.progress)
        session.progress.finish()
    rows_of = {name: np.flatnonzero(part_of == part) for part, name in enumerate(SPLIT_NAMES)}
    return SplitReport(
        source=dataset.source,
        counts={name: dataset.counts(rows) for name, rows in rows_of.items() if len(rows)},
        seed=seed,
        grouped=len(np.unique(merge_groups(hashes.hashes, dataset.groups))) < len(dataset),
        uneven=left,
        skipped=dict(dataset.skipped),
        quarantined=tuple(hashes.quarantined),
        written=_written(place, link),
        target=os.fspath(target),
    )


def _uneven(dataset: Dataset, part_of: NDArray[np.int8], wanted: _Wanted) -> tuple[Uneven, ...]:
    test, validation = (np.flatnonzero(part_of == part) for part in (TEST, VALIDATION))
    return (
        *uneven(dataset.labels, test, "test", wanted["test_fraction"], dataset.classes),
        *uneven(dataset.labels, validation, "validation", wanted["validation_fraction"], dataset.classes),
    )


def check_target(target: str | os.PathLike[str], *, link: bool = False, rename: bool = False) -> Path:
    """Refuse a place that exists or cannot be written to; return it without symbolic links."""
    path = Path(target)
    if not _is_table(path):
        return folder.check(path)
    if link or rename:
        raise UserError(f"{path} is a table, which neither links nor renames pictures: name a folder with -o")
    return table.check(path)


def _is_table(place: Path) -> bool:
    return place.suffix.lower() == ".csv"


def _written(place: Path, link: bool) -> Literal["copies", "links", "table"]:
    if _is_table(place):
        return "table"
    return "links" if link else "copies"


def _fractions(parts: Sequence[float]) -> tuple[float, float]:
    """Return the fractions of validation and test."""
    total = sum(parts)
    fits = len(parts) == 3 and all(part >= 0 for part in parts) and 0 < total < np.inf
    if not fits or not _LEAST <= parts[0] / total < 1:
        raise UserError(
            "the parts must be three numbers, for training, validation and test, the first and another of "
            "them above 0, such as 80,10,10 or 80,0,20, not " + ",".join(f"{part:g}" for part in parts)
        )
    return parts[1] / total, parts[2] / total
