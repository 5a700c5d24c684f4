"""Features as a Parquet file, to keep, to share, and to read with anything else.

One row per picture that could be read, in the order of the data set:

=========  =======================  ================================================================
column     type                     content
=========  =======================  ================================================================
path       string                   the file, or ``picture 7`` for one from memory
label      string                   the class; null where there is none
split      string                   ``train``, ``validation`` or ``test`` where the data say so, else null
group      int64                    only where the data have groups
sha256     fixed-size binary (32)   of the picture's content: identical pictures are told by it
a feature  fixed-size list (float)  one column for each, by its name
=========  =======================  ================================================================

The schema's metadata say, under ``headway``, as JSON: backbone, its sha256, resize policy, precision, classes, source.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.dataset import Dataset
from headway.embedding.table import Digests, FeatureTable
from headway.errors import DataError
from headway.optional import import_optional
from headway.places import replacing

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

FORMAT = 1
_ROWS = 2_000  # in a row group: some 40 MB of the default backbone's features
_SPLITS = ("train", "validation", "test")
_KEY = b"headway"


def write_parquet(path: Path, dataset: Dataset, table: FeatureTable) -> None:
    """Write features to a file, which appears whole or not at all. Needs the extra ``headway[parquet]``.

    Parameters
    ----------
    path : Path
        Where to.
    dataset : Dataset
        The pictures.
    table : FeatureTable
        Their features.

    Raises
    ------
    OutputError
        When the place cannot be written to.
    MissingExtraError
        When pyarrow is not installed.
    """
    parquet = import_optional("pyarrow.parquet", "parquet")
    about = {
        "format": FORMAT,
        "backbone": table.backbone,
        "backbone_sha256": table.backbone_sha256,
        "resize": table.resize,
        "precision": table.precision,
        "classes": dataset.classes,
        "source": dataset.source,
    }
    schema = _schema(table.dims, dataset.groups is not None).with_metadata({_KEY: json.dumps(about).encode()})
    with (
        replacing(path) as file,
        parquet.ParquetWriter(file, schema, use_dictionary=["label", "split"], compression="zstd") as writer,
    ):
        for start in range(0, len(table), _ROWS):
            positions = np.arange(start, min(start + _ROWS, len(table)))
            writer.write_batch(_batch(schema, dataset, table, positions))


def _schema(dims: dict[str, int], groups: bool) -> Any:
    arrow = import_optional("pyarrow", "parquet")
    fields = [("path", arrow.string()), ("label", arrow.string()), ("split", arrow.string())]
    fields += [("group", arrow.int64())] if groups else []
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
    columns += [] if dataset.groups is None else [dataset.groups[rows]]
    columns += [[table.hashes[position] for position in positions.tolist()]]
    arrays = [arrow.array(column, field.type) for column, field in zip(columns, schema, strict=False)]
    vectors = table.read(positions)
    for values in np.split(vectors, np.cumsum(list(table.dims.values()))[:-1], axis=1):
        flat = arrow.array(np.ascontiguousarray(values).reshape(-1))
        arrays.append(arrow.FixedSizeListArray.from_arrays(flat, values.shape[1]))
    return arrow.record_batch(arrays, schema=schema)


def is_features_file(path: Path) -> bool:
    """Say whether a file is one that `write_parquet` wrote; reads its end only, and is quick for all other files.

    Raises
    ------
    MissingExtraError
        When it is a Parquet file and pyarrow is not installed.
    """
    try:
        with open(path, "rb") as file:
            if file.read(4) != b"PAR1":
                return False
    except OSError:
        return False
    arrow = import_optional("pyarrow", "parquet")
    parquet = import_optional("pyarrow.parquet", "parquet")
    try:
        return _KEY in (parquet.read_schema(path).metadata or {})
    except (arrow.ArrowException, OSError):
        return False


def read_parquet(path: Path) -> tuple[Dataset, FeatureTable]:
    """Read a file that `write_parquet` wrote; all features are held in memory.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Dataset
        With the paths as they were; the pictures are not looked at.
    FeatureTable

    Raises
    ------
    DataError
        When it is no such file, or damaged.
    MissingExtraError
        When pyarrow is not installed.
    """
    arrow = import_optional("pyarrow", "parquet")
    parquet = import_optional("pyarrow.parquet", "parquet")
    try:
        content = parquet.read_table(path)
        about = _about(path)
        dims = {
            field.name: field.type.list_size for field in content.schema if arrow.types.is_fixed_size_list(field.type)
        }
        pictures = content["path"].to_pylist()
        labels = _codes(content["label"].to_pylist(), about["classes"])
        given = _codes(content["split"].to_pylist(), _SPLITS).astype(np.int8)
        groups = content["group"].to_numpy().astype(np.int64) if "group" in content.column_names else None
        digests = np.frombuffer(b"".join(content["sha256"].to_pylist()), np.uint8).reshape(-1, 32)
        values = np.concatenate([_values(content[name], width) for name, width in dims.items()], axis=1)
    except (arrow.ArrowException, OSError, KeyError, ValueError, TypeError) as error:
        said = str(error).partition("\n")[0]
        raise DataError(f"a file of features must be one that `headway embed` wrote: {path}: {said}") from error
    dataset = Dataset(
        pictures=pictures,
        labels=labels,
        classes=tuple(about["classes"]),
        given=given if (given >= 0).all() and len(given) else None,
        groups=groups,
        source=f"{path.name}: {about['backbone']} for {len(pictures):,} pictures in {len(about['classes'])} classes",
    )

    def fetch(positions: IntArray, columns: slice | IntArray) -> FloatArray:
        return values[positions][:, columns]

    table = FeatureTable(
        rows=np.arange(len(pictures)),
        hashes=Digests(digests),
        dims=dims,
        quarantined=[],
        backbone=about["backbone"],
        backbone_sha256=about["backbone_sha256"],
        resize=about["resize"],
        precision=about["precision"],
        computed=0,
        cached=len(pictures),
        images_per_s=None,
        fetch=fetch,
    )
    return dataset, table


def _about(path: Path) -> dict[str, Any]:
    metadata = import_optional("pyarrow.parquet", "parquet").read_schema(path).metadata or {}
    about: dict[str, Any] = json.loads(metadata[_KEY])
    if about["format"] > FORMAT:
        raise DataError(f"{path} was written by a newer Headway (format {about['format']}): update Headway")
    return about


def _codes(names: Sequence[str | None], known: Sequence[str]) -> IntArray:
    codes: dict[str | None, int] = {None: -1} | {name: code for code, name in enumerate(known)}
    return np.array([codes[name] for name in names], dtype=np.int64)


def _values(column: Any, width: int) -> FloatArray:
    parts = [chunk.flatten().to_numpy(zero_copy_only=False).reshape(-1, width) for chunk in column.chunks]
    values: FloatArray = np.concatenate([np.empty((0, width), np.float32), *parts])
    return values
