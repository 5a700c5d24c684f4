"""Results of a project, as they are kept in its folder: of a training, and of a comparison of methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


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
    models : tuple of str
        SHA-256 of the model's file, in hexadecimal digits: another model has another result. Of two files while one
        takes the place of the other, so that the result has its model also where the computer stops between the two.
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
    models: tuple[str, ...]
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
