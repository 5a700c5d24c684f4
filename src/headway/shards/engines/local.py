"""The engine that is this process: one network with all cores, and pictures decoded ahead of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from headway.errors import DataError
from headway.shards.computing import Shard, Worker

if TYPE_CHECKING:
    from headway.shards.keys import Job
    from headway.shards.manifest import ShardEntry
    from headway.shards.place import Place


class LocalEngine:
    """Computes shards one after the other."""

    def check(self, job: Job, place: Place) -> None:
        """Do nothing: there is nothing to be known before work starts."""

    def run(
        self, job: Job, place: Place, shards: Sequence[Shard], advance: Callable[[int], None]
    ) -> Iterator[ShardEntry | DataError]:
        """Yield the entry of each shard, or why it cannot be read; ``advance`` is told of pictures."""
        worker = Worker(job, place)
        for shard in shards:
            try:
                yield worker.compute(shard, advance)
            except DataError as error:
                yield error
