"""Features as a Parquet file, to keep, to share, and to read with anything else.

One row per picture that could be read, in the order of the data set:

=========  =======================  ================================================================
column     type                     content
=========  =======================  ================================================================
path       string                   the file, or ``picture 7`` for one from memory
label      string                   the class; null where there is none
split      string                   ``train``, ``validation`` or ``test`` where the data say so, else null
group      int64                    only where the data have groups
copy       int8                     only where there are changed copies of training pictures: 0 for a picture itself
sha256     fixed-size binary (32)   of the picture's content; identical pictures share it
a feature  fixed-size list (float)  one column for each, by its name
=========  =======================  ================================================================

The schema's metadata say, under ``headway``, as JSON: backbone, its sha256, resize policy, side of the squares,
bands, range of values, precision, classes, source.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from headway.dataset import Dataset
from headway.dataset.names import plural, some
from headway.dataset.parquetfile import check_metadata, check_unfolded, values
from headway.embedding.described import (
    as_table,
    check_classes,
    check_copies,
    check_description,
    check_numbers,
    check_size,
    describe,
    find_backbone,
)
from headway.errors import DataError, OutputError
from headway.facts.data import Source
from headway.optional import import_optional
from headway.places import check_output, regular_status, replacing

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.embedding.table import FeatureTable
    from headway.types import FloatArray, IntArray

_ROWS, _GROUP_BYTES = 2_000, 40 << 20  # in a row group, at most: the default backbone's features take about as much
_TEXTS = ["path", "label", "split"]
_SPLITS = ("train", "validation", "test")
_KEY = b"headway"


def write_parquet(path: Path, dataset: Dataset, table: FeatureTable) -> list[Path]:
    """Write features to a file, which appears whole or not at all. Needs the extra ``headway[parquet]``.

    An older file of features is replaced, any other file is not (`OutputError`); symbolic links are followed.
    """
    check_parquet_target(path)
    with replacing(path) as file:
        write_rows(file, dataset, table, describe(dataset, table))
    return [path]


def write_rows(
    file: IO[bytes], dataset: Dataset, table: FeatureTable, about: Mapping[str, Any], also: Mapping[bytes, bytes] = {}
) -> None:
    """Write features to an open file, a few rows at a time.

    ``about`` is what `describe` says, and may say more; ``also`` are further metadata of the file.
    """
    parquet = import_optional("pyarrow.parquet", "parquet")
    optional = [name for name, column in _optional(dataset).items() if column is not None]
    schema = _schema(table.dims, optional).with_metadata({_KEY: json.dumps(about).encode(), **also})
    with parquet.ParquetWriter(
        file, schema, use_dictionary=["label", "split"], compression="zstd", write_page_checksum=True
    ) as writer:
        rows = max(1, min(_ROWS, _GROUP_BYTES // (4 * sum(table.dims.values()))))
        for start in range(0, len(table), rows):
            positions = np.arange(start, min(start + rows, len(table)))
            writer.write_batch(_batch(schema, dataset, table, positions))


def check_parquet_target(path: Path) -> None:
    """Refuse a path to which `write_parquet` would not write."""
    import_optional("pyarrow.parquet", "parquet")
    target = check_output(path)
    if target.exists() and target.stat().st_size and not is_features_file(target):
        raise OutputError(
            f"{path} is not a file of features that Headway wrote, and is not overwritten; give another path with -o"
        )


def _optional(dataset: Dataset) -> dict[str, NDArray[Any] | None]:
    """Return the columns that a file has only where the data have them."""
    return {"group": dataset.groups, "copy": dataset.copies}


def _schema(dims: dict[str, int], optional: Sequence[str]) -> Any:
    arrow = import_optional("pyarrow", "parquet")
    fields = [("path", arrow.string()), ("label", arrow.string()), ("split", arrow.string())]
    fields += [(name, arrow.int64() if name == "group" else arrow.int8()) for name in optional]
    fields += [("sha256", arrow.binary(32))]
    return arrow.schema(fields + [(name, arrow.list_(arrow.float32(), width)) for name, width in dims.items()])


def _batch(schema: Any, dataset: Dataset, table: FeatureTable, positions: IntArray) -> Any:
    arrow = import_optional("pyarrow", "parquet")
    rows = table.rows[positions]
    labels = dataset.labels[rows].tolist()
    given = np.full(len(rows), -1) if dataset.given is None else dataset.given[rows]
    columns = [
        # A name on disk need not be text; Parquet's strings are.
        [dataset.name(row).encode("utf-8", "backslashreplace").decode() for row in rows.tolist()],
        [dataset.classes[label] if label >= 0 else None for label in labels],
        [_SPLITS[split] if split >= 0 else None for split in given.tolist()],
    ]
    columns += [column[rows] for column in _optional(dataset).values() if column is not None]
    columns += [[table.hashes[position] for position in positions.tolist()]]
    arrays = [arrow.array(column, field.type) for column, field in zip(columns, schema, strict=False)]
    vectors = table.read(positions)
    for part in np.split(vectors, np.cumsum(list(table.dims.values()))[:-1], axis=1):
        flat = arrow.array(np.ascontiguousarray(part).reshape(-1))
        arrays.append(arrow.FixedSizeListArray.from_arrays(flat, part.shape[1]))
    return arrow.record_batch(arrays, schema=schema)


def is_features_file(path: object) -> bool:
    """Say whether a path is of a file that `write_parquet` wrote; reads its end only, and is quick for all others.

    Needs ``headway[parquet]`` where it is a Parquet file.
    """
    if not isinstance(path, str | os.PathLike):
        return False
    try:
        regular_status(path)
        with open(path, "rb") as file:
            if file.read(4) != b"PAR1":
                return False
    except (OSError, ValueError):  # ValueError for a NUL byte
        return False
    arrow = import_optional("pyarrow", "parquet")
    parquet = import_optional("pyarrow.parquet", "parquet")
    try:
        return _KEY in (parquet.read_schema(path).metadata or {})
    except (arrow.ArrowException, OSError):
        return False


def read_parquet(path: Path, cache: str | Path | None = None) -> tuple[Dataset, FeatureTable]:
    """Read a file that `write_parquet` wrote; all features are held in memory.

    The data set has the paths as they were written; the pictures are not looked at. A file that is damaged, of another
    version of its backbone (converted ones are looked for in ``cache``), or of more than 4 GiB of features is a
    `DataError`.
    """
    arrow = import_optional("pyarrow", "parquet")
    parquet = import_optional("pyarrow.parquet", "parquet")
    try:
        size = regular_status(path).st_size
        # Read ahead, a column is held as a whole, and memory for it is kept.
        how = {"page_checksum_verification": True, "read_dictionary": _TEXTS, "pre_buffer": False}
        with parquet.ParquetFile(path, **how) as file:
            schema = file.metadata.schema.to_arrow_schema()
            about = check_description(path, _own(schema.metadata or {}))
            info = find_backbone(path, about, cache)
            dims = _dims(path, schema, file.metadata.num_rows, info, size)
            check_metadata(file.metadata, size)
            check_classes(about["classes"], file.metadata.num_rows)
            optional = _present(schema)
            content = file.read(columns=["path", "label", "split", "sha256", *optional])
            _check_filled(content)
            numbers = {name: content[name].to_numpy() for name in optional}
            given, copies = _given(values(content["split"], size)), numbers.get("copy")
            copied = 0 if copies is None else int(np.count_nonzero(copies))
            vectors = _vectors(path, file, dims, info.local)
        dataset = Dataset(
            pictures=values(content["path"], size),
            labels=_codes(values(content["label"], size), about["classes"]),
            classes=tuple(about["classes"]),
            given=given,
            groups=numbers.get("group"),
            copies=copies,
            source=Source(
                "features",
                str(path),
                len(content) - copied,
                len(about["classes"]),
                backbone=str(about["backbone"]),
                copies=copied,
            ),
        )
        check_copies(dataset)
        digests = np.frombuffer(b"".join(content["sha256"].to_pylist()), np.uint8).reshape(-1, 32)
    except (arrow.ArrowException, OSError, LookupError, ValueError, TypeError, RecursionError) as error:
        reason = str(error).partition("\n")[0]
        raise DataError(f"a file of features must be one that `headway embed` wrote: {path}: {reason}") from error

    def fetch(positions: IntArray, columns: slice | IntArray) -> FloatArray:
        if isinstance(columns, slice):
            return vectors[:, columns][positions]
        found = np.empty((len(positions), len(columns)), np.float32)
        for start in range(0, len(positions), _ROWS):  # whole rows of all pictures would be as much again as the file
            found[start : start + _ROWS] = vectors[positions[start : start + _ROWS]][:, columns]
        return found

    return dataset, as_table(about, dims, digests, fetch)


def _own(metadata: Mapping[bytes, bytes]) -> object:
    if _KEY not in metadata:
        raise ValueError("its metadata are not Headway's")
    return json.loads(metadata[_KEY])


def _dims(path: Path, schema: Any, rows: int, info: BackboneInfo, size: int) -> dict[str, int]:
    """Return the features and their lengths, once every column has its type and there is room for all of them."""
    arrow = import_optional("pyarrow", "parquet")
    names = [field.name for field in schema if arrow.types.is_fixed_size_list(field.type)]
    unknown = [name for name in names if name not in info.dims]
    if unknown:
        raise ValueError(f"{info.name} has no feature {unknown[0]!r}")
    dims = {name: info.dims[name] for name in names}
    if not dims:
        raise ValueError("it has no column of features")
    for field in _schema(dims, _present(schema)):
        count = schema.names.count(field.name)
        if count != 1:
            raise ValueError(f"there must be one column {field.name!r}, and there are {count}")
        found = schema.field(field.name).type
        if found != field.type and not _is_vector(found, dims.get(field.name)):
            raise ValueError(f"column {field.name!r} must be of type {field.type}, not {found}")
    check_unfolded(size, held=check_size(path, rows, dims))
    return dims


def _present(schema: Any) -> list[str]:
    return [name for name in ("group", "copy") if name in schema.names]


def _is_vector(kind: Any, width: int | None) -> bool:
    """Say whether a type is that of a feature, whatever others call the items of a list."""
    arrow = import_optional("pyarrow", "parquet")
    if not arrow.types.is_fixed_size_list(kind):
        return False
    return bool(kind.list_size == width and kind.value_type == arrow.float32())


def _check_filled(content: Any) -> None:
    for name in content.column_names:
        if name not in ("label", "split") and content[name].null_count:
            raise ValueError(f"column {name!r} is empty in {plural(content[name].null_count, 'row')}")


def _codes(names: Sequence[str | None], known: Sequence[str]) -> IntArray:
    codes: dict[str | None, int] = {None: -1} | {name: code for code, name in enumerate(known)}
    unknown = next((name for name in names if name not in codes), None)
    if unknown is not None:
        raise ValueError(f"it has rows of {unknown!r}, which must be one of {some([str(name) for name in known])}")
    return np.array([codes[name] for name in names], dtype=np.int64)


def _given(names: Sequence[str | None]) -> NDArray[np.int8] | None:
    given = _codes(names, _SPLITS).astype(np.int8)
    return given if len(given) and (given >= 0).all() else None


def _vectors(path: Path, file: Any, dims: dict[str, int], local: Mapping[str, int]) -> FloatArray:
    """Return all features side by side; a little of one column at a time is decoded beside them."""
    vectors: FloatArray = np.empty((file.metadata.num_rows, sum(dims.values())), np.float32)
    start = 0
    for name, width in dims.items():
        part = vectors[:, start : start + width]
        row = 0
        for batch in file.iter_batches(batch_size=_ROWS, columns=[name]):
            column = batch.column(0)
            flat = column.flatten()
            if column.null_count or flat.null_count:
                raise ValueError(f"column {name!r} has empty rows or values")
            part[row : row + len(column)] = flat.to_numpy().reshape(-1, width)
            row += len(column)
        if row != len(vectors):
            raise ValueError(f"column {name!r} has {plural(row, 'row')} of {len(vectors):,}")
        check_numbers(path, name, part, local.get(name, 0))
        start += width
    return vectors
