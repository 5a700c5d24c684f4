"""The project and its pictures, as the page reads them; ``studio/page/types.js`` has the same in its words."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from headway.errors import DataError, PictureError
from headway.studio.thumbs import Seen

if TYPE_CHECKING:
    from headway.facts.results import Guess
    from headway.facts.studio import Job, KnownFeatures, ModelFacts, ProjectFinding
    from headway.studio.api.studio import Studio
    from headway.studio.project import Done, Entry


@dataclass(frozen=True)
class ShownProposal:
    """What a finding proposes to do about a picture.

    Parameters
    ----------
    decision : str
        As in a fix list.
    to : str
        The class of a new label, or the name of a group; else empty.
    """

    decision: str
    to: str


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
    proposal : ShownProposal or None
        What the finding that is looked at proposes to do about it.
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
    proposal: ShownProposal | None = None


@dataclass(frozen=True)
class ShownClass:
    """A class of the project.

    Parameters
    ----------
    name : str
        Its name.
    n : int
        Its pictures.
    left_out : int
        More of them, which are left out.
    """

    name: str
    n: int
    left_out: int


@dataclass(frozen=True, kw_only=True)
class ShownProject:
    """The project, as the page has it in view.

    Parameters
    ----------
    schema : int
        Number of this form.
    name, folder : str
        What it is called, and where it is.
    revision : int
        Another one after every change.
    classes : tuple of ShownClass
        In the order of the page.
    n, unlabelled, left_out : int
        All pictures that are not left out; those of them without a label; those that are left out.
    undo, redo : mapping or None
        What would be undone, and done again: ``what`` was done to ``n`` pictures, and ``to`` which class.
    features : KnownFeatures
        How many pictures can be learned from.
    copies : int
        Pictures that have the very same content as another.
    findings : tuple of ProjectFinding
        What checks found, the severe first.
    model : ModelFacts or None
        The model, if there is one.
    job : Job or None
        What goes on, or went on last.
    problems : tuple of str
        What is wrong with the files.
    """

    schema: int = 1
    name: str
    revision: int
    folder: str
    classes: tuple[ShownClass, ...]
    n: int
    unlabelled: int
    left_out: int
    undo: Mapping[str, str | int | None] | None
    redo: Mapping[str, str | int | None] | None
    features: KnownFeatures
    copies: int
    findings: tuple[ProjectFinding, ...]
    model: ModelFacts | None
    job: Job | None
    problems: tuple[str, ...]


def project(studio: Studio) -> ShownProject:
    """Describe the project; everything in it is known, and nothing is computed."""
    found, work = studio.project, studio.work
    entries = found.entries()
    inside = Counter(entry.label for entry in entries if not entry.left_out)
    outside = Counter(entry.label for entry in entries if entry.left_out)
    return ShownProject(
        name=found.name,
        revision=found.revision,
        folder=str(found.folder),
        classes=tuple(ShownClass(name, inside[name], outside[name]) for name in found.classes),
        n=inside.total(),
        unlabelled=inside[None],
        left_out=outside.total(),
        undo=_step(found.can_undo),
        redo=_step(found.can_redo),
        features=work.features_known,
        copies=work.copies,
        findings=work.findings(),
        model=work.model(),
        job=job(studio),
        problems=(*found.problems, *work.problems),
    )


def job(studio: Studio) -> Job | None:
    """Return what goes on; or else what was asked for last, since what followed unasked may hide why that failed."""
    now, asked = studio.work.job, studio.work.asked
    return now if asked is None or (now is not None and now.state == "running") else asked


def _step(done: Done | None) -> Mapping[str, str | int | None] | None:
    return None if done is None else done._asdict()


def pictures(studio: Studio, entries: Iterable[Entry], finding: str = "") -> list[ShownPicture]:
    """Describe pictures, with what a finding proposes; those whose files have just gone are shown without a size."""
    predictions, codes = studio.work.predictions, studio.work.finding_codes
    found = [_picture(studio, entry, predictions, codes) for entry in entries]
    proposals = {one.file: ShownProposal(one.decision, one.to) for one in studio.work.proposals(finding)}
    return [replace(one, proposal=proposals.get(one.file)) for one in found] if proposals else found


def picture_of(studio: Studio, file: str, **more: Any) -> dict[str, Any] | None:
    """Describe a picture by its file, with more of it; None where it is not there any more."""
    found = pictures(studio, studio.project.some([file]))
    return {**asdict(found[0]), **more} if found else None


def _picture(
    studio: Studio, entry: Entry, predictions: Mapping[str, Guess], codes: Mapping[str, tuple[str, ...]]
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
