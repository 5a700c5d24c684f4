"""``project.toml``: what a project is called, its classes in their order, and what else is no table."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from headway.errors import DataError

SCHEMA = 1
MAX_BYTES = 16 << 20

_START = """\
# A project of `headway studio`. Everything here may be edited; the pictures' labels are in labels.csv, and what was
# decided about single pictures is in fixes.csv:  headway fit labels.csv --fixes fixes.csv
"""


@dataclass(frozen=True)
class About:
    """The content of ``project.toml``.

    Parameters
    ----------
    text : str
        All of it; what Headway does not know stays as it is.
    name : str
        Of the project.
    classes : tuple of str
        In the order of the page; empty ones, too.
    left_out : tuple of str
        Pictures without a label that are left out; those with one are in the list of fixes.
    """

    text: str
    name: str
    classes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def with_lists(self, classes: Sequence[str], left_out: Sequence[str]) -> About:
        """Return the same with other classes and pictures."""
        text = self.text
        for key, old, new in (("classes", self.classes, classes), ("left_out", self.left_out, left_out)):
            if tuple(new) != old:
                text = _with_list(text, key, new)
        return replace(self, text=text, classes=tuple(classes), left_out=tuple(left_out))


def new_about(name: str) -> About:
    """Return what stands in a new project."""
    text = f"{_START}schema = {SCHEMA}\nname = {_quoted(name)}\nclasses = []\n"
    return About(text, name)


def parse_about(text: str, title: str) -> About:
    """Read ``project.toml``; what is none is a `DataError`."""
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise DataError(f"{title} is not valid TOML: {error}") from error
    if values.get("schema") != SCHEMA:
        raise DataError(f"{title} must have schema = {SCHEMA}, and has {values.get('schema')!r}")
    name = values.get("name", "")
    lists = {key: values.get(key, []) for key in ("classes", "left_out")}
    if not isinstance(name, str):
        raise DataError(f"{title} must have text as name, not {name!r}")
    for key, found in lists.items():
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            raise DataError(f"{title} must have a list of texts as {key}")
        if any("\0" in item for item in found):  # no table could be read again that holds one
            raise DataError(f"{title} must have plain texts as {key}, without NUL")
    return About(text, name, *(tuple(dict.fromkeys(lists[key])) for key in ("classes", "left_out")))


def _with_list(text: str, key: str, items: Sequence[str]) -> str:
    """Replace a list, or put it behind the other keys that stand in no table."""
    lines = text.splitlines(keepends=True)
    top = next((at for at, line in enumerate(lines) if line.lstrip().startswith("[")), len(lines))
    made = f"{key} = [" + "".join(f"\n    {_quoted(item)}," for item in items) + ("\n]\n" if items else "]\n")
    start = next((at for at, line in enumerate(lines[:top]) if line.partition("=")[0].strip() == key), None)
    if start is None:
        before = "".join(lines[:top])
        return before + ("" if not before or before.endswith("\n") else "\n") + made + "".join(lines[top:])
    end = next(end for end in range(start + 1, len(lines) + 1) if _is_whole(lines[start:end]))
    return "".join(lines[:start]) + made + "".join(lines[end:])


def _is_whole(lines: Sequence[str]) -> bool:
    if "]" not in lines[-1]:
        return False
    try:
        tomllib.loads("".join(lines))
    except tomllib.TOMLDecodeError:
        return False
    return True


def _quoted(text: str) -> str:
    # JSON's escapes are TOML's, but for one character that JSON lets be.
    return json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007f")
