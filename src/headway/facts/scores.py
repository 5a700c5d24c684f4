"""How good a classifier is."""

from __future__ import annotations

from dataclasses import dataclass

from headway.types import Quarantined as Quarantined


@dataclass(frozen=True)
class ClassScores:
    """How one class fares.

    Parameters
    ----------
    name : str
        The class.
    support : int
        Pictures of it.
    precision, recall, f1 : float
        From 0 to 1; 0 where nothing was predicted.
    """

    name: str
    support: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class ConfusionCell:
    """Pictures of one class that were predicted as one class.

    Parameters
    ----------
    true, predicted : int
        Positions of the two classes in the list of classes.
    count : int
        At least 1.
    """

    true: int
    predicted: int
    count: int


@dataclass(frozen=True)
class Mistake:
    """A picture that was predicted wrongly.

    Parameters
    ----------
    path : str
        The file, or ``"picture 7"`` for one that came from memory.
    true_class, predicted_class : str
        Names.
    probability : float
        Of the predicted class, from 0 to 1.
    """

    path: str
    true_class: str
    predicted_class: str
    probability: float


@dataclass(frozen=True)
class Scores:
    """Scores of a classifier on a number of pictures. How each is computed: ``docs/numbers.md``.

    Parameters
    ----------
    n, right : int
        Pictures scored, and how many of them have the most probable class right.
    accuracy, low, high : float
        Their ratio, and its 95 % interval (Wilson 1927).
    top5_accuracy : float or None
        How often the right class is among the five most probable; None with 10 classes or fewer.
    balanced_accuracy, macro_f1 : float
        Means over the classes that occur, of recall and of F1.
    log_loss, brier : float
        Of the calibrated probabilities; 0 is perfect. The Brier score is summed over classes, from 0 to 2.
    ece, ece_uncalibrated : float
        Expected calibration error with and without calibration, from 0 to 1.
    majority_accuracy : float
        Accuracy of always naming the most frequent class of the training pictures.
    per_class : tuple of ClassScores
        In the order of the classes.
    confusion : tuple of ConfusionCell
        The cells that are not 0, by true and predicted class; in a model's file at most the largest 100,000.
    mistakes : tuple of Mistake
        Wrong predictions, the most confident first, at most 100; none in a model's file, which holds no paths.
    seen_in_training : int
        How many of the ``n`` the model learned from; unless it is 0, the scores are too good.
    """

    n: int
    right: int
    accuracy: float
    low: float
    high: float
    top5_accuracy: float | None
    balanced_accuracy: float
    macro_f1: float
    log_loss: float
    brier: float
    ece: float
    ece_uncalibrated: float
    majority_accuracy: float
    per_class: tuple[ClassScores, ...]
    confusion: tuple[ConfusionCell, ...]
    mistakes: tuple[Mistake, ...] = ()
    seen_in_training: int = 0


@dataclass(frozen=True)
class CrossValidation:
    """How the whole procedure scores on pictures that it did not see, corrected for having chosen the best of many.

    Parameters
    ----------
    folds : int
        How many; 1 for the data set's own validation split.
    n : int
        Pictures predicted.
    accuracy, low, high : float
        Mean, and its 95 % interval.
    log_loss : float
        Of the calibrated probabilities.
    ece : float
        Expected calibration error, from 0 to 1.
    """

    folds: int
    n: int
    accuracy: float
    low: float
    high: float
    log_loss: float
    ece: float
