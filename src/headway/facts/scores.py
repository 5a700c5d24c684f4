"""How good a classifier is."""

from __future__ import annotations

from dataclasses import dataclass, fields

from headway.types import Quarantined as Quarantined


@dataclass(frozen=True)
class ClassScores:
    """How one class fares.

    Parameters
    ----------
    name : str
        The class.
    support : int
        Pictures of the class.
    precision, recall, f1 : float
        Of the class, from 0 to 1; 0 where the ratio has no denominator.
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
        Number of these pictures, at least 1.
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
    true_class : str
        Its label.
    predicted_class : str
        The most probable class.
    probability : float
        Of the predicted class, from 0 to 1.
    """

    path: str
    true_class: str
    predicted_class: str
    probability: float


@dataclass(frozen=True)
class ReliabilityBin:
    """Pictures whose most probable class is about as probable.

    Parameters
    ----------
    low, high : float
        Ends of the bin: the probability is above ``low`` and at most ``high``.
    n : int
        Pictures in it, at least 1.
    confidence : float
        Their mean probability of the predicted class.
    accuracy : float
        Part of them that is right: as large as ``confidence``, where probabilities can be believed.
    """

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Reliability:
    """How far probabilities can be believed, in 15 bins of equal width; bins without pictures are left out.

    Parameters
    ----------
    before, after : tuple of ReliabilityBin
        Without and with calibration, by probability.
    """

    before: tuple[ReliabilityBin, ...]
    after: tuple[ReliabilityBin, ...]


@dataclass(frozen=True)
class CoveragePoint:
    """What remains, and how much of it is right, where unsure predictions are left to people.

    Parameters
    ----------
    coverage : float
        Part of the pictures whose predicted class is at least as probable as ``threshold``.
    accuracy : float
        Part of these that is right.
    threshold : float
        Probability, from 0 to 1.
    """

    coverage: float
    accuracy: float
    threshold: float


@dataclass(frozen=True)
class Repeats:
    """Pictures among those scored that repeat the content of another one of them.

    Parameters
    ----------
    count : int
        How many.
    as_one : bool
        Whether identical pictures count as one in the scores, as where Headway made the split. In a given split, and
        with a published recipe, each counts, as publications do.
    accuracy : float
        The accuracy the other way: with each counted where ``as_one``, and otherwise with identical ones as one.
    """

    count: int
    as_one: bool
    accuracy: float


