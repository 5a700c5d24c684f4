"""Facts as JSON files in a project's folder; what is read is checked, and what is damaged counts as not there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from headway.errors import DataError
from headway.facts.codec import parse, plain
from headway.places import replacing

Fact = TypeVar("Fact")

SCHEMA = 1
_MOST_BYTES = 256 * 2**20


def write_record(path: Path, fact: object) -> None:
    """Write a fact; the file appears whole, or what was there stays."""
    text = json.dumps(plain(fact), ensure_ascii=False, separators=(",", ":"))
    with replacing(path) as file:
        file.write(text.encode("utf-8", "surrogatepass"))


def read_record(path: Path, kind: type[Fact]) -> Fact | None:
    """Read a fact with a ``schema``; None where there is none that this Headway understands."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES)
        values = json.loads(content.decode("utf-8", "surrogatepass"))
        if not isinstance(values, dict) or values.get("schema") != SCHEMA:
            return None
        return parse(kind, values)
    except (OSError, ValueError, DataError, RecursionError):
        return None
