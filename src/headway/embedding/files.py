"""Features to a file and back, in the format that its name ends in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from headway.embedding.arrays import check_arrays_target, write_arrays
from headway.embedding.mapped import is_arrays_file, read_arrays
from headway.embedding.parquet import check_parquet_target, read_parquet, write_parquet
from headway.embedding.parquet import is_features_file as is_parquet_features
from headway.errors import OutputError

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.embedding.table import FeatureTable

_WRITERS = {
    ".parquet": (check_parquet_target, write_parquet),
    ".npy": (check_arrays_target, write_arrays),
    ".npz": (check_arrays_target, write_arrays),
}


def check_features_target(path: Path) -> None:
    """Refuse a path to which `write_features` would not write; it is for before the features are computed."""
    if path.suffix.lower() not in _WRITERS:
        raise OutputError(f"the name of a file of features must end in {', '.join(_WRITERS)}, not as {path.name} does")
    check, _ = _WRITERS[path.suffix.lower()]
    check(path)


def is_features_file(path: object) -> bool:
    """Say whether a path is of features that `write_features` wrote; quick for all others."""
    if not isinstance(path, str | os.PathLike):
        return False
    return is_arrays_file(Path(path)) or is_parquet_features(path)


def read_features(path: Path, cache: str | Path | None = None) -> tuple[Dataset, FeatureTable]:
    """Read what `write_features` wrote, as `read_parquet` does."""
    return read_arrays(path, cache) if is_arrays_file(path) else read_parquet(path, cache)


def write_features(path: Path, dataset: Dataset, table: FeatureTable) -> list[Path]:
    """Write features in the format that the name ends in, a few rows at a time; return all files that were written.

    An older file of features is replaced, any other file is not (`OutputError`); symbolic links are followed.
    """
    check_features_target(path)
    _, write = _WRITERS[path.suffix.lower()]
    return write(path, dataset, table)
