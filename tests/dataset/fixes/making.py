"""Lists of fixes for tests."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

HEADER = ("file", "finding", "decision", "to")


def write_list(path: Path, *rows: Sequence[str], header: Sequence[str] = HEADER) -> Path:
    """Write a list of fixes as a person might, by hand."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path
