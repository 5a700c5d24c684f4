"""Read recipes from TOML; the file is not trusted, and an error names its line."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from headway.backbones.hub.address import PREFIX as HUB
from headway.errors import UnknownNameError, UserError
from headway.places import regular_status
from headway.recipe import Recipe
from headway.recipes.lines import line_of
from headway.recipes.named import About, NamedRecipe

MAX_BYTES = 64 * 2**10  # the longest shipped one has 2
_MAX_LINE = 2_000  # tomllib takes 13 s for a key of 30,000 parts
_MAX_KEY = 60
_MAX_MESSAGE = 600  # characters of a message: a value or a key in it may be as long as the file
_SHIPPED = Path(__file__).with_name("shipped")
_READING = (
    "label_pattern",
    "group_pattern",
    "class_names",
    "path_column",
    "label_column",
    "split_column",
    "group_column",
)
_TABLES = ("recipe", "data", "about")
_KINDS = {str: "text in quotes", bool: "true or false", int: "a whole number", float: "a number", list: "a list"}


@cache
def names() -> tuple[str, ...]:
    """Return the names of the shipped recipes.

    Examples
    --------
    >>> "flowers-vgg16-finetune" in names()
    True
    """
    return tuple(sorted(path.stem for path in _SHIPPED.glob("*.toml")))


def read(name: str | os.PathLike[str]) -> NamedRecipe:
    """Read a shipped recipe by its name, or a user's file: what ends in ``.toml``, has a folder before it, or is there.

    Raises
    ------
    UnknownNameError
        When there is no recipe of that name; it suggests the nearest ones.
    UserError
        When the file cannot be read or is not a recipe: in one line, where and what.

    Examples
    --------
    >>> read("food11-vgg16-logistic").recipe.C
    (0.1, 1.0, 10.0)
    """
    text = os.fspath(name)
    if text in names():
        return parse(_content(_SHIPPED / f"{text}.toml"), name=text)
    path = Path(text)
    if path.suffix.lower() == ".toml" or path.name != text or (text and path.exists()):
        return parse(_content(path), name=path.stem, title=text, folder=path.parent)
    raise UnknownNameError("recipe", text, [*names(), "or a file, such as my-recipe.toml"])


def _content(path: Path) -> str:
    try:
        regular_status(path)
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError for a NUL byte
        raise UserError(f"the recipe {path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(raw) > MAX_BYTES:
        raise UserError(f"{path} is too large to be a recipe: it has over {MAX_BYTES // 2**10} KiB")
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise UserError(f"{path}, line {line}: a recipe must be UTF-8 text: save it as UTF-8") from error


def parse(text: str, *, name: str = "recipe", title: str = "", folder: Path | None = None) -> NamedRecipe:
    r"""Read a recipe from the text of a TOML file.

    Parameters
    ----------
    text : str
        The fields of `headway.Recipe` as keys, at the top or in a table ``[recipe]``; how labels are read in ``[data]``
        (``label_pattern``, ``group_pattern``, ``class_names``, ``path_column`` …); what people are told in ``[about]``.
    name : str
        What to call the recipe.
    title : str
        What to call it in messages, otherwise its name.
    folder : Path, optional
        Where the relative paths in it start.

    Raises
    ------
    UserError
        When it is not TOML, or a key is unknown, of the wrong type, out of its range or contradicts another.

    Examples
    --------
    >>> parse('head = "mlp"\nfold = 3', name="mine")
    Traceback (most recent call last):
    headway.errors.UserError: mine, line 2: no key of a recipe is called 'fold': did you mean folds? There are: ...
    """
    reader = _Reader(text, title or name)
    tables = reader.tables()
    recipe = reader.recipe(tables["recipe"], "recipe" if "recipe" in reader.content else None, folder)
    types = {field.name: float if field.name == "accuracy" else str for field in fields(About)}
    about = reader.checked(tables["about"], "about", types)
    reading = reader.reading(tables["data"], folder)
    return NamedRecipe(name, recipe, reading, About(**about), title, text if title else "")


class _Reader:
    """The text of one file, and the errors that name it."""

    def __init__(self, text: str, title: str) -> None:
        self.text = text
        self.title = title
        self.content = self._loaded()

    def error(self, line: int, message: object) -> UserError:
        text = str(message)
        return UserError(
            f"{self.title}, line {line}: {text if len(text) <= _MAX_MESSAGE else text[:_MAX_MESSAGE] + '…'}"
        )

    def _loaded(self) -> dict[str, Any]:
        if len(self.text) > MAX_BYTES:
            raise UserError(f"{self.title} is too large to be a recipe: it has over {MAX_BYTES // 2**10} KiB")
        for number, one in enumerate(self.text.split("\n"), start=1):
            if len(one) > _MAX_LINE:
                raise self.error(number, f"a line has at most {_MAX_LINE:,} characters: divide it")
        try:
            return tomllib.loads(self.text)
        except RecursionError as error:
            raise self.error(1, "a recipe has no lists within lists within lists") from error
        except tomllib.TOMLDecodeError as error:
            found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", str(error))
            line = int(found[1]) if found and found[1] else len(self.text.rstrip("\n").split("\n"))
            what = str(error)[: found.start()] if found else str(error)
            raise self.error(line, f"this is not TOML ({what}): key = value, with text in quotes") from error

    def tables(self) -> dict[str, dict[str, Any]]:
        """Return the keys by table; those of ``[recipe]`` may stand at the top."""
        tables: dict[str, dict[str, Any]] = {table: {} for table in _TABLES}
        for table in _TABLES:
            if table in self.content:
                if not isinstance(self.content[table], dict):
                    raise self.error(line_of(self.text, table), f"{table} must be a table: [{table}]")
                tables[table] = dict(self.content[table])
        for key, value in self.content.items():
            if key not in _TABLES:
                if key in tables["recipe"]:
                    raise self.error(line_of(self.text, "recipe", key), f"{key} is set twice, also outside of [recipe]")
                tables["recipe"][key] = value
        return tables

    def recipe(self, values: dict[str, Any], table: str | None, folder: Path | None) -> Recipe:
        types = {f.name: list if isinstance(f.default, tuple) else type(f.default) for f in fields(Recipe)}
        values = self.checked(values, table, types)
        for key, value in values.items():
            values[key] = tuple(value) if isinstance(value, list) else value
        backbone, weights = values.get("backbone", ""), values.get("weights", "")
        if Path(backbone).suffix.lower() in (".onnx", ".keras") and not backbone.startswith(HUB):
            values["backbone"] = _relative_to(folder, backbone)
        if weights not in ("", "random"):
            values["weights"] = _relative_to(folder, weights)
        try:
            return Recipe(**values)
        except UserError as error:
            raise self.error(self._line(table, error.field), error) from error

    def reading(self, values: dict[str, Any], folder: Path | None) -> dict[str, Any]:
        names = values.pop("class_names", None)
        reading = self.checked(values, "data", dict.fromkeys(_READING, str))
        if names is None:
            return reading
        entries = names.values() if isinstance(names, Mapping) else names if isinstance(names, list) else [names]
        if not all(isinstance(entry, str) for entry in entries):
            line = line_of(self.text, "data", "class_names")
            raise self.error(line, "class_names must be a file, a list of names, or a table of names by number")
        return reading | {"class_names": _relative_to(folder, names) if isinstance(names, str) else names}

    def checked(self, values: dict[str, Any], table: str | None, types: Mapping[str, type]) -> dict[str, Any]:
        """Return the values of a table whose keys are known and whose types are as they should be."""
        self._check_keys(values, table, types)
        checked = {}
        for key, value in values.items():
            wanted = types[key]
            if wanted is float and type(value) is int and abs(value) < 2**53:
                value = float(value)
            if type(value) is not wanted:
                found = _KINDS.get(type(value), "a table" if isinstance(value, dict) else "a date")
                raise self.error(self._line(table, key), f"{key} must be {_KINDS[wanted]}, not {found}")
            checked[key] = value
        return checked

    def _check_keys(self, given: Iterable[str], table: str | None, known: Iterable[str]) -> None:
        is_recipe = table in (None, "recipe")
        what = "key of a recipe" if is_recipe else f"key of [{table}]"
        for key in given:
            if key not in known:
                names = [*known, *(_TABLES[1:] if is_recipe else ())]
                raise self.error(self._line(table, key), UnknownNameError(what, key[:_MAX_KEY], names))

    def _line(self, table: str | None, key: str) -> int:
        """Return the line of a key of a table, or at the top where that is where it stands."""
        return line_of(self.text, key) if table is None or key in self.content else line_of(self.text, table, key)


def _relative_to(folder: Path | None, path: str) -> str:
    """Return a path that starts from a folder; an absolute one stays."""
    return path if folder is None else os.path.join(folder, path)
