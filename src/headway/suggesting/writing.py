"""Suggestions as a table to fill in, or as a folder of links to sort."""

from __future__ import annotations

import csv
import errno
import io
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from headway.cells import path_cell, text_cell
from headway.errors import OutputError
from headway.places import replacing
from headway.splitting import folder, table

if TYPE_CHECKING:
    from headway.facts.suggest import Suggestion

COLUMNS = ("path", "label", "predicted_class", "probability", "margin", "stands_for", "rank")
"""Of the table; ``label`` is empty, for a person to fill in."""

_LONGEST_NAME = 255  # bytes
_NO_HARD_LINKS = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP)


def is_table(path: Path) -> bool:
    """Say whether a place is meant for a table."""
    return path.suffix.lower() == ".csv"


def check(path: Path, sources: Sequence[str]) -> Path:
    """Refuse a place that exists, cannot be written, or lies in the pool; return it without symbolic links."""
    place = table.check(path) if is_table(path) else folder.check(path)
    for source in sources:
        if place.is_relative_to(os.path.realpath(source)):
            raise OutputError(f"{path} lies in the pictures, {source}: give a place outside with -o")
    return place


def write_table(place: Path, suggestions: Sequence[Suggestion]) -> None:
    """Write a row for each picture; paths below the table's folder from there on, so that it can be moved."""
    with replacing(place) as file:
        text = io.TextIOWrapper(file, "utf-8", "backslashreplace", newline="", write_through=True)
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(COLUMNS)
        for one in suggestions:
            below = os.path.abspath(one.path).removeprefix(os.path.join(place.parent, ""))
            shares = ["" if share is None else f"{share:.6g}" for share in (one.probability, one.margin)]
            predicted = text_cell(one.predicted_class or "")
            rows.writerow([path_cell(below), "", predicted, *shares, one.stands_for, one.rank])
        text.detach()


def write_links(place: Path, suggestions: Sequence[Suggestion]) -> None:
    """Link the pictures into a folder, named by rank; it appears whole, or not at all."""
    draft = place.with_name(f".headway-{secrets.token_hex(6)}.part")
    digits = len(str(len(suggestions)))
    try:
        draft.mkdir(parents=True)
        for one in suggestions:
            _link(os.path.realpath(one.path), draft / _name(f"{one.rank:0{digits}}_", one.path))
        if place.is_dir():  # an empty one
            place.rmdir()
        draft.rename(place)
    except OSError as error:
        why = error.strerror or error
        raise OutputError(f"{place} cannot be written: {why}; give another place with -o") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _name(rank: str, path: str) -> str:
    """Return the name of a link; the rank takes some of the length that a name may have."""
    stem, ending = os.path.splitext(os.path.basename(path))
    while stem and len(os.fsencode(rank + stem + ending)) > _LONGEST_NAME:
        stem = stem[:-1]
    return rank + stem + ending


def _link(source: str, target: Path) -> None:
    """Make a hard link, which stays when the original is moved; on another disk a symbolic one."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        target.symlink_to(source)
