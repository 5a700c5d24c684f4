"""One shard, computed and written: what every engine does, and all that it does."""

from __future__ import annotations

import functools
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from headway.backbones import open_engine
from headway.dataset import Dataset
from headway.dataset.core import name_classes
from headway.embedding.extractor import Item, Outcome, extract
from headway.embedding.parquet import write_rows
from headway.embedding.table import Digests, FeatureTable
from headway.errors import OutputError
from headway.optional import import_optional
from headway.shards.footers import find_entry, footer
from headway.shards.manifest import ShardEntry, features_file, unreadable_file

if TYPE_CHECKING:
    from headway.backbones import FeatureEngine
    from headway.shards.keys import Job
    from headway.shards.place import Place
    from headway.shards.records import Reader, Record
    from headway.types import FloatArray, IntArray

_IN_MEMORY = 128 << 20  # bytes of features; more of a shard waits on disk


@dataclass(frozen=True)
class Shard:
    """A shard that is to be computed: its key, and what it is read from."""

    key: str
    reader: Reader


class Worker:
    """Computes one shard after the other, with one network, which is loaded when the first picture is decoded."""

    def __init__(self, job: Job, place: Place) -> None:
        self._job = job
        self._place = place

    @functools.cached_property
    def _engine(self) -> FeatureEngine:
        job = self._job
        return open_engine(job.backbone, job.outputs, job.precision, device=job.device, cache=job.cache)

    def compute(self, shard: Shard, advance: Callable[[int], None] = lambda steps: None) -> ShardEntry:
        """Compute a shard and write its files; ``advance`` is told of each picture.

        The table of what could not be read comes first: a file of features stands for a whole shard. One that is there
        by now is not computed again: another run has written it, or a worker that died with its answer.
        """
        if (known := find_entry(self._place, shard.key)) is not None:
            advance(known.rows + known.unreadable)
            return known
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spool:
            rows = _Rows(shard.key, self._job, spool)
            for record, outcome in self._outcomes(shard.reader):
                rows.add(record, outcome)
                advance(1)
            if rows.unreadable:
                with self._place.adding(unreadable_file(shard.key)) as file:
                    rows.write_unreadable(file)
            with self._place.adding(features_file(shard.key)) as file:
                rows.write(file)
        if (size := self._place.size(features_file(shard.key))) is None:
            raise OutputError(
                f"{self._place.address(features_file(shard.key))} was written and is no file now: run the same again, "
                "and let nothing else change the place meanwhile"
            )
        return rows.entry(size)

    def _outcomes(self, reader: Reader) -> Iterator[tuple[Record, Outcome]]:
        job = self._job
        waiting: list[Record] = []

        def items() -> Iterator[Item]:
            with closing(reader.records()) as records:
                for row, record in enumerate(records):
                    waiting.append(record._replace(picture=b""))  # or its content would be held twice
                    yield Item(row, record.picture)

        outcomes = extract(
            items(),
            size=job.backbone.input_size,
            resize=job.resize,
            reading=job.reading,
            open_engine=lambda: self._engine,
        )
        with closing(outcomes):
            for outcome in outcomes:
                yield waiting[outcome.row], outcome


class _Rows:
    """The rows of a shard as they come: what is small in memory, vectors in a file."""

    def __init__(self, key: str, job: Job, spool: IO[bytes]) -> None:
        self._key = key
        self._job = job
        self._spool = spool
        self._records: list[Record] = []
        self._digests: list[bytes] = []
        self.unreadable: list[tuple[str, str]] = []

    def add(self, record: Record, outcome: Outcome) -> None:
        """Take a picture and what became of it."""
        if outcome.features is None or outcome.digest is None:
            self.unreadable.append((_text(record.name), outcome.reason or "it has no features"))
            return
        self._records.append(record)
        self._digests.append(outcome.digest)
        self._spool.write(np.ascontiguousarray(outcome.features, np.float32).tobytes())

    def write(self, file: IO[bytes]) -> None:
        """Write the file of features."""
        dataset, table = self._dataset(), self._table()
        about = {**self._job.about(), "classes": dataset.classes, "source": self._job.source}
        write_rows(file, dataset, table, about, footer(self.entry(0), self._job.dims))

    def write_unreadable(self, file: IO[bytes]) -> None:
        """Write the table of the pictures that could not be read."""
        arrow = import_optional("pyarrow", "parquet")
        parquet = import_optional("pyarrow.parquet", "parquet")
        columns = {
            "path": [path for path, _ in self.unreadable],
            "reason": [reason for _, reason in self.unreadable],
            "shard": [features_file(self._key)] * len(self.unreadable),
        }
        parquet.write_table(arrow.table(columns, arrow.schema([(name, arrow.string()) for name in columns])), file)

    def entry(self, size: int) -> ShardEntry:
        """Return what the manifest says of the shard."""
        return ShardEntry(
            features_file(self._key), self._key, len(self._records), len(self.unreadable), size, self._counts()
        )

    def _counts(self) -> dict[str, int]:
        counts = Counter(record.label for record in self._records if record.label is not None)
        return dict(sorted(counts.items()))

    def _dataset(self) -> Dataset:
        records = self._records
        names = sorted(self._counts())
        codes = {name: code for code, name in enumerate(names)}
        found = np.array([-1 if each.label is None else codes[each.label] for each in records], np.int64)
        named = name_classes(found, names)
        splits = np.array([record.split for record in records], np.int8)
        groups = np.array([record.group or 0 for record in records], np.int64) if self._job.grouped else None
        return Dataset([record.name for record in records], named.labels, named.classes, splits, groups)

    def _table(self) -> FeatureTable:
        job = self._job
        width = sum(job.dims.values())

        def fetch(positions: IntArray, columns: slice | IntArray) -> FloatArray:
            # They are read in order, one piece after the other.
            self._spool.seek(4 * width * int(positions[0]))
            content = self._spool.read(4 * width * len(positions))
            part: Any = np.frombuffer(content, np.float32).reshape(-1, width)
            return part[:, columns]  # type: ignore[no-any-return]

        digests = np.frombuffer(b"".join(self._digests), np.uint8).reshape(-1, 32)
        return FeatureTable(
            rows=np.arange(len(self._records)),
            hashes=Digests(digests),
            dims=job.dims,
            quarantined=[],
            backbone=job.backbone.name,
            backbone_sha256=job.backbone.sha256,
            resize=job.resize,
            precision=job.precision,
            computed=len(self._records),
            cached=0,
            images_per_s=None,
            fetch=fetch,
            input_size=job.backbone.input_size,
            reading=job.reading,
        )


def _text(name: str) -> str:
    """Return a name on disk as text, which Parquet's strings are."""
    return name.encode("utf-8", "backslashreplace").decode()
