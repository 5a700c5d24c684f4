"""A division as folders: ``train/ validation/ test/``, with a folder for each class."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headway.dataset import read
from headway.dataset.names import SPLIT_NAMES
from headway.dataset.walk import TABLE_SUFFIXES
from headway.errors import DataError, OutputError
from headway.images import SUFFIXES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.dataset import Dataset
    from headway.types import Progress

_LONGEST_NAME = 200  # bytes, of 255: files are called after it, too


def check(path: Path) -> Path:
    """Refuse a place that exists, unless it is an empty folder, or cannot be written; return it without links."""
    if path.suffix.lower() in TABLE_SUFFIXES:
        raise OutputError(f"{path} is no name for a folder, and a table is written as .csv: give another name with -o")
    place = Path(os.path.realpath(path))
    nearest = next(folder for folder in place.parents if folder.exists())
    if not nearest.is_dir():
        raise OutputError(f"{path} cannot be written: {nearest} is no folder; give another place with -o")
    if place.is_symlink():
        raise OutputError(f"{path} cannot be written: it is a link that leads to itself; give another place with -o")
    if place.exists() and not (place.is_dir() and not any(place.iterdir())):
        raise OutputError(f"{path} exists, and is not replaced: give another place with -o")
    try:
        with tempfile.TemporaryFile(dir=nearest) as trial:
            trial.write(b"\0")
    except OSError as error:
        why = error.strerror or error
        raise OutputError(f"{path} cannot be written: {why}; give another place with -o") from error
    return place


def check_apart(place: Path, dataset: Dataset) -> None:
    """Refuse a folder within the data, which would be read as part of them the next time."""
    for source in (dataset.source, *dataset.source.parts):
        if source.name is not None and place.is_relative_to(os.path.realpath(source.name)):
            raise OutputError(f"{place} lies in the data, {source.name}: give a place outside with -o")


def path_of(dataset: Dataset, row: int) -> str:
    """Return the file of a picture."""
    picture = dataset.pictures[row]
    if not isinstance(picture, str | os.PathLike):
        raise DataError(f"only pictures that are files can be divided into folders, and {dataset.name(row)} is none")
    return os.fsdecode(picture)


def write(
    place: Path, dataset: Dataset, part_of: NDArray[np.int8], *, link: bool, rename: bool, progress: Progress
) -> None:
    """Copy or link the pictures into a folder, which appears whole at the end, or not at all."""
    names = list(_names(dataset, part_of, rename))
    draft = place.with_name(f".headway-{secrets.token_hex(6)}.part")
    progress.start("linking" if link else "copying", len(names))
    try:
        for row, name in enumerate(names):
            target = draft / name
            target.parent.mkdir(parents=True, exist_ok=True)
            source = os.path.realpath(path_of(dataset, row))
            if link:
                os.link(source, target)
            else:
                shutil.copyfile(source, target)
            progress.advance()
        _check_readable(draft, dataset, part_of)
        if place.is_dir():  # an empty one
            place.rmdir()
        draft.rename(place)
    except OSError as error:
        raise OutputError(f"{place} cannot be written: {_why(error, link)}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _check_readable(draft: Path, dataset: Dataset, part_of: NDArray[np.int8]) -> None:
    """Refuse folders that are not read as they were meant: some are called as those of masks are, or of a system."""
    meant = _counts(dataset, part_of)
    try:
        again = read(draft)
    except DataError:
        found = Counter[tuple[str, int]]()
    else:
        found = _counts(again, np.zeros(len(again), np.int8) if again.given is None else again.given)
    lost = [name for name, part in meant if found[name, part] != meant[name, part]]
    if lost:
        raise DataError(
            f"a folder of the class {lost[0]!r} would not be read as one: give it another name (--class-names), or "
            "name a .csv table with -o"
        )


def _counts(dataset: Dataset, part_of: NDArray[np.int8]) -> Counter[tuple[str, int]]:
    """Count the pictures of each class in each part."""
    names = [dataset.classes[label] for label in dataset.labels.tolist()]
    return Counter(zip(names, part_of.tolist(), strict=True))


def _why(error: OSError, link: bool) -> str:
    if link and error.errno in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
        return f"the files cannot be linked there ({error.strerror}); leave --link out, to copy them"
    file = f" ({os.fsdecode(error.filename)})" if isinstance(error.filename, str | bytes | os.PathLike) else ""
    return f"{error.strerror or error}{file}; give another place with -o"


def _names(dataset: Dataset, part_of: NDArray[np.int8], rename: bool) -> Iterator[str]:
    """Yield where each picture goes, below the folder; no two go to one place, whether capitals count there or not."""
    classes = [_folder_name(name) for name in dataset.classes]
    if len({name.casefold() for name in classes}) < len(classes):
        raise DataError("the names of two classes differ in capitals only, and some disks make one folder of them: "
                        "give them other names (--class-names), or name a .csv table with -o")  # fmt: skip
    digits = max(4, len(str(max(dataset.counts().values()))))
    numbers: Counter[int] = Counter()
    taken: set[str] = set()
    for row, (label, part) in enumerate(zip(dataset.labels.tolist(), part_of.tolist(), strict=True)):
        stem, suffix = os.path.splitext(os.path.basename(path_of(dataset, row)))
        if suffix.lower() not in SUFFIXES:
            raise DataError(
                f"{path_of(dataset, row)} has no ending of a picture, and would not be found in a folder: "
                "name a .csv table with -o"
            )
        folder = f"{SPLIT_NAMES[part]}/{classes[label]}"
        numbers[label] += 1
        if rename:
            yield f"{folder}/{classes[label]}_{numbers[label]:0{digits}}{suffix.lower()}"
            continue
        stem = stem.lstrip(".") or "picture"  # hidden files are not read
        name, times = f"{folder}/{stem}{suffix}", 1
        while _alike(name) in taken:
            times += 1
            name = f"{folder}/{stem}_{times}{suffix}"
        taken.add(_alike(name))
        yield name


def _alike(name: str) -> str:
    """Return what names have in common that are one on some disks: capitals and composed accents do not count there."""
    return unicodedata.normalize("NFC", name).casefold()


def _folder_name(name: str) -> str:
    """Return the name of a class where a folder may be called so."""
    fits = name.isprintable() and len(os.fsencode(name)) <= _LONGEST_NAME
    if not fits or name.startswith(".") or set(name) & set("/\\"):
        raise DataError(
            f"no folder can be called {name!r}, as a class is: give it another name (--class-names), or name a .csv "
            "table with -o"
        )
    return name
