"""Facts about images, in the table ``images``: also the record that a content was decoded."""

from __future__ import annotations

import dataclasses
import operator
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from headway.facts.images import ImageFacts
from headway.store.rows import chunks, marks

_FIELDS = [field.name for field in dataclasses.fields(ImageFacts)]
_values_of = operator.attrgetter(*_FIELDS)
_INSERT = (
    f"REPLACE INTO images (policy, hash, {', '.join(_FIELDS)}, checksum) VALUES ({marks([0] * (len(_FIELDS) + 3))})"
)
_SELECT = f"SELECT hash, {', '.join(_FIELDS)}, checksum FROM images WHERE policy = ? AND hash IN"
_SIGN = 1 << 63


def put_image_facts(connection: sqlite3.Connection, policy: str, facts: Iterable[tuple[bytes, ImageFacts]]) -> None:
    """Insert facts, or replace those that are there."""
    rows = []
    for digest, fact in facts:
        values = _values(fact)
        rows.append((policy, digest, *values, _checksum(policy, digest, values)))
    connection.executemany(_INSERT, rows)


def find_image_facts(connection: sqlite3.Connection, policy: str, digests: Sequence[bytes]) -> dict[bytes, ImageFacts]:
    """Return the facts that are there; a damaged row is as good as none."""
    return {
        digest: _fact(values)
        for chunk in chunks(digests)
        for digest, *values, checksum in connection.execute(f"{_SELECT} ({marks(chunk)})", (policy, *chunk))
        if checksum == _checksum(policy, digest, values)
    }


def _values(fact: ImageFacts) -> list[Any]:
    values = list(_values_of(fact))
    values[-1] -= (values[-1] & _SIGN) << 1  # SQLite's integers have a sign
    return values


def _fact(values: list[Any]) -> ImageFacts:
    values[-1] %= _SIGN << 1
    return ImageFacts(*values)


def _checksum(policy: str, digest: bytes, values: Sequence[Any]) -> int:
    return zlib.crc32(repr((policy, digest, *values)).encode())
