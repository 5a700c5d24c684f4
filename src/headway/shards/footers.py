"""What a shard's file says of itself at its end: enough to make its entry of the manifest again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from headway.facts.codec import parse
from headway.optional import import_optional
from headway.shards.keys import shared
from headway.shards.manifest import ShardEntry, features_file, unreadable_file
from headway.shards.place import Stored

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headway.shards.place import Place

_KEY = b"headway_shard"


def footer(entry: ShardEntry, dims: Mapping[str, int]) -> dict[bytes, bytes]:
    """Return what is written at the end of a shard's file, whose size is not known yet."""
    own = {"key": entry.key, "unreadable": entry.unreadable, "labels": dict(entry.labels), "dims": dict(dims)}
    return {_KEY: json.dumps(own).encode()}


class Footer(NamedTuple):
    """What a shard's file says of its features, of their lengths, and of itself."""

    about: dict[str, Any]
    dims: dict[str, int]
    entry: ShardEntry


def read_footer(place: Place, file: Stored) -> Footer | None:
    """Return what the end of a shard's file says; None where it is damaged."""
    arrow = import_optional("pyarrow", "parquet")
    parquet = import_optional("pyarrow.parquet", "parquet")
    try:
        with place.open(file.name) as raw:
            metadata = parquet.read_metadata(raw)
        own = metadata.metadata or {}
        about, values = json.loads(own[b"headway"]), json.loads(own[_KEY])
        entry = parse(ShardEntry, {**values, "file": file.name, "rows": metadata.num_rows, "bytes": file.size})
        if features_file(entry.key) != file.name or sum(entry.labels.values()) > entry.rows:
            return None
        return Footer(shared(about), dict(values["dims"]), entry)
    except (arrow.ArrowException, LookupError, ValueError, TypeError, OSError, RecursionError):
        return None


def find_entry(place: Place, key: str) -> ShardEntry | None:
    """Return the entry of a shard that is there already, with its table of what could not be read."""
    size = place.size(features_file(key))
    found = None if size is None else read_footer(place, Stored(features_file(key), size, ""))
    if found is None or (found.entry.unreadable and place.size(unreadable_file(key)) is None):
        return None
    return found.entry
