"""What a model predicts of one picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from headway.errors import PictureError
from headway.types import Quarantined

if TYPE_CHECKING:
    from headway.facts.predictions import PictureResult
    from headway.types import FloatArray

T = TypeVar("T")


@dataclass(frozen=True)
class Prediction:
    """What a model predicts of one picture.

    Parameters
    ----------
    name : str
        The file, or ``"picture 7"`` for one that came from memory.
    label : str
        The most probable class.
    probability : float
        Its calibrated probability, between 0 and 1.
    top : tuple of (str, float)
        The most probable classes with their probabilities, highest first.
    """

    name: str
    label: str
    probability: float
    top: tuple[tuple[str, float], ...]


def to_prediction(name: str, probabilities: FloatArray, classes: Sequence[str], top: int) -> Prediction:
    """Return the ``top`` classes of probabilities (classes,)."""
    order = (-probabilities).argsort(kind="stable")[:top]
    best = tuple((classes[i], float(probabilities[i])) for i in order)
    return Prediction(name, *best[0], best)


def to_result(name: str, outcome: FloatArray | Quarantined, classes: Sequence[str]) -> PictureResult:
    """Return the row of a picture: of its probabilities (classes,), or of the reason why it could not be read."""
    from headway.facts.predictions import PictureResult
    from headway.predictions import class_probabilities

    if isinstance(outcome, Quarantined):
        return PictureResult(name, "predict", reason=outcome.reason)
    best = int(outcome.argmax())
    return PictureResult(
        name,
        "predict",
        predicted_class=classes[best],
        probability=float(outcome[best]),
        probabilities=class_probabilities(classes, outcome),
    )


def readable(outcome: T | Quarantined) -> T:
    """Return an outcome; `PictureError`, with the picture's name, if it could not be read."""
    if isinstance(outcome, Quarantined):
        raise PictureError(f"{outcome.path}: {outcome.reason}")
    return outcome
