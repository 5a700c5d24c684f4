"""The folders of pictures of a project: what lies there, and whether that has changed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from headway.cells import path_cell
from headway.dataset.walk import walk

PICTURES, UNLABELLED = "pictures", "unlabelled"

Stamp: TypeAlias = tuple[tuple[str, int, int], ...]
"""Paths with the times at which they were changed, and their bytes."""


@dataclass(frozen=True)
class Scan:
    """What lies in the folders of pictures.

    Parameters
    ----------
    files : tuple of str
        Pictures by their paths below the project, with ``/``; names that are no text are not among them.
    folders : tuple of str
        All folders, by their whole paths.
    unnamed : int
        Pictures whose names no table can hold.
    """

    files: tuple[str, ...]
    folders: tuple[str, ...]
    unnamed: int = 0


def scan(root: Path) -> Scan:
    """Look for pictures; folders that are not there yet hold none."""
    files: list[str] = []
    folders: list[str] = []
    unnamed = 0
    for top in (PICTURES, UNLABELLED):
        place = str(root / top)
        folders.append(place)
        if not Path(place).is_dir():
            continue
        for folder in sorted(walk(place).folders, key=lambda found: found.parts):
            folders.append(folder.path)
            below = "/".join((top, *folder.parts))
            for name in sorted(folder.pictures):
                if _is_text(file := f"{below}/{name}"):
                    files.append(file)
                else:
                    unnamed += 1
    return Scan(tuple(files), tuple(dict.fromkeys(folders)), unnamed)


def stamp(*paths: str | os.PathLike[str]) -> Stamp:
    """Return what changes with files and folders; for a folder, with the names in it."""
    return tuple(_stamp(os.fspath(path)) for path in paths)


def _stamp(path: str) -> tuple[str, int, int]:
    try:
        status = os.stat(path)
    except OSError:
        return path, -1, -1
    return path, status.st_mtime_ns, status.st_size


def _is_text(file: str) -> bool:
    """Say whether a table can hold a path so that it is read as the same."""
    try:
        file.encode()
    except UnicodeEncodeError:
        return False
    return path_cell(file) == file == file.strip() and "\n" not in file and "\t" not in file
