"""What the page of a project shows of what was computed: jobs, findings, results."""

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
class Guess:
    """What was predicted of a picture of the project by a classifier that had not seen it.

    Parameters
    ----------
    file : str
        The picture.
    label : str
        The most probable class.
    probability : float
        Of that class, from 0 to 1.
    is_right : bool
        Whether that was its label when the model was trained.
    """

    file: str
    label: str
    probability: float
    is_right: bool


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


@dataclass(frozen=True)
class ClassResult:
    """How one class fares.

    Parameters
    ----------
    name : str
        The class.
    n : int
        Its pictures that were predicted.
    recall, precision, f1 : float
        From 0 to 1.
    """

    name: str
    n: int
    recall: float
    precision: float
    f1: float


@dataclass(frozen=True)
class EarlierResult:
    """The result before this one.

    Parameters
    ----------
    accuracy, low, high : float
        With the ends of its 95 % interval.
    n : int
        How many pictures it was measured on.
    """

    accuracy: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Changed:
    """A picture of which another thing is true than at the result before.

    Parameters
    ----------
    file : str
        The picture.
    was_right, is_right : bool
        Whether it was predicted as it was labelled, before and now.
    """

    file: str
    was_right: bool
    is_right: bool


@dataclass(frozen=True, kw_only=True)
class Result:
    """How good the model of a project is.

    Parameters
    ----------
    accuracy, low, high : float
        Part of the pictures that are right, with the ends of its 95 % interval.
    n : int
        How many pictures that was measured on.
    how : {"cross-validation", "test"}
        Whether each picture was held out once, or some were held back for a test.
    baseline : float
        Accuracy of always naming the largest class.
    macro_f1 : float
        Mean F1 of the classes.
    calibration_error : float
        Expected calibration error of the probabilities, from 0 to 1.
    sentences : tuple of str
        How good it is, whether to trust that, and what goes wrong most.
    doubts : tuple of str
        What makes the result doubtful.
    advice : tuple of str
        What to do next, what may gain most first.
    classes : tuple of str
        In the order of the matrix.
    confusion : tuple of tuple of int
        Pictures by their class (rows) and what they were taken for, each predicted when it was held out.
    per_class : tuple of ClassResult
        How each class fares.
    previous : EarlierResult or None
        The result before this one; None for the first.
    changed : tuple of Changed
        The pictures that were right before and are wrong now, or the other way round.
    seconds : float
        How long it took, until this was known.
    model_bytes : int
        Size of the model's file.
    learned_from : int
        Pictures that the model learned from.
    """

    accuracy: float
    low: float
    high: float
    n: int
    how: Literal["cross-validation", "test"]
    baseline: float
    macro_f1: float
    calibration_error: float
    sentences: tuple[str, ...]
    doubts: tuple[str, ...]
    advice: tuple[str, ...]
    classes: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    per_class: tuple[ClassResult, ...]
    previous: EarlierResult | None
    changed: tuple[Changed, ...]
    seconds: float
    model_bytes: int
    learned_from: int


@dataclass(frozen=True, kw_only=True)
class TrainingRecord:
    """The last training of a project, as it is kept in its folder.

    Parameters
    ----------
    schema : int
        Number of this form.
    headway : str
        Version of Headway that made it.
    model : str
        SHA-256 of the model's file, in hexadecimal digits: another model has another result.
    data : str
        What stands for the pictures and labels that were learned from.
    has_report : bool
        Whether the report of this model is written.
    result : Result
        How good it is.
    guesses : tuple of Guess
        What was predicted of each picture when it was held out.
    """

    schema: int = 1
    headway: str
    model: str
    data: str
    has_report: bool
    result: Result
    guesses: tuple[Guess, ...]


@dataclass(frozen=True)
class ComparedMethod:
    """A method that was compared with others.

    Parameters
    ----------
    name : str
        Its name.
    title : str
        What it is, in a few words.
    accuracy, low, high : float
        Part of the test pictures that is right, with the ends of its 95 % interval.
    seconds : float
        What training takes when no features are known.
    is_best : bool
        Whether it is the best, or not distinguishable from it.
    """

    name: str
    title: str
    accuracy: float
    low: float
    high: float
    seconds: float
    is_best: bool


@dataclass(frozen=True, kw_only=True)
class MethodTable:
    """Methods compared on the pictures of a project, as it is kept in its folder.

    Parameters
    ----------
    schema : int
        Number of this form.
    headway : str
        Version of Headway that made it.
    data : str
        What stands for the pictures and labels that they were compared on.
    rows : tuple of ComparedMethod
        The best first.
    text : tuple of str
        What it comes to, as sentences.
    """

    schema: int = 1
    headway: str
    data: str
    rows: tuple[ComparedMethod, ...]
    text: tuple[str, ...]
