"""Features that `headway.embedding.arrays` wrote, read again: the numbers stay in the file until they are needed.

Nothing of the files is believed: the description is checked as that of a Parquet file is, and names and lengths of the
features are its backbone's; the table must have a row for each of the array; an array is float32 and fills its file, or
its part of an archive, to the byte.
"""

from __future__ import annotations

import csv
import json
import struct
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from headway.cells import text_cell
from headway.dataset import Dataset
from headway.dataset.names import SPLIT_NAMES, plural
from headway.embedding.arrays import COLUMNS, beside, says_so
from headway.embedding.described import (
    as_table,
    check_classes,
    check_copies,
    check_description,
    check_numbers,
    check_size,
    find_backbone,
)
from headway.errors import DataError
from headway.facts.data import Source
from headway.places import regular_status

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.embedding.table import FeatureTable
    from headway.types import FloatArray, IntArray

_MOST_DESCRIPTION, _MOST_TABLE = 16 << 20, 256 << 20  # bytes
_MOST_HEADER = 1_000  # bytes: one of two whole numbers takes about a hundred
_CHECKED = 40 << 20  # bytes of features at once
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # of a member of an archive; then come its name and an extra field


def is_arrays_file(path: Path) -> bool:
    """Say whether a path is of features that `write_arrays` wrote, by the description beside it."""
    return path.suffix.lower() in (".npy", ".npz") and path.is_file() and says_so(beside(path)[1])


def read_arrays(path: Path, cache: str | Path | None = None) -> tuple[Dataset, FeatureTable]:
    """Read what `write_arrays` wrote; `DataError` for anything else, or another version of its backbone."""
    table, description = beside(path)
    with _explained(description):
        about = _description(description)
        info = find_backbone(description, about, cache)
        outputs = about["outputs"]
        if not isinstance(outputs, dict) or not outputs or not outputs.items() <= dict(info.dims).items():
            raise ValueError(f"its outputs must be features of {info.name} with their lengths")
        dims = {name: info.dims[name] for name in outputs}
    with _explained(table):
        rows = _rows(table)
        check_classes(about["classes"], len(rows))
        dataset, digests = _dataset(path, rows, about)
        check_size(path, len(rows), dims)
    with _explained(path):
        vectors = _map(path, dims, len(rows))
    for (name, width), part in zip(dims.items(), vectors, strict=True):
        for start in range(0, len(rows), size := max(1, _CHECKED // (4 * width))):
            check_numbers(path, name, part[start : start + size], info.local.get(name, 0), start)

    def fetch(positions: IntArray, columns: slice | IntArray) -> FloatArray:
        whole: FloatArray = np.concatenate([part[positions] for part in vectors], axis=1)
        return whole[:, columns]

    return dataset, as_table(about, dims, digests, fetch)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn whatever is wrong with a file into a `DataError` that names it."""
    try:
        yield
    except (
        OSError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError, EOFError, csv.Error, struct.error,
        zipfile.BadZipFile, NotImplementedError, SyntaxError, TokenError, UserWarning,
    ) as error:  # fmt: skip
        reason = (str(error) or type(error).__name__).partition("\n")[0]
        raise DataError(f"a file of features must be one that `headway embed` wrote: {path}: {reason}") from error


def _description(path: Path) -> dict[str, Any]:
    if regular_status(path).st_size > _MOST_DESCRIPTION:
        raise ValueError("it is too large to describe features")
    return check_description(path, json.loads(path.read_bytes()), also=("outputs",))


def _rows(path: Path) -> list[list[str]]:
    if regular_status(path).st_size > _MOST_TABLE:
        raise ValueError("it is too large to be a table of pictures")
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    if tuple(header) != COLUMNS or not all(len(row) == len(COLUMNS) for row in rows):
        raise ValueError(f"its columns must be {', '.join(COLUMNS)}")
    return rows


def _dataset(path: Path, rows: Sequence[Sequence[str]], about: dict[str, Any]) -> tuple[Dataset, NDArray[np.uint8]]:
    """Return the data set that a table of rows describes, and the digest of each."""
    columns = dict(zip(COLUMNS, zip(*rows, strict=True) if rows else [()] * len(COLUMNS), strict=True))
    labels = _codes(columns["label"], [text_cell(name) for name in about["classes"]])
    given = _codes(columns["split"], SPLIT_NAMES).astype(np.int8)
    groups, copies = _numbers(columns["group"], np.int64), _numbers(columns["copy"], np.int8)
    whole = given if len(given) and (given >= 0).all() else None
    copied = 0 if copies is None else int(np.count_nonzero(copies))
    names = about["classes"]
    source = Source("features", str(path), len(rows) - copied, len(names), backbone=about["backbone"], copies=copied)
    dataset = Dataset(
        list(columns["path"]), labels, tuple(names), given=whole, groups=groups, copies=copies, source=source
    )
    check_copies(dataset)
    digests = [bytes.fromhex(text) for text in columns["sha256"]]
    if not all(len(digest) == 32 for digest in digests):
        raise ValueError("its sha256 must be of 64 digits each")
    return dataset, np.frombuffer(b"".join(digests), np.uint8).reshape(-1, 32)


def _codes(texts: Sequence[str], known: Sequence[str]) -> NDArray[np.int64]:
    codes = {"": -1} | {name: code for code, name in enumerate(known)}
    return np.array([codes[text] for text in texts], np.int64)


def _numbers(texts: Sequence[str], kind: type[np.integer[Any]]) -> NDArray[Any] | None:
    return np.array([int(text) for text in texts], kind) if any(texts) else None


def _map(path: Path, dims: dict[str, int], rows: int) -> list[NDArray[np.float32]]:
    """Return the features in the order of their names, each (rows, its length), as parts of the file."""
    with path.open("rb") as file:
        if path.suffix.lower() == ".npy":
            whole = _mapped(file, 0, regular_status(path).st_size, rows, sum(dims.values()))
            return np.split(whole, np.cumsum(list(dims.values()))[:-1], axis=1)
        with zipfile.ZipFile(file) as archive:
            return [_member(file, archive.getinfo(f"{name}.npy"), rows, width) for name, width in dims.items()]


def _member(file: IO[bytes], member: zipfile.ZipInfo, rows: int, width: int) -> NDArray[np.float32]:
    if member.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{member.filename} must not be compressed")
    file.seek(member.header_offset)
    sign, name, extra = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    if sign != b"PK\x03\x04":
        raise ValueError(f"{member.filename} is not where the archive says")
    return _mapped(file, member.header_offset + _LOCAL_HEADER.size + name + extra, member.file_size, rows, width)


def _mapped(file: IO[bytes], start: int, size: int, rows: int, width: int) -> NDArray[np.float32]:
    """Return the array that begins at a byte of a file, and takes ``size`` bytes with its header."""
    file.seek(start)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("it is an array of another format")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # NumPy mends headers of Python 2
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(file, _MOST_HEADER)
    if shape != (rows, width) or fortran or dtype != np.dtype("<f4"):
        raise ValueError(f"it must be float32 of {plural(rows, 'row')} and {width:,} columns, not {dtype} {shape}")
    if file.tell() - start + 4 * rows * width != size:
        raise ValueError("it is cut off")
    return np.memmap(file, np.dtype("<f4"), "r", file.tell(), shape)
