"""Feature data sets for tests, of features that are drawn rather than computed."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from headway.dataset import Dataset
from headway.embedding import FeatureTable, write_parquet
from headway.embedding.described import describe
from headway.shards.manifest import NAME, SCHEMA, Manifest, ShardEntry, encode_manifest, features_file
from headway.testing import TINY


def features(
    n: int = 400, k: int = 3, seed: int = 0, names: tuple[str, ...] = ("head.mean",)
) -> tuple[Dataset, FeatureTable]:
    """Return pictures of k classes that lie apart, and their features."""
    info, random = TINY, np.random.default_rng(seed)
    dims = {name: info.dims[name] for name in names}
    labels = np.arange(n) % k
    centres = 0.35 * random.standard_normal((k, sum(dims.values())))
    values = (centres[labels] + random.standard_normal((n, sum(dims.values())))).astype("float32")
    dataset = Dataset([f"{row:04}.png" for row in range(n)], labels, tuple(f"class {label}" for label in range(k)))
    hashes = [hashlib.sha256(b"%d" % row).digest() for row in range(n)]
    about = (info.name, info.sha256, "squash", "fp32", n, 0, None)
    return dataset, FeatureTable(np.arange(n), hashes, dims, [], *about, lambda rows, columns: values[rows][:, columns])


def write(folder: Path, dataset: Dataset, table: FeatureTable, rows: int = 150) -> Path:
    """Write a feature data set of files of so many rows."""
    folder.mkdir()
    entries = []
    for start in range(0, len(table), rows):
        own = np.arange(start, min(start + rows, len(table)))
        part = replace(
            table,
            rows=np.arange(len(own)),
            hashes=[table.hashes[row] for row in own.tolist()],
            fetch=lambda positions, columns, own=own: table.fetch(own[positions], columns),
        )
        some, key = dataset.subset(own), hashlib.sha256(b"%d" % start).hexdigest()
        (file,) = write_parquet(folder / features_file(key), some, part)
        counts = {name: count for name, count in some.counts().items() if count}
        entries.append(ShardEntry(file.name, key, len(own), 0, file.stat().st_size, counts))
    about = {name: value for name, value in describe(dataset, table).items() if name not in ("classes", "source")}
    manifest = Manifest(SCHEMA, about, dataset.classes, table.dims, "made", tuple(entries))
    (folder / NAME).write_bytes(encode_manifest(manifest))
    return folder
