"""What a search found, kept in the store: fits and audits of the same images search once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

_REVISION = 8  # to be raised by whoever changes what is found
_MOST = 20_000  # pairs that are kept


class Memory(Protocol):
    """Keeps texts by name; a `headway.store.Store` does."""

    def fact(self, name: str) -> str | None:
        """Return what was kept."""

    def put_fact(self, name: str, value: str) -> None:
        """Keep a text."""


def name_of(hashes: Sequence[bytes], features: FloatArray, reading: str, seed: int) -> str:
    """Name all that the pairs of near copies depend on."""
    digest = _digest_of(hashes)
    digest.update(np.ascontiguousarray(features).data)
    return f"near copies {_REVISION}: {digest.hexdigest()}{reading} {seed}"


def name_of_sets(hashes: Sequence[bytes], candidates: Sequence[IntArray], reading: str) -> str:
    """Name all that sets of the same pixels depend on: some images of all."""
    digest = _digest_of([hashes[row] for rows in candidates for row in rows.tolist()])
    digest.update(json.dumps([rows.tolist() for rows in candidates]).encode())
    return f"same pixels {_REVISION}: {digest.hexdigest()}{reading}"


def _digest_of(hashes: Sequence[bytes]) -> hashlib.blake2b:
    digest = hashlib.blake2b(digest_size=16)
    for content in hashes:
        digest.update(content)
    return digest


def recall_sets(memory: Memory, name: str, n: int) -> list[IntArray] | None:
    """Return sets of images as they were found before; None if they were not, or are damaged."""
    text = memory.fact(name)
    if text is None:
        return None
    try:
        sets = [np.array(rows, np.int64) for rows in json.loads(text)]
    except (ValueError, TypeError, OverflowError):
        return None
    return sets if all(rows.ndim == 1 and len(rows) > 1 and np.all((rows >= 0) & (rows < n)) for rows in sets) else None


def remember_sets(memory: Memory, name: str, sets: Sequence[IntArray]) -> None:
    """Keep sets of images, if they are not too many."""
    if sum(map(len, sets)) <= _MOST:
        memory.put_fact(name, json.dumps([rows.tolist() for rows in sets], separators=(",", ":")))


def recall(memory: Memory, name: str, n: int) -> tuple[IntArray, FloatArray] | None:
    """Return pairs and their agreements as they were found before; None if they were not, or are damaged."""
    text = memory.fact(name)
    if text is None:
        return None
    try:
        found = json.loads(text)
        pairs = np.array(found["pairs"], np.int64).reshape(-1, 2)
        agreements = np.array(found["agreements"], np.float32)
    except (ValueError, KeyError, TypeError):
        return None
    whole = len(pairs) == len(agreements) and bool(np.all((pairs >= 0) & (pairs < n)))
    return (pairs, agreements) if whole else None


def remember(memory: Memory, name: str, pairs: IntArray, agreements: FloatArray) -> None:
    """Keep what was found, if it is not too much."""
    if len(pairs) <= _MOST:
        found = {"pairs": pairs.tolist(), "agreements": np.round(agreements.astype(float), 6).tolist()}
        memory.put_fact(name, json.dumps(found, separators=(",", ":")))
