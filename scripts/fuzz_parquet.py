"""Read damaged and odd Parquet files, as features and as a table of pictures: ``python scripts/fuzz_parquet.py --count 400``.

Half of them have damaged bytes; the others are sound, and hold another schema, other values or other metadata, or
repeat a value so often that a small file holds gigabytes.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as arrow
from fuzzing import main, mutate
from pyarrow import parquet

import headway
from headway.embedding.parquet import is_features_file, read_parquet, write_parquet
from headway.errors import HeadwayError
from headway.predictions import check_predictions_target

ROWS = 12
VALUES: list[Any] = [
    None,
    -1,
    2**40,
    1e300,
    float("nan"),
    "",
    "x" * 100_000,
    [],
    {},
    ["a", None],
    {"a": 1},
    True,
    "\ud800",
    "a\nb",
]
TYPES = [
    arrow.null(), arrow.int8(), arrow.uint64(), arrow.float16(), arrow.float64(), arrow.string(), arrow.large_string(),
    arrow.binary(), arrow.binary(32), arrow.binary(7), arrow.bool_(), arrow.date32(), arrow.timestamp("ns", "UTC"),
    arrow.decimal128(20, 3), arrow.list_(arrow.float32()), arrow.list_(arrow.float32(), 3),
    arrow.list_(arrow.list_(arrow.float32())), arrow.struct([("a", arrow.int32())]), arrow.map_(arrow.string(), arrow.int8()),
    arrow.dictionary(arrow.int8(), arrow.string()), arrow.duration("s"), arrow.time64("us"),
]  # fmt: skip


@cache
def sound() -> arrow.Table:
    """Return a file of features of a few pictures in memory."""
    pictures = [np.full((8, 8, 3), 20 * number, np.uint8) for number in range(ROWS)]
    dataset = headway.read(pictures, labels=[f"class {number % 3}" for number in range(ROWS)], groups=list(range(ROWS)))
    table = headway.embed(dataset, backbone="tiny")
    file = Path("features.parquet").absolute()
    write_parquet(file, dataset, table)
    try:
        return parquet.read_table(file)
    finally:
        file.unlink()


def written(table: arrow.Table, random: np.random.Generator) -> bytes:
    """Return a table as a file, written in one of many ways."""
    file = io.BytesIO()
    parquet.write_table(
        table, file,
        compression=str(random.choice(["none", "snappy", "zstd", "gzip", "brotli", "lz4"])),
        use_dictionary=bool(random.integers(0, 2)),
        data_page_version=str(random.choice(["1.0", "2.0"])),
        write_page_checksum=bool(random.integers(0, 2)),
        row_group_size=int(random.choice([1, 5, 1_000_000])),
        store_schema=bool(random.integers(0, 4)),
    )  # fmt: skip
    return file.getvalue()


def with_other_column(table: arrow.Table, random: np.random.Generator) -> arrow.Table:
    """Give a column another type or other values, leave it out, double it, or rename it."""
    place = int(random.integers(0, table.num_columns))
    name = table.column_names[place]
    match random.integers(0, 5):
        case 0:
            return table.remove_column(place)
        case 1:
            return table.append_column(name, table.column(place))
        case 2:
            other = str(random.choice([*table.column_names, "", "x" * 1000, "a\nb", "path", "label", "group"]))
            return table.rename_columns(
                [other if each == place else old for each, old in enumerate(table.column_names)]
            )
        case 3:  # a few values
            column = table.column(place).to_pylist()
            for _ in range(int(random.integers(1, 4))):
                column[int(random.integers(0, len(column)))] = VALUES[int(random.integers(0, len(VALUES)))]
            return table.set_column(place, name, arrow.array(column, table.schema.field(place).type))
        case _:
            kind = TYPES[int(random.integers(0, len(TYPES)))]
            return table.set_column(place, arrow.field(name, kind), arrow.nulls(len(table), kind))


def with_other_metadata(table: arrow.Table, random: np.random.Generator) -> arrow.Table:
    """Change what the schema's metadata say."""
    about = json.loads(table.schema.metadata[b"headway"])
    key = str(random.choice([*about, "more"]))
    if random.integers(0, 5):
        about[key] = VALUES[int(random.integers(0, len(VALUES)))]
    else:
        about.pop(key, None)
    text = json.dumps(about) if random.integers(0, 8) else "[" * 100_000
    return table.replace_schema_metadata({b"headway": text.encode("utf-8", "surrogatepass")})


def swollen(table: arrow.Table, random: np.random.Generator) -> arrow.Table:
    """Repeat a row, or a long text, so often that little on disk is much in memory."""
    count = int(random.choice([100_000, 2_000_000]))
    if random.integers(0, 2):
        table = table.take(arrow.array(np.zeros(count, np.int64)))
        return table.select(["path", "label", "split", "sha256", "head.mean"][: int(random.choice([2, 5]))])
    text = arrow.array(["x" * 200_000]).take(arrow.array(np.zeros(2_000, np.int64)))
    return arrow.table({"path": text, "label": text})


def case(random: np.random.Generator, folder: Path) -> None:
    """Make a file and read it in each way in which a command would."""
    table = sound()
    match random.integers(0, 8):
        case 0 | 1 | 2 | 3:
            content = written(table if random.integers(0, 2) else table.select(["path", "label"]), random)
            content = content[: len(content) // 2] + mutate(content[len(content) // 2 :], random)  # more of the footer
        case 4 | 5:
            with contextlib.suppress(arrow.ArrowException, UnicodeError, TypeError, OverflowError):
                table = with_other_column(table, random)
            content = written(table, random)
        case 6:
            content = written(with_other_metadata(table, random), random)
        case _:
            file = io.BytesIO()
            parquet.write_table(swollen(table, random), file, compression="zstd")
            content = file.getvalue()
    path = folder / "features.parquet"
    path.write_bytes(content)
    if is_features_file(path):
        attempt(lambda: read_features(path))
    attempt(lambda: headway.read(path, path_column="path", label_column="label"))
    attempt(lambda: headway.read(path))
    attempt(lambda: check_predictions_target(path))


def read_features(path: Path) -> None:
    """Read all of a file of features."""
    _, table = read_parquet(path)
    table.read(np.arange(len(table)))


def attempt(use: Callable[[], object]) -> None:
    """Use a file in one of several ways, each of which may refuse it."""
    try:
        use()
    except HeadwayError as error:
        if "\n" in str(error):
            raise AssertionError("a message has one line") from error


if __name__ == "__main__":
    main(case, 400)
