"""The project and its pictures, as the page reads them; ``studio/page/types.js`` has the same in its words."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from headway.errors import DataError, PictureError
from headway.studio.thumbs import Seen

if TYPE_CHECKING:
    from headway.studio.api.studio import Studio
    from headway.studio.project import Done, Entry

SCHEMA = 1


@dataclass(frozen=True)
class ShownPicture:
    """A picture, with what is known of it.

    Parameters
    ----------
    file : str
        Its path below the project, by which it is asked for.
    name : str
        The last part of that.
    label : str or None
        Its class, after what was decided.
    given : str or None
        Its class in ``labels.csv``.
    left_out : bool
        Whether it is left out.
    width, height : int or None
        Upright, in pixels; None where it cannot be read.
    predicted : str or None
        What a classifier that had not seen it took it for.
    probability : float or None
        Of that class.
    findings : tuple of str
        The checks that found something of it.
    thumb : str
        What is put into the address of a small picture, so that a browser may keep that for ever.
    """

    file: str
    name: str
    label: str | None
    given: str | None
    left_out: bool
    width: int | None
    height: int | None
    predicted: str | None
    probability: float | None
    findings: tuple[str, ...]
    thumb: str


def project(studio: Studio) -> dict[str, Any]:
    """Describe the project; everything in it is known, and nothing is computed."""
    found, work = studio.project, studio.work
    entries = found.entries()
    inside = Counter(entry.label for entry in entries if not entry.left_out)
    outside = Counter(entry.label for entry in entries if entry.left_out)
    return {
        "schema": SCHEMA,
        "name": found.name,
        "revision": found.revision,
        "folder": str(found.folder),
        "classes": [{"name": name, "n": inside[name], "left_out": outside[name]} for name in found.classes],
        "n": sum(inside.values()),
        "unlabelled": inside[None],
        "left_out": sum(outside.values()),
        "undo": _step(found.can_undo),
        "redo": _step(found.can_redo),
        "features": work.features_known,
        "copies": work.copies,
        "findings": work.findings(),
        "model": work.model(),
        "job": work.job,
        "problems": [*found.problems, *work.problems],
    }


def _step(done: Done | None) -> Mapping[str, Any] | None:
    return None if done is None else done._asdict()


def pictures(studio: Studio, entries: Iterable[Entry]) -> list[ShownPicture]:
    """Describe pictures; those whose files have just gone are shown without a size."""
    predictions, codes = studio.work.predictions, studio.work.finding_codes
    return [_picture(studio, entry, predictions, codes) for entry in entries]


def picture_of(studio: Studio, file: str, **more: Any) -> dict[str, Any] | None:
    """Describe a picture by its file, with more of it; None where it is not there any more."""
    entry = next((entry for entry in studio.project.some([file])), None)
    return None if entry is None else {**asdict(pictures(studio, [entry])[0]), **more}


def _picture(
    studio: Studio, entry: Entry, predictions: Mapping[str, Any], codes: Mapping[str, tuple[str, ...]]
) -> ShownPicture:
    guess = predictions.get(entry.file)
    version, sides = "", None
    try:
        seen = Seen.of(studio.project.path(entry.file))
    except (PictureError, DataError):
        pass
    else:
        version, sides = f"?v={seen.version}", studio.thumbs.sides(seen)
    width, height = sides or (None, None)
    return ShownPicture(
        file=entry.file,
        name=os.path.basename(entry.file),
        label=entry.label,
        given=entry.given,
        left_out=entry.left_out,
        width=width,
        height=height,
        predicted=None if guess is None else guess.label,
        probability=None if guess is None else guess.probability,
        findings=codes.get(entry.file, ()),
        thumb=version,
    )
