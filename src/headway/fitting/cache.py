"""Outcomes of recipes in the cache: an interrupted comparison goes on, one recipe more costs that recipe only."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from headway._version import __version__
from headway.areas import Area, delete_file
from headway.errors import DataError, OutputError
from headway.facts.codec import parse, plain
from headway.places import make_private, regular_status, replacing
from headway.splits import by_appearance

if TYPE_CHECKING:
    from headway.fitting.division import Division
    from headway.recipe import Recipe
    from headway.types import Progress

T = TypeVar("T")

_FORMAT = 6
_FILE = "outcome.json"
_MOST_BYTES = 1 << 30


def data_key(division: Division) -> str:
    """Return a SHA-256 over all that recipes see of a data set: contents, labels, order, groups and split.

    So is whether the split was given, as identical images are counted differently in the scores then.
    """
    digest = hashlib.sha256(b"given" if division.is_given else b"own")
    parts = division.parts
    for name in division.data.classes:
        digest.update(name.encode(errors="surrogateescape") + b"\0")
    for array in (division.labels, by_appearance(division.groups), parts.train, parts.validation, parts.test):
        digest.update(np.ascontiguousarray(array, np.int64).tobytes() + b"\0")
    for content in division.hashes:
        digest.update(content)
    return digest.hexdigest()


def recipe_key(recipe: Recipe) -> str:
    """Return a SHA-256 of a recipe and of the files that it names."""
    files = {}
    for field in ("backbone", "weights"):
        path = Path(getattr(recipe, field))
        if path.suffix and path.is_file():
            with path.open("rb") as file:
                files[field] = hashlib.file_digest(file, "sha256").hexdigest()
    return _sha256({"recipe": recipe.to_dict(), "files": files})


def _delete(path: Path) -> bool:
    """Delete what is kept of one comparison, and its folder unless somebody else's file is in there, too."""
    deleted = delete_file(path)
    with suppress(OSError):
        path.parent.rmdir()
    return deleted


AREA = Area("compare", f"{'[0-9a-f]' * 64}/{_FILE}", delete=_delete)


class OutcomeCache:
    """Facts about one data set, by its `data_key`: each in a file in ``compare/`` of Headway's cache folder."""

    def __init__(self, data: str, cache: str | Path | None = None) -> None:
        self._data = data
        self._folder = AREA.folder(cache)

    def path(self, name: str) -> Path:
        """Return the file of a fact."""
        key = _sha256({"data": self._data, "of": name, "headway": __version__, "format": _FORMAT})
        return self._folder / key / _FILE

    def load(self, name: str, kind: type[T]) -> T | None:
        """Return a fact of some kind; None where there is none, or its file is damaged."""
        path = self.path(name)
        try:
            if regular_status(path).st_size > _MOST_BYTES:
                return None
            document = json.loads(path.read_bytes())
            if document["sha256"] != _sha256(document["content"]):
                return None
            return parse(kind, document["content"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError, DataError):
            return None  # it is made again

    def save(self, name: str, fact: Any) -> None:
        """Store a fact."""
        path, content = self.path(name), plain(fact)
        try:
            make_private(path.parent)
        except OSError as error:
            raise OutputError(
                f"{self._folder} cannot be written to: {error.strerror}; name another with --cache"
            ) from error
        with replacing(path, option="--cache") as file:
            file.write(json.dumps({"sha256": _sha256(content), "content": content}).encode())

    def try_save(self, name: str, fact: Any, progress: Progress) -> None:
        """Store a fact for the next time; where that is impossible, say so and go on."""
        try:
            self.save(name, fact)
        except OutputError as error:
            progress.note(f"not cached: {error}")


def _sha256(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
