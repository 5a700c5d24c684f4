"""A division as a table that every command reads."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

from headway.cells import path_cell, text_cell
from headway.dataset.names import SPLIT_NAMES
from headway.errors import DataError, OutputError
from headway.places import check_output, replacing
from headway.splitting.folder import path_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from headway.dataset import Dataset


def check(path: Path) -> Path:
    """Refuse a place that exists or cannot be written to; return it without symbolic links."""
    if os.path.lexists(path):
        raise OutputError(f"{path} exists, and is not replaced: give another place with -o")
    return check_output(path)


def write(path: Path, dataset: Dataset, part_of: NDArray[np.int8]) -> None:
    """Write a row for each picture: path, label, split, and group where there are any.

    Paths below the table's folder are written from there on, so that the folder can be moved; all others whole.
    """
    if dataset.source.archive is not None or any(part.archive for part in dataset.source.parts):
        raise OutputError("a table would name files of the cache, where an archive is unpacked: name a folder with -o")
    _check_texts(path, dataset)
    groups = dataset.groups is not None
    with replacing(path) as file:
        text = io.TextIOWrapper(file, "utf-8", "backslashreplace", newline="", write_through=True)
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(["path", "label", "split", *(["group"] if groups else [])])
        for row, part in enumerate(part_of.tolist()):
            cells = [path_cell(_below(path, dataset, row)), dataset.classes[dataset.labels[row]], SPLIT_NAMES[part]]
            rows.writerow([*cells, *([_group(dataset, row)] if groups else [])])
        text.detach()


def _check_texts(path: Path, dataset: Dataset) -> None:
    """Refuse names that would be others in a table, where nothing may be taken for a command."""
    for name in dataset.classes:
        if text_cell(name) != name:
            raise DataError(
                f"a table cannot hold the name of the class {name!r} as it is: give it another one (--class-names), or "
                "name a folder with -o"
            )
    for row in range(len(dataset)):
        below = _below(path, dataset, row)
        if not path_cell(below).endswith(below) or below.encode("utf-8", "ignore").decode() != below:
            raise DataError(f"a table cannot hold the name of the file {below!r} as it is: name a folder with -o")


def _below(path: Path, dataset: Dataset, row: int) -> str:
    """Return the path of a picture, from the table's folder on where it lies in there."""
    return os.path.abspath(path_of(dataset, row)).removeprefix(os.path.join(path.parent, ""))


def _group(dataset: Dataset, row: int) -> str:
    number = int(dataset.groups[row])  # type: ignore[index]
    return text_cell(dataset.group_names[number]) if dataset.group_names else str(number)
