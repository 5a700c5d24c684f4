"""Features as NumPy arrays, for a program of one's own, with tables beside them.

``features.npy`` is one float32 array, a row for each picture that could be read, in the order of the data set;
``features.npz`` has an array for each feature, by its name. Beside either there are

``features.csv``
    path, label, split, group, copy (0 for a picture itself, else which of its changed copies) and sha256 of each row;
    a column of which nothing is known is empty.
``features.json``
    what the features are of, as in a Parquet file, and under ``outputs`` their names and lengths, in the order of the
    columns.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import numpy as np

from headway.cells import path_cell, text_cell
from headway.dataset.names import SPLIT_NAMES
from headway.embedding.described import describe
from headway.places import check_output, replacing

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.embedding.table import FeatureTable
    from headway.types import FloatArray

COLUMNS = ("path", "label", "split", "group", "copy", "sha256")
_AT_ONCE = 16 << 20  # bytes
_SIGN = '{"headway": "features"'


def write_arrays(path: Path, dataset: Dataset, table: FeatureTable) -> list[Path]:
    """Write features to ``.npy`` or ``.npz``, and the tables beside it; each file appears whole or not at all."""
    check_arrays_target(path)
    targets = beside(path)
    with replacing(path) as file:
        if path.suffix.lower() == ".npy":
            _write_array(file, table, None)
        else:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
                for name in table.dims:
                    with archive.open(_member(name), "w", force_zip64=True) as member:
                        _write_array(member, table, name)
    with replacing(targets[0]) as file:
        _write_table(file, dataset, table)
    about = {"headway": "features", **describe(dataset, table), "outputs": table.dims}
    with replacing(targets[1]) as file:
        file.write(json.dumps(about, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
    return [path, *targets]


def beside(path: Path) -> tuple[Path, Path]:
    """Return where the tables are: of the rows, and of what the features are of."""
    return path.with_suffix(".csv"), path.with_suffix(".json")


def check_arrays_target(path: Path) -> None:
    """Refuse a path where `write_arrays` would replace a file that it did not write."""
    table, description = beside(path)
    for target in (path, table, description):
        check_output(target, sign=lambda _: says_so(description))


def says_so(description: Path) -> bool:
    """Say whether a file is a description of features: what lies beside it was written together with it."""
    try:
        with description.open(encoding="utf-8") as file:
            return file.read(len(_SIGN)) == _SIGN
    except (OSError, ValueError):
        return False


def _member(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(f"{name}.npy")  # of 1980, so that the same features give the same bytes


def _write_array(file: IO[bytes], table: FeatureTable, name: str | None) -> None:
    """Write one feature, or all side by side, a few rows at a time."""
    width = sum(table.dims.values()) if name is None else table.dims[name]
    header = {"descr": "<f4", "fortran_order": False, "shape": (len(table), width)}
    np.lib.format.write_array_header_1_0(file, header)
    # The whole vector of a picture is read from the store, whichever feature is wanted.
    rows = max(1, _AT_ONCE // (4 * sum(table.dims.values())))
    for part in table.chunks(rows, None if name is None else [name]):
        file.write(cast("FloatArray", np.ascontiguousarray(part, "<f4")).data)


def _write_table(file: IO[bytes], dataset: Dataset, table: FeatureTable) -> None:
    text = io.TextIOWrapper(file, "utf-8", "backslashreplace", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for position, row in enumerate(table.rows.tolist()):
        writer.writerow([*_row(dataset, row), table.hashes[position].hex()])
    text.detach()


def _row(dataset: Dataset, row: int) -> Iterator[str]:
    label = int(dataset.labels[row])
    yield path_cell(dataset.name(row))
    yield text_cell(dataset.classes[label]) if label >= 0 else ""
    yield "" if dataset.given is None or dataset.given[row] < 0 else SPLIT_NAMES[dataset.given[row]]
    yield "" if dataset.groups is None else str(dataset.groups[row])
    yield "" if dataset.copies is None else str(dataset.copies[row])