@dataclass(frozen=True)
class Scores:
    """Scores of a classifier on a number of pictures. How each is computed: ``docs/numbers.md``.

    Parameters
    ----------
    n, right : int
        Pictures scored, and how many of them have the most probable class right. Where identical pictures count as
        one, the one is counted; if these have several labels, once for each.
    accuracy, low, high : float
        Part of the pictures that is right, and the ends of its 95 % interval: Wilson's (1927), or, where pictures
        belong to groups, by the bootstrap of groups.
    top5_accuracy : float or None
        How often the right class is among the five most probable; None with 10 classes or fewer.
    balanced_accuracy : float
        Mean recall of the classes that occur.
    macro_f1 : float
        Mean F1 of the classes that occur.
    log_loss : float
        Of the calibrated probabilities, in nats; 0 is perfect.
    brier : float
        Brier score of the calibrated probabilities, summed over classes, from 0 to 2; 0 is perfect.
    ece, ece_uncalibrated : float
        Expected calibration error with and without calibration, from 0 to 1.
    majority_accuracy : float
        Accuracy of always naming the most frequent class of the training pictures.
    per_class : tuple of ClassScores
        Scores of each class that occurs, in the order of the classes.
    confusion : tuple of ConfusionCell
        The cells of the confusion matrix that are not 0, by true and predicted class; in a model's file at most the
        largest 100,000.
    mistakes : tuple of Mistake
        Wrong predictions, the most confident first, at most 100; none in a model's file, which holds no paths.
    seen_in_training : int
        How many of the ``n`` the model learned from; unless it is 0, the scores are too good.
    near_training : int
        How many others are near copies of what the model learned from (``docs/audit.md``).
    unseen : PartScores or None
        Scores of the pictures without these two; None where there are none of them, or nothing else.
    repeats : Repeats or None
        Pictures that repeat another one's content; None where none does.
    groups : int or None
        How many groups the interval was drawn from; None where each picture stands for itself.
    reliability : Reliability or None
        Accuracy by probability; None in the file of a model that an older Headway saved.
    coverage : tuple of CoveragePoint
        Accuracy of the surest predictions, from few of them to all, at most 50 points; empty where ``reliability`` is
        None.
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
    reliability: Reliability | None = None
    coverage: tuple[CoveragePoint, ...] = ()
    near_training: int = 0
    unseen: PartScores | None = None
    repeats: Repeats | None = None
    groups: int | None = None


@dataclass(frozen=True)
class PartScores:
    """The most used of the scores of a part: of the validation part that chose the epoch of a network, for instance.

    Parameters
    ----------
    n, right : int
        Pictures, and how many of them have the most probable class right.
    accuracy, low, high : float
        Their ratio, and its 95 % interval.
    macro_f1 : float
        Mean F1 over the classes that occur.
    log_loss : float
        Of the calibrated probabilities, in nats.
    ece : float
        Expected calibration error, from 0 to 1.
    """

    n: int
    right: int
    accuracy: float
    low: float
    high: float
    macro_f1: float
    log_loss: float
    ece: float

    @classmethod
    def of(cls, scores: Scores) -> PartScores:
        """Take them out of all the scores."""
        return cls(**{field.name: getattr(scores, field.name) for field in fields(cls)})


@dataclass(frozen=True)
class BinaryScores:
    """How a network answers that says yes or no to each class of each picture, at a probability of one half.

    Keras calls this accuracy where the loss is binary cross-entropy; it is not how many pictures are right.

    Parameters
    ----------
    accuracy : float
        Part of all answers, one for each picture and class, that is right, from 0 to 1.
    loss : float
        Binary cross-entropy of a sigmoid for each class, without calibration, the mean over classes; nats.
    no_accuracy : float
        Accuracy of saying no to every class.
    no_loss : float
        Least loss of answers that are the same for all pictures.
    """

    accuracy: float
    loss: float
    no_accuracy: float
    no_loss: float


@dataclass(frozen=True)
class FoldScores:
    """How one fold of a cross-validation scores.

    Parameters
    ----------
    n : int
        Pictures that it held out.
    accuracy : float
        Part of them that is right, from 0 to 1, by the configuration that was chosen.
    """

    n: int
    accuracy: float


@dataclass(frozen=True)
class CrossValidation:
    """How the whole procedure scores on pictures that it did not see, corrected for having chosen the best of many.

    Parameters
    ----------
    folds : int
        How many folds; 1 for the data set's own validation split.
    n : int
        Pictures predicted; where identical ones count as one, how many different ones.
    accuracy, low, high : float
        Accuracy, the mean over bootstrap draws, and the ends of its 95 % interval; groups are drawn whole.
    std : float
        Standard deviation of the accuracy over these draws.
    log_loss : float
        Of the calibrated probabilities, in nats.
    ece : float
        Expected calibration error, from 0 to 1.
    by_fold : tuple of FoldScores
        Of each fold, in order; not corrected for the choice. Empty for the data set's own validation split.
    repeats : Repeats or None
        Pictures that repeat another one's content; None where none does. Its accuracy is not corrected for the choice.
    near_training : int
        How many pictures are near copies of what was learned from when they were predicted (``docs/audit.md``).
    unseen : PartScores or None
        Scores of the pictures without these, not corrected for the choice; None where there are none of them, or
        nothing else.
    groups : int or None
        How many groups the bootstrap drew from; None where each picture stands for itself.
    """

    folds: int
    n: int
    accuracy: float
    low: float
    high: float
    std: float
    log_loss: float
    ece: float
    by_fold: tuple[FoldScores, ...] = ()
    repeats: Repeats | None = None
    near_training: int = 0
    unseen: PartScores | None = None
    groups: int | None = None
