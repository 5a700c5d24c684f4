"""Outcomes into the store, many at a time, and none later than a second or so."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from headway.embedding import content
from headway.embedding.squares import SIDE, packed
from headway.types import AS_USUAL

if TYPE_CHECKING:
    from headway.embedding.extractor import Outcome
    from headway.facts.images import ImageFacts
    from headway.store import Seen, Store
    from headway.types import FloatArray, Reading

_FLUSH_ROWS = 256
_FLUSH_SECONDS = 1.0
_FLUSH_BYTES = 32 << 20  # of features, which are long where they are maps, or those of many copies


@dataclass
class _Batch:
    features: list[tuple[bytes, FloatArray]] = field(default_factory=list)
    squares: list[tuple[bytes, FloatArray]] = field(default_factory=list)
    facts: list[tuple[bytes, ImageFacts]] = field(default_factory=list)
    failures: list[tuple[bytes, str]] = field(default_factory=list)
    files: list[tuple[Seen, bytes]] = field(default_factory=list)
    held: int = 0
    since: float = field(default_factory=time.monotonic)

    def is_due(self) -> bool:
        count = max(len(self.features), len(self.facts), len(self.failures), len(self.files))
        full = count >= _FLUSH_ROWS or self.held >= _FLUSH_BYTES
        return full or (count > 0 and time.monotonic() - self.since > _FLUSH_SECONDS)


class Writer:
    """Stores outcomes; ``on_stored`` gets the digests whose features or facts are now in the store."""

    def __init__(
        self,
        store: Store,
        space: str | None,
        facts_policy: str,
        on_stored: Callable[[Sequence[bytes]], None],
        reading: Reading = AS_USUAL,
    ) -> None:
        self._store = store
        self._space = space
        self._facts_policy = facts_policy
        self._on_stored = on_stored
        self._decoders = content.decoders_name(reading)
        self._squares_space = content.squares_name(SIDE, reading)
        self._batch = _Batch()

    def add(self, outcome: Outcome) -> None:
        """Take an outcome, and store all that were taken if it is time."""
        batch, digest = self._batch, outcome.digest
        if digest is not None:
            if outcome.seen is not None:
                batch.files.append((outcome.seen, digest))
            if outcome.features is not None:
                batch.features.append((digest, outcome.features))
                batch.held += outcome.features.nbytes
            if outcome.square is not None:
                batch.squares.append((digest, packed(outcome.square)))
            if outcome.facts is not None:
                batch.facts.append((digest, outcome.facts))
            if outcome.reason is not None and outcome.lasting:
                batch.failures.append((digest, outcome.reason))
        if batch.is_due():
            self.flush()

    def flush(self) -> None:
        """Store all that were taken."""
        batch = self._batch
        if self._space is not None and batch.features:
            digests = [digest for digest, _ in batch.features]
            self._store.put(self._space, digests, np.concatenate([rows for _, rows in batch.features]))
        if batch.squares:
            own = np.stack([square for _, square in batch.squares])
            self._store.put(self._squares_space, [digest for digest, _ in batch.squares], own)
        if batch.facts:
            self._store.put_image_facts(self._facts_policy, batch.facts)
        if batch.failures:
            self._store.put_failures(self._decoders, batch.failures)
        if batch.files:
            self._store.remember(batch.files)
        self._on_stored([digest for digest, _ in (batch.facts if self._space is None else batch.features)])
        # Only now: when a flush is interrupted, the one at the end of the run does it again.
        self._batch = _Batch()
