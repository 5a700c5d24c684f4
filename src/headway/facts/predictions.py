"""What was predicted of each picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SCHEMA = 1
"""Version of the columns, and of the JSON lines of ``headway predict``."""


@dataclass(frozen=True)
class PictureResult:
    """One picture, and what was predicted of it.

    Parameters
    ----------
    path : str
        The file, or ``"picture 7"`` for one that came from memory.
    source : {"cross-validation", "validation", "test", "predict"} or None
        Where the prediction comes from; None for a picture of a data set that could not be read.
    split : str or None
        ``"train"``, ``"validation"`` or ``"test"``: the picture's part of the data set; None where it has none.
    fold : int or None
        The fold that the picture was held out in, from 0; None outside a cross-validation.
    true_class : str or None
        Its label; None where it is not known.
    predicted_class : str or None
        The most probable class; None for a picture that could not be read.
    probability : float or None
        Of the predicted class, from 0 to 1.
    probabilities : tuple of (str, float)
        Every class with its probability, in the order of the classes; of more than 100 the five most probable, the
        highest first. Empty for a picture that could not be read.
    seen_in_training : bool or None
        Whether the model learned from this very file; None where that was not looked up.
    reason : str or None
        Why the picture could not be read, in one line; None where it could.
    """

    path: str
    source: Literal["cross-validation", "validation", "test", "predict"] | None
    split: Literal["train", "validation", "test"] | None = None
    fold: int | None = None
    true_class: str | None = None
    predicted_class: str | None = None
    probability: float | None = None
    probabilities: tuple[tuple[str, float], ...] = ()
    seen_in_training: bool | None = None
    reason: str | None = None


@dataclass(frozen=True)
class PredictionLine(PictureResult):
    """A line of ``headway predict --json``.

    Parameters
    ----------
    schema : int
        Version of this format.
    """

    schema: int = SCHEMA
