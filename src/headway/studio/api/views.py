"""Which pictures a view shows, and in which order."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote

from headway.web.answers import Refused

if TYPE_CHECKING:
    from headway.studio.api.studio import Studio
    from headway.studio.project import Entry


def entries_of(studio: Studio, view: str) -> list[Entry]:
    """Return the pictures of a view.

    ``all`` and ``class:NAME`` are in the order in which they came in, by class; ``recent`` begins with the last.
    ``mistakes`` and ``cell:TRUE:PREDICTED`` begin with the surest, ``finding:CODE`` with the worst.
    """
    found = studio.project.entries()
    inside = [entry for entry in found if not entry.left_out]
    kind, _, rest = view.partition(":")
    match kind, [unquote(part) for part in rest.split(":")] if rest else []:
        case "all", []:
            places = {name: place for place, name in enumerate(studio.project.classes)}
            return sorted(inside, key=lambda entry: places.get(entry.label or "", len(places)))
        case "unlabelled", []:
            return [entry for entry in inside if entry.label is None]
        case "left-out", []:
            return [entry for entry in found if entry.left_out]
        case "recent", []:
            return sorted(inside, key=lambda entry: _changed(studio, entry), reverse=True)
        case "mistakes", []:
            return _surest(studio, (entry for entry in inside if _is_wrong(studio, entry)))
        case "class", [name]:
            return [entry for entry in inside if entry.label == name]
        case "cell", [true, predicted]:
            cell = (entry for entry in inside if entry.label == true and _guess(studio, entry.file) == predicted)
            return _surest(studio, cell)
        case "finding", [code]:
            return studio.project.some(studio.work.finding_pictures(code))
    raise Refused(400, "bad-view", f"there is no view {view[:100]!r}")


def finding_of(view: str) -> str:
    """Return the finding that a view is of; empty where it is of none."""
    kind, _, code = view.partition(":")
    return unquote(code) if kind == "finding" else ""


def _guess(studio: Studio, file: str) -> str | None:
    guess = studio.work.predictions.get(file)
    return None if guess is None else guess.label


def _is_wrong(studio: Studio, entry: Entry) -> bool:
    guess = _guess(studio, entry.file)
    return guess is not None and entry.label is not None and guess != entry.label


def _surest(studio: Studio, entries: Iterable[Entry]) -> list[Entry]:
    predictions = studio.work.predictions
    return sorted(entries, key=lambda entry: predictions[entry.file].probability, reverse=True)


def _changed(studio: Studio, entry: Entry) -> int:
    try:
        return os.stat(studio.project.path(entry.file)).st_mtime_ns
    except OSError:
        return 0
