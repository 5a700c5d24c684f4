"""``headway embed DATA -o DEST/``: shards are planned, computed by an engine, and named by a manifest at the end.

Killed at any moment, it leaves files that are whole and named by their contents, and the manifest as it was. The next
run finds them, and computes the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from headway.dataset.names import natural_key
from headway.errors import DataError, OutputError
from headway.facts.shards import ShardsReport
from headway.shards.computing import Shard
from headway.shards.manifest import NAME, SCHEMA, Manifest, encode_manifest, parse_manifest
from headway.shards.planning import Plan
from headway.stopping import safe_point

if TYPE_CHECKING:
    from headway.session import Session
    from headway.shards.keys import Job
    from headway.shards.manifest import ShardEntry
    from headway.shards.place import Place
    from headway.shards.records import Cut

SHARD_BYTES = 80 << 20
"""Of features, about, in a shard of files; small enough to be computed anew, large enough to be read quickly."""

_MOST_ROWS, _LEAST_ROWS = 10_000, 100


class Engine(Protocol):
    """What runs the computing of shards."""

    def check(self, job: Job, place: Place) -> None:
        """Raise what can be known to be wrong before work starts."""

    def run(
        self, job: Job, place: Place, shards: Sequence[Shard], advance: Callable[[int], None]
    ) -> Iterator[ShardEntry | DataError]:
        """Yield the entry of each shard, in any order, or why it cannot be read."""


def rows_of_a_shard(width: int) -> int:
    """Return how many pictures of ``width`` features are cut into one shard.

    Examples
    --------
    >>> rows_of_a_shard(1280), rows_of_a_shard(62_720)
    (10000, 334)
    """
    return max(_LEAST_ROWS, min(_MOST_ROWS, SHARD_BYTES // (4 * width)))


def embed_shards(session: Session, cut: Cut, place: Place, job: Job, engine: Engine) -> ShardsReport:
    """Compute what is missing of a feature data set, and write its manifest.

    Parameters
    ----------
    session : Session
        Its progress is told of pictures, or of shards where their pictures are not known; its ``max_bad`` holds for the
        whole data set.
    cut : Cut
        What is read.
    place : Place
        Where the data set is.
    job : Job
        What is computed.
    engine : Engine
        What computes it.

    Raises
    ------
    OutputError
        When the place cannot be written to, holds something else, or was written by another run meanwhile.
    DataError
        When a source is damaged, or too many pictures cannot be read. Shards that were computed stay.
    """
    progress = session.progress
    place.check_writable()
    progress.start("listing")
    shards = [Shard(job.key(reader), reader) for reader in cut.readers]
    plan = Plan(place, job, shards)
    missing = plan.missing()
    if missing:
        engine.check(job, place)
    start = time.perf_counter()
    computed = _compute(session, plan, missing, place, job, engine)
    seconds = time.perf_counter() - start
    manifest = _manifest(plan, job)
    _check_readable(manifest, session.max_bad, place)
    _commit(plan, manifest)
    plan.tidy()
    return ShardsReport(
        source=cut.source,
        dataset=cut.dataset,
        place=str(place),
        n=manifest.rows,
        skipped=cut.skipped,
        unreadable=manifest.unreadable,
        classes=len(manifest.classes),
        backbone=job.backbone.name,
        precision=job.precision,
        dims=job.dims,
        shards=len(manifest.shards),
        shards_computed=len(missing),
        computed=computed,
        images_per_s=computed / seconds if computed else None,
        bytes=sum(shard.bytes for shard in manifest.shards),
        value_range=job.reading.value_range,
    )


def _compute(session: Session, plan: Plan, missing: Sequence[Shard], place: Place, job: Job, engine: Engine) -> int:
    """Compute shards; return how many pictures got features. A source that cannot be read does not stop the others."""
    counts = [shard.reader.pictures for shard in missing]
    session.progress.start("features", None if None in counts else sum(count or 0 for count in counts))
    computed = 0
    failures: list[DataError] = []
    for found in engine.run(job, place, missing, session.progress.advance):
        safe_point()
        if isinstance(found, DataError):
            failures.append(found)
            continue
        plan.entries[found.key] = found
        computed += found.rows
    if failures:
        more = f"; and {len(failures) - 1:,} more" if len(failures) > 1 else ""
        raise DataError(f"{failures[0]}{more}. The other shards are computed, and are not computed again")
    return computed


def _manifest(plan: Plan, job: Job) -> Manifest:
    entries = plan.in_order()
    classes = tuple(sorted({label for entry in entries for label in entry.labels}, key=natural_key))
    return Manifest(SCHEMA, job.about(), classes, job.dims, job.source, entries)


def _check_readable(manifest: Manifest, max_bad: float, place: Place) -> None:
    bad, total = manifest.unreadable, manifest.rows + manifest.unreadable
    if not total:
        raise DataError("there are no pictures: give at least one")
    if not manifest.rows or bad > max_bad * total:
        raise DataError(
            f"{bad:,} of {total:,} pictures ({bad / total:.1%}) cannot be read, more than {max_bad:.1%}: names and "
            f"reasons are in {place.address('unreadable-….parquet')}; repair or remove them, or raise the limit "
            "with --max-bad (max_bad)"
        )


def _commit(plan: Plan, manifest: Manifest) -> None:
    """Write the manifest, unless another run has written one since: then both must say the same."""
    if plan.stamp is not None and parse_manifest(plan.place) == manifest:
        return
    if plan.place.put(NAME, encode_manifest(manifest), after=plan.stamp):
        return
    other = parse_manifest(plan.place)
    if other is None or (other.about, other.dims, [each.key for each in other.shards]) != (
        manifest.about, manifest.dims, [each.key for each in manifest.shards],
    ):  # fmt: skip
        raise OutputError(
            f"another run has written {plan.place.address(NAME)} meanwhile, of other pictures or features: let one run "
            "at a time write to a place, and run this again, which computes what is missing only"
        )
