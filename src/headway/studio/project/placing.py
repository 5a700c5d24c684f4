"""Where pictures lie in a project, and how they come there and away."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from headway.errors import UserError
from headway.studio.project.foreign import outside
from headway.studio.project.intake import Incoming
from headway.studio.project.names import file_name, folder_name, free_name, looks
from headway.studio.project.scan import PICTURES, UNLABELLED
from headway.studio.project.state import State


class Places:
    """Gives new pictures their places: a folder for each class, and names that look like no other there."""

    def __init__(self, root: Path, state: State) -> None:
        self._root = root
        self._classes = {looks(name): name for name in reversed(state.classes)}
        self._taken: dict[str, set[str]] = {}

    def label(self, one: Incoming) -> str | None:
        """Return the class of a picture: one that is there, where its name looks the same."""
        return None if one.label is None else self._classes.setdefault(looks(one.label), one.label)

    def of(self, one: Incoming) -> str:
        """Return the path of a picture below the project, which is taken from now on."""
        label = self.label(one)
        folder = UNLABELLED if label is None else f"{PICTURES}/{folder_name(label)}"
        if folder not in self._taken:
            place = self._root / folder
            self._taken[folder] = {looks(name) for name in os.listdir(place)} if place.is_dir() else set()
        name = free_name(file_name(one.name, one.kind), self._taken[folder])
        self._taken[folder].add(looks(name))
        return f"{folder}/{name}"


def carry(files: Iterable[str], source: Path, target: Path) -> None:
    """Move pictures from one root to another, all or none; those that are gone are left.

    Where something else lies in a place already, it is a `UserError`.
    """
    here = [file for file in files if (source / file).exists()]
    for file in here:
        if (target / file).exists():
            raise UserError(f"{file} is there already: move it away first")
    for file in here:
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        (source / file).rename(target / file)
    _tidy(source, here)


def delete(root: Path, files: Iterable[str]) -> None:
    """Delete pictures, as far as they are there, and not behind a link."""
    named = list(files)
    behind = outside(root, named)
    gone = [file for file in named if file not in behind]
    for file in gone:
        with contextlib.suppress(OSError):
            (root / file).unlink(missing_ok=True)
    _tidy(root, gone)


def _tidy(root: Path, files: Iterable[str]) -> None:
    """Delete the folders that have become empty."""
    for folder in sorted({Path(file).parent for file in files}):
        for each in (folder, *folder.parents):
            with contextlib.suppress(OSError):
                if each != Path():
                    (root / each).rmdir()
