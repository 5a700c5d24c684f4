"""What is known of the images of a data set, and what is to be done: asks the store, and opens no image."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from headway.embedding import content
from headway.embedding.extractor import Item
from headway.types import AS_USUAL

if TYPE_CHECKING:
    from headway.embedding.extractor import Outcome
    from headway.store import Store
    from headway.types import Picture, Reading, UInt8Array

_LOOK_UP = 5_000  # images looked up in the store at once


class Planner:
    """The state of one pass over a data set. Whatever grows with the number of images is a flat array.

    Parameters
    ----------
    pictures : sequence of Picture
        All of the data set.
    store : Store
        Knows files and failures.
    missing : callable
        Returns those of some contents that lack in the store what they are to have.
    state : callable
        Returns why a content cannot be decoded, or None, and whether it has it; called in several threads.

    Attributes
    ----------
    digests : ndarray of uint8, shape (n, 32)
        SHA-256 of each image's content; zeros where it is not known.
    unreadable : dict of int to str
        Rows that cannot be read, and why.
    """

    def __init__(
        self,
        pictures: Sequence[Picture],
        store: Store,
        missing: Callable[[Sequence[bytes]], set[bytes]],
        state: Callable[[bytes], tuple[str | None, bool]],
        reading: Reading = AS_USUAL,
    ) -> None:
        self._pictures = pictures
        self._store = store
        self._missing = missing
        self._state = state
        self._decoders = content.decoders_name(reading)
        self.digests: UInt8Array = np.zeros((len(pictures), content.DIGEST_BYTES), np.uint8)
        self.unreadable: dict[int, str] = {}
        self._todo = array("q")
        # Rows whose content was in work, or known, when it was read.
        self._repeats = array("q")
        self._reasons: dict[bytes, str] = {}
        # Contents in work, whose results are not in the store yet.
        self._claimed: set[bytes] = set()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return the number of images that must be opened."""
        return len(self._todo)

    def items(self) -> Iterator[Item]:
        """Yield the images that must be opened."""
        return (Item(row, self._pictures[row]) for row in self._todo)

    def look_up(self) -> None:
        """Find out what the store knows."""
        for start in range(0, len(self._pictures), _LOOK_UP):
            chunk = self._pictures[start : start + _LOOK_UP]
            files = [index for index, picture in enumerate(chunk) if content.is_path(picture)]
            known = self._store.known([content.path_of(chunk[index]) for index in files])
            digests: list[bytes | None] = [None] * len(chunk)
            for index, digest in zip(files, known, strict=True):
                digests[index] = digest
            missing = self._missing([digest for digest in digests if digest is not None])
            failures = self._store.failures(self._decoders, list(missing))
            for row, digest in enumerate(digests, start):
                if digest is None or (digest in missing and digest not in failures):
                    self._todo.append(row)
                    continue
                self._set_digest(row, digest)
                if digest in failures:
                    self.unreadable[row] = failures[digest]

    def wants(self, digest: bytes) -> bool:
        """Say whether a content is to be decoded, and claim it if so; called in several threads."""
        with self._lock:
            if digest in self._claimed:
                return False
            self._claimed.add(digest)
        reason, is_known = self._state(digest)
        if reason is not None:
            self._reasons[digest] = reason
        elif not is_known:
            return True
        self.release([digest])
        return False

    def release(self, digests: Sequence[bytes]) -> None:
        """Give up claims: these contents are in the store."""
        with self._lock:
            self._claimed.difference_update(digests)

    def note(self, outcome: Outcome) -> None:
        """Take note of what became of an item."""
        if outcome.digest is not None:
            self._set_digest(outcome.row, outcome.digest)
        if outcome.reason is not None:
            self.unreadable[outcome.row] = outcome.reason
            if outcome.digest is not None:
                self._reasons[outcome.digest] = outcome.reason
        elif outcome.facts is None:
            self._repeats.append(outcome.row)

    def finish(self) -> None:
        """Find the repeats of contents that turned out to be unreadable."""
        if self._reasons:
            for row in self._repeats:
                if (reason := self._reasons.get(self.digests[row].tobytes())) is not None:
                    self.unreadable[row] = reason

    def _set_digest(self, row: int, digest: bytes) -> None:
        self.digests[row] = np.frombuffer(digest, np.uint8)
