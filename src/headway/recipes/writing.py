"""A recipe as TOML text; the standard library reads TOML but does not write it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from headway.errors import UserError
from headway.recipe import Recipe

_CONTROL = r"[\x00-\x1f\x7f]"


def write(recipe: Recipe, reading: Mapping[str, Any] | None = None, *, comment: str = "") -> str:
    """Return a recipe as TOML that `parse` reads again: only what differs from the defaults.

    Parameters
    ----------
    recipe : Recipe
    reading : mapping of str to Any, optional
        How labels are read, for the table ``[data]``: text, lists and mappings of text.
    comment : str
        Text to put before it, each line behind a ``#``.

    Raises
    ------
    UserError
        When a value cannot stand in TOML: half of a pair of UTF-16, as a file's name may have.

    Examples
    --------
    >>> print(write(Recipe(backbone="colour", C=(0.1, 1))), end="")
    backbone = "colour"
    C = [0.1, 1.0]
    """
    # TOML forbids control characters in comments.
    lines = [f"# {re.sub(_CONTROL, ' ', line)}".rstrip() for line in comment.splitlines()]
    if comment:
        lines.append("")
    for field in fields(recipe):
        value = getattr(recipe, field.name)
        if value != field.default:
            lines.append(f"{field.name} = {_value(value)}")
    if reading:
        lines += ["", "[data]", *(f"{key} = {_value(value)}" for key, value in reading.items())]
    text = "\n".join(lines) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UserError(
            f"a recipe must be text, and {text[error.start]!r} cannot be written: rename the file"
        ) from error
    return text


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON's escapes are TOML's, but for one character that JSON lets be.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_value(str(key))} = {_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(_value, value)) + "]"
    return repr(value)
