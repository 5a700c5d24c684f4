"""JSON lines as columns of values: an object on each line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from headway.dataset.tables.formats.base import TableFile, check_columns, first_line, table_of_rows, text_lines
from headway.errors import DataError


def open_jsonlines(path: str, title: str) -> TableFile:
    """Read the keys of all objects; they are the columns, in the order in which they first appear."""

    def objects() -> Iterator[tuple[int, dict[str, Any]]]:
        with open(path, encoding="utf-8-sig") as handle:
            for number, line in enumerate(text_lines(handle, title), start=1):
                if line.strip():
                    yield number, _object(line, f"line {number:,} of {title}")

    def rows() -> Iterator[tuple[int, list[Any]]]:
        for number, values in objects():
            yield number, [values.get(name) for name in header]

    keys: dict[str, None] = {}
    for _, values in objects():
        keys.update(dict.fromkeys(values))
        check_columns(title, keys)
    header = list(keys)
    if not header:
        raise DataError(f'{title} is empty: each line must be an object such as {{"path": "1.jpg", "label": "cat"}}')
    return table_of_rows(title, header, rows, "line")


def _object(line: str, place: str) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:  # ValueError: no JSON, or a number of thousands of digits
        raise DataError(f"{place} is not valid JSON: {first_line(error)}") from error
    if not isinstance(values, dict):
        raise DataError(
            f'{place} must be an object such as {{"path": "1.jpg", "label": "cat"}}, and is {type(values).__name__}'
        )
    return values
