"""A division as a table that every command reads."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

from headway.cells import path_cell, text_cell
from headway.dataset.names import SPLIT_NAMES
from headway.errors import OutputError
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
    groups = dataset.groups is not None
    with replacing(path) as file:
        text = io.TextIOWrapper(file, "utf-8", "surrogateescape", newline="", write_through=True)
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(["path", "label", "split", *(["group"] if groups else [])])
        for row, part in enumerate(part_of.tolist()):
            picture = os.path.abspath(path_of(dataset, row))
            below = picture.removeprefix(os.path.join(path.parent, ""))
            cells = [path_cell(below), text_cell(dataset.classes[dataset.labels[row]]), SPLIT_NAMES[part]]
            rows.writerow([*cells, *([_group(dataset, row)] if groups else [])])
        text.detach()


def _group(dataset: Dataset, row: int) -> str:
    number = int(dataset.groups[row])  # type: ignore[index]
    return text_cell(dataset.group_names[number]) if dataset.group_names else str(number)
