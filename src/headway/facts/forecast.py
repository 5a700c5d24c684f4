"""What more pictures would bring, as far as it can be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Doubt: TypeAlias = Literal["few", "classes", "chance", "noise", "shapes"]
"""Why nothing is forecast: too few images; so many classes that the curve is not measured; nothing learned beyond the
most frequent class; the measured curve is within its noise; or shapes of curves that fit it equally well go on too
differently."""


@dataclass(frozen=True)
class CurvePoint:
    """A point of the learning curve of a logistic head on frozen features.

    Parameters
    ----------
    pictures : int
        Training images.
    accuracy : float
        On images that were held out, the mean over draws.
    spread : float or None
        Standard deviation of the accuracy over folds or draws; None with a single one.
    """

    pictures: int
    accuracy: float
    spread: float | None = None


@dataclass(frozen=True)
class Forecast:
    """What a classifier is expected to reach that is trained on more images of the same kind.

    Parameters
    ----------
    factor : int
        How many times the images that there are now; 1 for these themselves.
    pictures : int
        Training images then.
    accuracy : float
        On new images, the median of what is likely.
    low : float
        Lower end of its 95 % interval.
    high : float
        Upper end, at most 1.
    gain : float
        Accuracy above that of the images that there are now, the median; at least 0.
    """

    factor: int
    pictures: int
    accuracy: float
    low: float
    high: float
    gain: float


@dataclass(frozen=True)
class ClassGain:
    """What images of one class bring.

    Parameters
    ----------
    name : str
        The class.
    pictures : int
        How many there are of it.
    gain : float
        Accuracy, over all classes, that the second half of its training images has brought.
    error : float
        Standard error of the gain.
    """

    name: str
    pictures: int
    gain: float
    error: float


@dataclass(frozen=True, kw_only=True)
class LearningCurve:
    """The accuracy with fewer images, measured, and with more, forecast.

    Parameters
    ----------
    pictures : int
        Images that there are; identical ones are one.
    points : tuple of CurvePoint
        What was measured, by growing number of images; empty with too few.
    now : Forecast or None
        What all images that there are should reach, of which the largest measured point had a part; None where nothing
        can be told.
    forecasts : tuple of Forecast
        Of twice and four times the images; those that cannot be told are left out.
    doubt : {"few", "classes", "chance", "noise", "shapes"} or None
        Why not all are there; None where they are.
    classes : tuple of ClassGain
        Classes of which more images help beyond chance, the one that gains most first.
    """

    pictures: int
    points: tuple[CurvePoint, ...] = ()
    now: Forecast | None = None
    forecasts: tuple[Forecast, ...] = ()
    doubt: Doubt | None = None
    classes: tuple[ClassGain, ...] = ()
