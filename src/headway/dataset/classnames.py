"""Names for classes that are numbers or codes in the data."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from headway.dataset.names import class_name, natural_key, some
from headway.errors import DataError, blaming
from headway.places import regular_status

ClassNames: TypeAlias = str | os.PathLike[str] | Sequence[str] | Mapping[Any, str]

MAX_BYTES = 16 * 2**20
_ENTRY = re.compile(r"(-?[0-9]+|[^\s,:;]+)(?:\s*[,:;]\s*|\s+)(.+)")
_NUMBER = re.compile(r"-?[0-9]+")


@blaming("class_names")
def new_names(found: Sequence[str], class_names: ClassNames | None) -> dict[str, str] | None:
    """Return what each class found in the data is to be called; None without ``class_names``.

    These are a file, or what such a file holds: names by number or code, or in the order of the numbers from 0. A file
    that cannot be read or understood, a class without a name and two with the same are a `DataError`.

    Examples
    --------
    >>> new_names(["0", "1"], ["bread", "dairy"])
    {'0': 'bread', '1': 'dairy'}
    """
    if class_names is None:
        return None
    found = sorted({class_name(name) for name in found}, key=natural_key)
    if isinstance(class_names, (str, os.PathLike)):
        title = f"the file of class names {os.fspath(class_names)!r}"
        known = _read(os.fspath(class_names), set(found), title)
    else:
        title = "class_names"
        known = _table(class_names, title)
    canonical = {_canonical(key): name for key, name in known.items()}
    taken = set(known.values())
    result: dict[str, str] = {}
    owner: dict[str, str] = {}
    for old in found:
        new = known.get(old, canonical.get(_canonical(old), old if old in taken else ""))
        if not new:
            raise DataError(f"every class needs a name in {title}: {old!r} has none there, only {some(list(known))}")
        if new in owner:
            raise DataError(
                f"each class needs a name of its own in {title}: {owner[new]!r} and {old!r} are both {new!r}"
            )
        owner[new] = old
        result[old] = new
    return result


def _canonical(key: str) -> str:
    """Return "7" for "007": a number is the same class in either spelling."""
    return str(int(key)) if _NUMBER.fullmatch(key) and len(key) < 100 else key


def _read(path: str, found: set[str], title: str) -> dict[str, str]:
    try:
        regular_status(path)
        with open(path, "rb") as handle:
            raw = handle.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError for a NUL byte
        raise DataError(f"{title} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(raw) > MAX_BYTES:
        raise DataError(f"{title} is too large to be one: it has over {MAX_BYTES // 2**20} MiB")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{title} must be UTF-8 text, and byte {error.start:,} is not: save it as UTF-8") from error
    if "\0" in text:
        raise DataError(f"{title} must be text, and holds binary data")
    if text.lstrip()[:1] in ("{", "["):
        try:
            return _table(json.loads(text), title)
        except (json.JSONDecodeError, RecursionError) as error:
            raise DataError(f"{title} is not valid JSON: {error}") from error
    return _lines([line.strip() for line in text.splitlines()], found, title)


def _table(names: object, title: str) -> dict[str, str]:
    if isinstance(names, Mapping):
        pairs = [(str(key), value) for key, value in names.items()]
        # {"bread": 0} as other tools write it
        if pairs and all(isinstance(value, int) and not isinstance(value, bool) for _, value in pairs):
            pairs = [(str(value), key) for key, value in pairs]
    elif isinstance(names, Sequence):
        pairs = [(str(index), value) for index, value in enumerate(names)]
    else:
        raise DataError(f"{title} must hold names by number or a list of names, not {type(names).__name__}")
    for key, value in pairs:
        if not isinstance(value, str) or not value.strip():
            raise DataError(f"{title} must give a name for each class, and has {value!r} for {key!r}")
    return {class_name(key): class_name(value) for key, value in pairs}


def _lines(lines: list[str], found: set[str], title: str) -> dict[str, str]:
    """Parse lines such as "0 bread", "0,bread" and "0: bread", or else one name per line, from 0 on."""
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        raise DataError(f"{title} is empty: write one line per class, such as '0 bread'")
    filled = [line for line in lines if line]
    entries = [_entry(line, found) for line in filled]
    missing = entries.count(None)
    if missing == len(entries):
        return _table(lines, title)
    if missing and not (missing == 1 and entries[0] is None and len(entries) > 2):  # a header line
        odd = filled[entries.index(None)]
        raise DataError(f"{title} must have a number or none on every line: {some([odd])} differs from the others")
    pairs = [entry for entry in entries if entry is not None]
    if len(dict(pairs)) < len(pairs):
        raise DataError(f"{title} names one class twice")
    return _table(dict(pairs), title)


def _entry(line: str, found: set[str]) -> tuple[str, str] | None:
    match = _ENTRY.fullmatch(line)
    if match and (_NUMBER.fullmatch(match[1]) or class_name(match[1]) in found):
        return match[1], match[2].strip().strip('"')
    return None
