"""Facts to plain values, back again, and their JSON schemas.

A fact is a frozen dataclass of numbers, names and enumerations. msgspec converts them. What is added here is what a
published format needs: every key is always there, none is unknown, and the schema describes each by its docstring.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from headway.errors import DataError

Fact = TypeVar("Fact")


def plain(fact: Any) -> Any:
    """Return a fact as plain values, as JSON has them: dicts, lists, strings and numbers.

    Examples
    --------
    >>> from headway.types import Quarantined
    >>> plain(Quarantined("a.png", "0 bytes"))
    {'path': 'a.png', 'reason': '0 bytes'}
    """
    import msgspec

    return _lists(msgspec.to_builtins(fact))


def _lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lists(item) for key, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, list | tuple) else value


def parse(kind: type[Fact], values: Any) -> Fact:
    """Read a fact from plain values that are not trusted.

    Raises
    ------
    DataError
        When a key is missing, or a value is of a wrong type; it names the place. Keys that are not known are ignored.

    Examples
    --------
    >>> from headway.types import Quarantined
    >>> parse(Quarantined, {"path": "a.png", "reason": 7})
    Traceback (most recent call last):
    headway.errors.DataError: Expected `str`, got `int` - at `$.reason`
    """
    import msgspec

    try:
        return msgspec.convert(values, kind, strict=True)
    except msgspec.ValidationError as error:
        raise DataError(str(error)) from None
    except UnicodeError:  # a lone surrogate where another type is expected: msgspec cannot say where
        raise DataError("a text that is not Unicode stands in the place of another value") from None


def schema(kind: type) -> dict[str, Any]:
    """Return the JSON schema (2020-12) of what `plain` makes of a kind of fact."""
    root, definitions = components(kind, "#/$defs/{name}")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **root, "$defs": definitions}


def components(kind: type, references: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the schema of a kind of fact, and those of all that it is made of, which it refers to in this way."""
    import msgspec

    roots, definitions = msgspec.json.schema_components([kind], ref_template=references)
    described = {name: _strict(definition, _class(kind, name)) for name, definition in sorted(definitions.items())}
    return roots[0], described


def _strict(definition: Mapping[str, Any], kind: type | None) -> dict[str, Any]:
    """Require every key, allow no other, and describe each."""
    if kind is None:
        return dict(definition)
    summary, fields = describe(kind)
    properties = {
        name: {**{k: v for k, v in value.items() if k != "default"}, "description": fields[name]}
        for name, value in definition["properties"].items()
    }
    return {
        "title": definition["title"],
        "description": summary,
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _class(root: Any, name: str) -> type | None:
    """Return the class of that name among those that a fact is made of."""
    seen: set[Any] = set()
    waiting: list[Any] = [root]
    while waiting:
        kind = waiting.pop()
        if kind in seen:
            continue
        seen.add(kind)
        if hasattr(kind, "__dataclass_fields__"):
            if kind.__name__ == name:
                return kind  # type: ignore[no-any-return]
            waiting += [*inspect.get_annotations(kind, eval_str=True).values(), *kind.__bases__]
        waiting += list(getattr(kind, "__args__", ()))
    return None


def describe(kind: type) -> tuple[str, dict[str, str]]:
    """Return the first paragraph of a fact's docstring, and the description of every field.

    Raises
    ------
    KeyError
        When a field is not described: the schema is what readers of the JSON have.
    """
    text = inspect.cleandoc(kind.__doc__ or "")
    fields: dict[str, str] = {}
    names: list[str] = []
    for line in text.splitlines():
        if match := re.fullmatch(r"(\w+(?:, \w+)*) : .*", line):
            names = match[1].split(", ")
        elif names and line.startswith("    "):
            for name in names:
                fields[name] = f"{fields.get(name, '')} {line.strip()}".strip()
        elif line.strip():
            names = []
    missing = [name for name in getattr(kind, "__dataclass_fields__", ()) if name not in fields]
    for base in kind.__bases__:
        if missing and hasattr(base, "__dataclass_fields__"):
            fields = describe(base)[1] | fields
            missing = [name for name in missing if name not in fields]
    if missing:
        raise KeyError(f"{kind.__name__} does not describe {', '.join(missing)}")
    return text.split("\n\n")[0].replace("\n", " "), fields
