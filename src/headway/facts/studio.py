"""What the page of a project shows of what goes on and was found, and what it answers at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from headway.facts.audit import Decision, Severity

JobKind: TypeAlias = Literal["prepare", "train", "compare"]
JobState: TypeAlias = Literal["running", "done", "stopped", "failed"]


@dataclass(frozen=True)
class Job:
    """Work that goes on in the background, or the last that did.

    Parameters
    ----------
    id : int
        Of this job; a later one has a larger number.
    kind : {"prepare", "train", "compare"}
        What it does: compute features and check the pictures, train, or compare methods.
    state : {"running", "done", "stopped", "failed"}
        How it goes, or went.
    stage : str
        What it does at the moment, or did last; empty before the first stage.
    done : int
        Steps of the stage that are done.
    total : int or None
        Steps of the stage; None where that is not known.
    seconds : float
        How long the job has been going on, or took.
    message : str or None
        What is to be known of how it ended, in one line: why it failed, for instance.
    """

    id: int
    kind: JobKind
    state: JobState = "running"
    stage: str = ""
    done: int = 0
    total: int | None = None
    seconds: float = 0.0
    message: str | None = None


@dataclass(frozen=True)
class KnownFeatures:
    """How many pictures are ready to be learned from.

    Parameters
    ----------
    known : int
        Pictures whose features are computed.
    n : int
        All pictures that are not left out.
    """

    known: int
    n: int


@dataclass(frozen=True)
class ProjectFinding:
    """What a check found in the pictures of a project.

    Parameters
    ----------
    code : str
        Name of the check, as it stands in a list of fixes.
    name : str
        The same in words.
    severity : {"severe", "warning", "note"}
        Of the worst that it found.
    title : str
        A heading.
    text : str
        What was found and what to do about it, as sentences.
    n : int
        How many pictures it is about.
    proposals : int
        For how many of them something is proposed.
    """

    code: str
    name: str
    severity: Severity
    title: str
    text: str
    n: int
    proposals: int


@dataclass(frozen=True)
class Proposal:
    """What a check proposes to do about a picture.

    Parameters
    ----------
    file : str
        The picture, as the project names it.
    finding : str
        Name of the check.
    decision : {"drop", "relabel", "group", "keep"}
        What to do.
    to : str
        The class of a new label, or the name of a group; else empty.
    label : str
        Its class now; empty without one.
    why : str
        What speaks for it.
    is_sure : bool
        Whether it may be followed without looking at the picture.
    partner : str or None
        The picture that it was compared with, such as the copy that stays.
    """

    file: str
    finding: str
    decision: Decision
    to: str
    label: str
    why: str
    is_sure: bool
    partner: str | None = None


@dataclass(frozen=True)
class ModelFacts:
    """The model of a project.

    Parameters
    ----------
    accuracy : float or None
        Part of the pictures that it got right when they were held out; None where that was not measured.
    low, high : float or None
        Ends of its 95 % interval.
    tested_on : int
        How many pictures that was measured on.
    is_stale : bool
        Whether pictures or labels have changed since it was made.
    classes : tuple of str
        What it tells apart.
    made : str
        When its file was written: ISO 8601, in UTC.
    """

    accuracy: float | None
    low: float | None
    high: float | None
    tested_on: int
    is_stale: bool
    classes: tuple[str, ...]
    made: str


@dataclass(frozen=True)
class Neighbour:
    """A picture that looks like another.

    Parameters
    ----------
    file : str
        It.
    similarity : float
        Cosine of the features of both: 1 for the same picture.
    """

    file: str
    similarity: float


@dataclass(frozen=True)
class Tried:
    """What the model says of a picture that is not in the project.

    Parameters
    ----------
    label : str
        The most probable class.
    probability : float
        Of that class, from 0 to 1.
    top : tuple of (str, float)
        The most probable classes, the highest first.
    nearest : tuple of Neighbour
        The labelled pictures that look most like it; empty where no features are known that can be compared.
    seconds : float
        How long it took.
    """

    label: str
    probability: float
    top: tuple[tuple[str, float], ...]
    nearest: tuple[Neighbour, ...]
    seconds: float


@dataclass(frozen=True)
class Wanted:
    """A picture that is worth labelling.

    Parameters
    ----------
    file : str
        It.
    guess : str or None
        What the model takes it for; None without a model.
    """

    file: str
    guess: str | None
