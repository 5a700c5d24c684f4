"""Where in a TOML text a key stands; the standard library's parser does not say."""

from __future__ import annotations

import re
import tomllib

_MAX_CANDIDATES = 50  # each is tried by parsing the text before it: a text made to have many would take long


def line_of_field(text: str, field: str) -> int | None:
    r"""Return the number of the line on which a recipe sets a field, or how its data are read; None where it does not.

    Examples
    --------
    >>> line_of_field('head = "mlp"\n[data]\nlabel_pattern = "x"', "label_pattern")
    3
    """
    lines = text.split("\n")
    places = [keys for keys in ((field,), ("recipe", field), ("data", field)) if _has(lines, keys)]
    return line_of(text, *places[0]) if places else None


def line_of(text: str, *keys: str) -> int:
    r"""Return the number of the line on which valid TOML sets a key, from 1.

    ``keys`` are the path to it, for instance ``"data", "label_pattern"``. Where the line of the key cannot be told,
    that of the table which holds it is returned, or else 1.

    Examples
    --------
    >>> line_of('head = "mlp"\n[data]\n# head = 1\nhead = 3', "data", "head")
    4
    """
    lines = text.split("\n")
    key = re.escape(keys[-1])
    candidates = [number for number, line in enumerate(lines) if keys[-1] in line]
    for number in candidates[:_MAX_CANDIDATES]:
        before, line = lines[:number], lines[number]
        # Where a value goes on over several lines, the text up to here is incomplete, and 0 stands for the value.
        whole = f"{keys[-1]} = 0" if re.match(rf"\s*[\"']?{key}[\"']?\s*=", line) else line
        if _has(before, keys) is False and (_has([*before, line], keys) or _has([*before, whole], keys)):
            return number + 1
    return line_of(text, *keys[:-1]) if len(keys) > 1 else 1


def _has(lines: list[str], keys: tuple[str, ...]) -> bool | None:
    """Return whether lines set a key; None if they are not TOML, for instance because they end within a value."""
    try:
        found: object = tomllib.loads("\n".join(lines))
    except (ValueError, RecursionError):
        return None
    for key in keys:
        if not isinstance(found, dict) or key not in found:
            return False
        found = found[key]
    return True
