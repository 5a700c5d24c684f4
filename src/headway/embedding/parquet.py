"""Features as a Parquet file, to keep, to share, and to read with anything else.

One row per picture that could be read, in the order of the data set:

=========  =======================  ================================================================
column     type                     content
=========  =======================  ================================================================
path       string                   the file, or ``picture 7`` for one from memory
label      string                   the class; null where there is none
split      string                   ``train``, ``validation`` or ``test`` where the data say so, else null
group      int64                    only where the data have groups
sha256     fixed-size binary (32)   of the picture's content; identical pictures share it
a feature  fixed-size list (float)  one column for each, by its name
=========  =======================  ================================================================

The schema's metadata say, under ``headway``, as JSON: backbone, its sha256, resize policy, bands, range of values,
precision, classes, source.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from numpy.typing import NDArray

from headway.backbones import find, find_by_digest
from headway.dataset import Dataset
from headway.dataset.names import plural, some
from headway.dataset.parquetfile import check_metadata, check_unfolded, values
from headway.embedding.table import Digests, FeatureTable
from headway.errors import DataError, OutputError, UnknownNameError
from headway.facts.data import Source
from headway.optional import import_optional
from headway.places import check_output, regular_status, replacing
from headway.ranges import is_range
from headway.rendering.data import source as source_line
from headway.types import Decoding, Precision, Reading, ResizePolicy, is_bands

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.types import FloatArray, IntArray

FORMAT = 1
MAX_BYTES = 4 * 2**30  # of features, which are held in memory
LARGEST = 1e15  # those of real networks stay below some thousands; sums of squares of these still fit a float32
_ROWS = 2_000  # in a row group: some 40 MB of the default backbone's features
_TEXTS = ["path", "label", "split"]
_SPLITS = ("train", "validation", "test")
_KEY = b"headway"


def write_parquet(path: Path, dataset: Dataset, table: FeatureTable) -> None:
    """Write features to a file, which appears whole or not at all. Needs the extra ``headway[parquet]``.

    An older file of features is replaced, any other file is not (`OutputError`); symbolic links are followed.
    """
    _check_place(path)
    parquet = import_optional("pyarrow.parquet", "parquet")
    about = {
        "format": FORMAT,
        "backbone": table.backbone,
        "backbone_sha256": table.backbone_sha256,
        "resize": table.resize,
        "bands": list(table.reading.bands),
        "value_range": list(table.reading.value_range),
        "decoding": table.reading.decoding,
        "precision": table.precision,
        "classes": dataset.classes,
        "source": source_line(dataset.source),
    }
    schema = _schema(table.dims, dataset.groups is not None).with_metadata({_KEY: json.dumps(about).encode()})
    with (
        replacing(path) as file,
        parquet.ParquetWriter(
            file, schema, use_dictionary=["label", "split"], compression="zstd", write_page_checksum=True
        ) as writer,
    ):
        for start in range(0, len(table), _ROWS):
            positions = np.arange(start, min(start + _ROWS, len(table)))
            writer.write_batch(_batch(schema, dataset, table, positions))


def check_features_target(path: Path) -> None:
    """Refuse a path to which `write_parquet` would not write, or that does not end in ``.parquet``.

    It is for before the features are computed.
    """
    _check_place(path)
    if path.suffix.lower() != ".parquet":
        raise OutputError(f"features become a Parquet file, and {path} does not end in .parquet: name it so")


def _check_place(path: Path) -> None:
    import_optional("pyarrow.parquet", "parquet")
    target = check_output(path)
    if target.exists() and target.stat().st_size and not is_features_file(target):
        raise OutputError(
            f"{path} is not a file of features that Headway wrote, and is not overwritten; give another path with -o"
        )


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
        with parquet.ParquetFile(path, page_checksum_verification=True, read_dictionary=_TEXTS) as file:
            schema = file.metadata.schema.to_arrow_schema()
            about = _about(path, schema.metadata or {})
            info = _backbone(path, about, cache)
            dims = _dims(path, schema, file.metadata.num_rows, info, size)
            check_metadata(file.metadata, size)
            groups = "group" in schema.names
            content = file.read(columns=["path", "label", "split", "sha256", *(["group"] if groups else [])])
            _check_filled(content)
            vectors = _vectors(path, file, dims, info.local)
        dataset = Dataset(
            pictures=values(content["path"], size),
            labels=_codes(values(content["label"], size), about["classes"]),
            classes=tuple(about["classes"]),
            given=_given(values(content["split"], size)),
            groups=content["group"].to_numpy().astype(np.int64) if groups else None,
            source=Source("features", str(path), len(content), len(about["classes"]), backbone=str(about["backbone"])),
        )
        digests = np.frombuffer(b"".join(content["sha256"].to_pylist()), np.uint8).reshape(-1, 32)
    except (arrow.ArrowException, OSError, LookupError, ValueError, TypeError, RecursionError) as error:
        reason = str(error).partition("\n")[0]
        raise DataError(f"a file of features must be one that `headway embed` wrote: {path}: {reason}") from error

    def fetch(positions: IntArray, columns: slice | IntArray) -> FloatArray:
        return vectors[positions][:, columns]

    table = FeatureTable(
        rows=np.arange(len(dataset)),
        hashes=Digests(digests),
        dims=dims,
        quarantined=[],
        backbone=about["backbone"],
        backbone_sha256=about["backbone_sha256"],
        resize=about["resize"],
        reading=Reading(
            tuple(about.get("bands", ())), tuple(map(float, about.get("value_range", ()))), about["decoding"]
        ),
        precision=about["precision"],
        computed=0,
        cached=len(dataset),
        images_per_s=None,
        fetch=fetch,
    )
    return dataset, table


def backbone_of(table: FeatureTable, cache: str | Path | None = None) -> BackboneInfo:
    """Return the backbone of a table from `read_parquet`."""
    return find_by_digest(table.backbone_sha256, cache) or find(table.backbone)


def features_in(table: FeatureTable, info: BackboneInfo, wanted: str) -> str:
    """Return the name of the features to read of a file from `read_parquet`: those that are wanted, if it has them.

    Where that is left open (``"auto"``), a file that lacks some of the usual features is read whole.
    """
    held = set(table.dims)
    if wanted == "auto" and not held.issuperset(info.depths):
        whole = (name for name in info.feature_names if held == set(info.outputs_of(name)))
        if (name := next(whole, None)) is not None:
            return name
        wanted = "depths"
    elif wanted == "auto" or held.issuperset(info.outputs_of(wanted)):
        return wanted
    names = [name for name in info.feature_names if held.issuperset(info.outputs_of(name))]
    raise DataError(
        f"this file of features has {some(list(table.dims))} of {info.name}, and not all of {wanted}: name some "
        f"that it has ({some(names)}) with --features, or write it again with `headway embed --features {wanted}`"
    )


def _about(path: Path, metadata: Mapping[bytes, bytes]) -> dict[str, Any]:
    """Return the metadata, which are not trusted: each value is checked."""
    if _KEY not in metadata:
        raise ValueError("its metadata are not Headway's")
    about = json.loads(metadata[_KEY])
    wanted = {"format", "backbone", "backbone_sha256", "resize", "precision", "classes"}
    if not isinstance(about, dict) or not wanted <= set(about) or type(about["format"]) is not int:
        raise ValueError("its metadata are incomplete")
    if about["format"] > FORMAT:
        raise DataError(f"{path} was written by a newer Headway (format {about['format']}): update Headway")
    about = {"decoding": "headway", **about}  # what it was before there were two
    choices = {"resize": ResizePolicy, "precision": Precision, "decoding": Decoding}
    for key, known in ((key, get_args(kind)) for key, kind in choices.items()):
        if about[key] not in known:
            raise ValueError(f"its {key} is {about[key]!r}, and must be {' or '.join(known)}")
    bands = about.get("bands", [])
    if not isinstance(bands, list) or not is_bands(bands):
        raise ValueError("its bands must be one whole number or three")
    value_range = about.get("value_range", [])
    if not isinstance(value_range, list) or not is_range(value_range):
        raise ValueError("its range of values must be two numbers, the lower first")
    if not isinstance(about["classes"], list) or not all(isinstance(name, str) for name in about["classes"]):
        raise TypeError("its classes must be a list of names")
    return about


def _backbone(path: Path, about: dict[str, Any], cache: str | Path | None) -> BackboneInfo:
    name, sha256 = about["backbone"], about["backbone_sha256"]
    if not isinstance(name, str):
        raise TypeError(f"its backbone must be a name, not {name!r}")
    if (converted := find_by_digest(sha256, cache)) is not None and converted.name == name:
        return converted
    try:
        info = find(name)
    except UnknownNameError as error:
        raise DataError(f"{path} holds features of a backbone that is not known here: {error}") from error
    if sha256 != info.sha256:
        raise DataError(
            f"{path} holds features of another version of {info.name}: write them again with `headway embed`"
        )
    return info


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
    for field in _schema(dims, "group" in schema.names):
        count = schema.names.count(field.name)
        if count != 1:
            raise ValueError(f"there must be one column {field.name!r}, and there are {count}")
        found = schema.field(field.name).type
        if found != field.type and not _is_vector(found, dims.get(field.name)):
            raise ValueError(f"column {field.name!r} must be of type {field.type}, not {found}")
    held = 4 * rows * sum(dims.values())
    if held > MAX_BYTES:
        raise DataError(
            f"{path} says that it holds {held / 2**30:,.1f} GiB of features, of at most {MAX_BYTES / 2**30:,.0f} that "
            "are read: give `headway fit` the pictures, whose features it keeps"
        )
    check_unfolded(size, held=held)
    return dims


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
        wrong = _wrong_rows(part, local.get(name, 0))
        if len(wrong):
            bad = int(wrong[0])
            raise DataError(
                f"features must be finite numbers below {LARGEST:.0e}, and row {bad:,} has others in column {name} "
                f"of {path}: write them again with `headway embed`"
            )
        start += width
    return vectors


def _wrong_rows(part: FloatArray, local: int) -> NDArray[np.int64]:
    """Return the rows with a value that no feature has; of a bag, a whole local descriptor may be missing: NaN."""
    if not len(part) or (part.min() > -LARGEST and part.max() < LARGEST):  # NaN is not, either
        return np.empty(0, np.int64)
    fine = np.abs(part) < LARGEST
    if local:
        missing = np.isnan(part).reshape(len(part), -1, local).all(axis=2)
        fine |= np.repeat(missing, local, axis=1)
    return np.flatnonzero(~fine.all(axis=1))
