"""Files and folders as images without labels, and what a path is by its ending."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from pathlib import Path

from headway.dataset.names import natural_key
from headway.dataset.walk import TABLE_SUFFIXES, suffix, walk
from headway.errors import DataError

ARCHIVE_ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
MODEL_SUFFIX = ".onnx"


def unlabelled(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[str]:
    """Expand files and folders into images, for prediction.

    Files are taken as they are, whatever their ending, but for tables, archives and models; folders give all images
    below them in natural order. An empty list, a path that does not exist, a folder without an image, a table, an
    archive and a model are a `DataError`.

    Examples
    --------
    >>> unlabelled([])
    Traceback (most recent call last):
    headway.errors.DataError: there is nothing to predict on: give pictures or folders of pictures
    """
    given = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    if not given:
        raise DataError("there is nothing to predict on: give pictures or folders of pictures")
    found: list[str] = []
    for item in given:
        path = existing(item)
        ending = suffix(os.path.basename(path))
        if Path(path).is_dir():
            tree = walk(path)
            if not tree.count():
                raise tree.no_pictures()
            found += sorted(
                (os.path.join(folder.path, name) for folder in tree.folders for name in folder.pictures),
                key=natural_key,
            )
        elif ending in TABLE_SUFFIXES:
            raise DataError(
                f"pictures or folders of them are needed, and {path!r} is a table: to score a model on it, "
                f"`headway evaluate MODEL {shlex.quote(path)}`; to predict, give the folder of its pictures"
            )
        elif archive_stem(path) is not None:
            raise DataError(
                f"pictures or folders of them are needed, and {path!r} is an archive: unpack it and give the folder"
            )
        elif ending == MODEL_SUFFIX:
            raise DataError(
                f"pictures or folders of them are needed, and {path!r} is a model: "
                f"`headway predict {shlex.quote(path)} PICTURES`"
            )
        else:
            found.append(path)
    return found


def existing(path: str | os.PathLike[str]) -> str:
    """Return a path as text; one that does not exist is a `DataError`."""
    text = os.fsdecode(path)
    try:
        found = bool(text) and Path(text).exists()
    except (OSError, ValueError) as error:  # ValueError for a NUL byte
        raise DataError(f"{text!r} cannot be looked at: {getattr(error, 'strerror', None) or error}") from error
    if not found:
        link = " (it is a broken link)" if text and Path(text).is_symlink() else ""
        raise DataError(
            f"there is no such file or folder: {text!r}{link}; check its spelling: "
            f"relative paths start from {os.path.abspath(os.curdir)!r}"
        )
    return text


def archive_stem(path: str | os.PathLike[str]) -> str | None:
    """Return the name of an archive without its ending, or None for what is no archive by its name.

    Examples
    --------
    >>> archive_stem("data/Photos.tar.gz"), archive_stem("photos.csv")
    ('Photos', None)
    """
    name = os.path.basename(os.fsdecode(path))
    endings = (ending for ending in ARCHIVE_ENDINGS if name.lower().endswith(ending) and len(name) > len(ending))
    return next((name[: -len(ending)] for ending in endings), None)
