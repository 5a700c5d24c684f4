"""How a network, or the head of a published one, was trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from headway.facts.scores import PartScores

_BETTER = 0.99  # of the loss of the frequencies: a head that found them, and no more, is a little below it by chance


@dataclass(frozen=True)
class Epoch:
    """One pass over the training pictures.

    Parameters
    ----------
    number : int
        From 1; 0 is the start, before any step, which has no training figures.
    train_loss, train_accuracy : float or None
        Over the batches as they were learned from: augmented, and while the weights changed. The recipe's loss without
        label smoothing, in nats, and from 0 to 1.
    validation_loss, validation_accuracy : float or None
        Afterwards, on the validation part; None where the loss was not a number.
    learning_rate : float
        The largest in this epoch.
    seconds : float or None
        What it took, validation included; None in a model's file.
    train_binary_accuracy, validation_binary_accuracy : float or None
        Where the loss is binary cross-entropy: the part of all answers, one for each picture and class, that is right,
        which Keras calls accuracy there.
    """

    number: int
    train_loss: float | None
    train_accuracy: float | None
    validation_loss: float | None
    validation_accuracy: float | None
    learning_rate: float
    seconds: float | None
    train_binary_accuracy: float | None = None
    validation_binary_accuracy: float | None = None


@dataclass(frozen=True)
class ExpectedTime:
    """How long a training is likely to take, as its first batches show.

    Parameters
    ----------
    epochs : int
        Epochs that are left, at most.
    seconds : float
        What they take, validation included.
    again_s : float
        What it takes at most to train again on all pictures; 0 where that is not done.
    """

    epochs: int
    seconds: float
    again_s: float


@dataclass(frozen=True)
class Training:
    """How a training went.

    Parameters
    ----------
    part : str
        What was trained: ``"last-block"``, ``"all"``, ``"food11"``, ``"dense100 head"``, …
    parameters, trained_parameters : int
        Of the whole network with its head, and how many of them were trained.
    epochs : int
        How many epochs there were.
    best : int
        The epoch whose weights were kept; 0 if none was better than the start.
    augment : tuple of str
        Random changes of the training pictures.
    tta : bool
        Whether features are averaged over mirrored views.
    history : tuple of Epoch
        The epochs, in order.
    validation : PartScores or None
        Scores on the validation part; None for the head of a published network.
    earlier_s : float or None
        Seconds of runs that this one goes on from; None in a model's file.
    expected : ExpectedTime or None
        What was said of its length when it began; None in a model's file, and where nothing was left to train.
    frequencies_loss : float or None
        Validation loss of always giving the frequencies of the classes in training, which a head that learnt something
        is below; None where that was not computed.
    abandoned_rates : tuple of float
        Other learning rates that were tried, at which nothing was learnt.
    """

    part: str
    parameters: int
    trained_parameters: int
    epochs: int
    best: int
    augment: tuple[str, ...]
    tta: bool
    history: tuple[Epoch, ...]
    validation: PartScores | None
    earlier_s: float | None = 0.0
    expected: ExpectedTime | None = None
    frequencies_loss: float | None = None
    abandoned_rates: tuple[float, ...] = ()


def has_learnt(history: Sequence[Epoch], frequencies_loss: float | None) -> bool:
    """Say whether a training did better than always giving the frequencies of the classes, as far as is known.

    Examples
    --------
    >>> course = [Epoch(1, 0.51, 0.2, 0.498, 0.24, 0.01, None)]
    >>> has_learnt(course, 0.4985), has_learnt(course, 0.6), has_learnt(course, None)
    (False, True, True)
    """
    losses = [epoch.validation_loss for epoch in history if epoch.validation_loss is not None]
    return frequencies_loss is None or not losses or min(losses) < _BETTER * frequencies_loss


@dataclass(frozen=True)
class Trial:
    """How fine-tuning did beside the frozen network, where the recipe leaves the choice to the measurement.

    Parameters
    ----------
    part : str
        What was trained.
    log_loss, frozen_log_loss : float
        On the validation part, of the fine-tuned and of the frozen network.
    improved : bool
        Whether any epoch was better than the start.
    chosen : {"fine-tuned", "frozen"}
        Which of the two became the model.
    given_up_after : int
        The epoch after which it was clear that fine-tuning would stay behind, and it ended; 0 where it ran to its end.
    """

    part: str
    log_loss: float
    frozen_log_loss: float
    improved: bool
    chosen: Literal["fine-tuned", "frozen"]
    given_up_after: int = 0
