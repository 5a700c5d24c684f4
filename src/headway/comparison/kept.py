"""Finished recipes, kept in the cache: an interrupted comparison goes on, one recipe more costs that recipe only."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from headway._version import __version__
from headway.errors import DataError, OutputError
from headway.places import cache_dir, regular_status, replacing

if TYPE_CHECKING:
    from headway.fitting.division import Division
    from headway.recipe import Recipe
    from headway.types import Progress

T = TypeVar("T")

_FORMAT = 2
_FILE = "outcome.json"
_MOST_BYTES = 1 << 30


def data_key(division: Division) -> str:
    """Return a SHA-256 over all that recipes see of a data set: contents, labels, order, groups and split.

    Parameters
    ----------
    division : Division
        Of the data set.
    """
    digest = hashlib.sha256()
    parts = division.parts
    for name in division.data.classes:
        digest.update(name.encode(errors="surrogateescape") + b"\0")
    for array in (division.labels, _by_appearance(division.groups), parts.train, parts.validation, parts.test):
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


def folder(cache: str | Path | None = None) -> Path:
    """Return where comparisons are kept."""
    return cache_dir(cache) / "compare"


def files(cache: str | Path | None = None) -> list[Path]:
    """Return the files of all comparisons."""
    return sorted(path for path in folder(cache).glob(f"*/{_FILE}") if re.fullmatch("[0-9a-f]{64}", path.parent.name))


def clear(cache: str | Path | None = None) -> None:
    """Delete what is kept of all comparisons."""
    for path in files(cache):
        path.unlink(missing_ok=True)
        with suppress(OSError):  # somebody else's file is in there, too
            path.parent.rmdir()


class Kept:
    """What is kept of one data set, as one file a recipe in ``compare/`` of the cache.

    Parameters
    ----------
    data : str
        From `data_key`.
    cache : path, optional
        Headway's cache folder, if it is not the usual one.
    """

    def __init__(self, data: str, cache: str | Path | None = None) -> None:
        self._data = data
        self._folder = folder(cache)

    def path(self, of: str) -> Path:
        """Return where something is kept."""
        key = _sha256({"data": self._data, "of": of, "headway": __version__, "format": _FORMAT})
        return self._folder / key / _FILE

    def get(self, of: str, make: Callable[[Mapping[str, Any]], T]) -> T | None:
        """Return what was kept; None where nothing is, or where it is damaged.

        Parameters
        ----------
        of : str
            What it is of.
        make : callable
            Makes something of the values that were kept; raises DataError where they are not such values.
        """
        path = self.path(of)
        try:
            if regular_status(path).st_size > _MOST_BYTES:
                return None
            document = json.loads(path.read_bytes())
            if document["sha256"] != _sha256(document["content"]):
                return None
            return make(document["content"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError, DataError):
            return None  # as good as never made

    def put(self, of: str, content: dict[str, Any]) -> None:
        """Keep plain values."""
        path = self.path(of)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"{self._folder} cannot be written to: {error.strerror}; name another with --cache"
            ) from error
        with replacing(path, option="--cache") as file:
            file.write(json.dumps({"sha256": _sha256(content), "content": content}).encode())

    def try_put(self, of: str, content: dict[str, Any], progress: Progress) -> None:
        """Keep plain values for the next time; where that cannot be, say so and go on without."""
        try:
            self.put(of, content)
        except OutputError as error:
            progress.note(f"found, but not kept: {error}")


def _sha256(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _by_appearance(groups: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return groups numbered in the order in which they come: their own numbers mean nothing."""
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    numbers = np.empty(len(first), np.int64)
    numbers[np.argsort(first)] = np.arange(len(first))
    return numbers[inverse]
