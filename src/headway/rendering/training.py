"""What is said while a network is trained."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from headway.facts.training import Epoch, ExpectedTime
from headway.rendering.words import about, plural

_MOST_LINES = 50  # of a training


def expected_time(expected: ExpectedTime) -> str:
    """Say how long a training is likely to take.

    Examples
    --------
    >>> expected_time(ExpectedTime(10, 180.0, 0.0))
    'training takes about 3 min for 10 epochs'
    """
    again = f", then up to {about(expected.again_s)} once more on all pictures" if expected.again_s else ""
    return f"training takes {about(expected.seconds)} for {plural(expected.epochs, 'epoch')}{again}"


def once_more(best: int, epochs: int) -> str:
    """Say that a network is trained again on all pictures, for as many epochs as were best of so many.

    Examples
    --------
    >>> once_more(4, 6)
    'epoch 4 is the best; training again, this time on the validation pictures, too'
    >>> once_more(6, 6)
    'training again, this time on the validation pictures, too'
    """
    best_first = f"epoch {best} is the best; " if best < epochs else ""
    return f"{best_first}training again, this time on the validation pictures, too"


def epoch(history: Sequence[Epoch], epochs: int, best: int | None) -> str | None:
    """Say how the last epoch went, of so many; None for most of them where they are hundreds.

    ``best`` is the epoch that validated best, where that one is going to be kept.

    Examples
    --------
    >>> history = [Epoch(3, 0.71, 0.7, 0.8, 0.7, 0.1, 2.0), Epoch(4, 0.61, 0.75, 0.692, 0.74, 0.1, 2.0)]
    >>> epoch(history, 10, best=4)
    'epoch 4 of 10 (best so far, kept): loss 0.610, validation loss 0.692, accuracy 0.740, about 12 s left'
    >>> epoch(history, 400, best=4) is None
    True
    """
    last = history[-1]
    every = -(-epochs // _MOST_LINES)
    if last.number % every and last.number not in (1, epochs):
        return None
    validated = last.validation_loss is not None
    figures = {"loss": last.train_loss, "validation loss": last.validation_loss}
    figures["accuracy" if validated else "accuracy in training"] = (
        last.validation_accuracy if validated else last.train_accuracy
    )
    said = [f"{name} {value:.3f}" for name, value in figures.items() if value is not None]
    took = [one.seconds for one in history if one.number and one.seconds is not None]
    if took and last.number < epochs:
        said.append(f"{about(median(took) * (epochs - last.number))} left")
    mark = " (best so far, kept)" if validated and best == last.number else ""
    return f"epoch {last.number:,} of {epochs:,}{mark}: {', '.join(said)}"


def gave_up(number: int, epochs: int, gain: float, error: float) -> str:
    """Say that fine-tuning ends early, because it will not come up with the frozen network.

    ``gain`` is a share of the frozen network's log-loss, ``error`` its standard error.

    Examples
    --------
    >>> gave_up(3, 6, -0.42, 0.03)
    'fine-tuning ends after epoch 3 of 6: on the validation pictures its log-loss is 42 % (± 6) above that of the \
frozen network, and will stay above it'
    """
    return (
        f"fine-tuning ends after epoch {number} of {epochs}: on the validation pictures its log-loss is "
        f"{-100 * gain:.0f} % (± {200 * error:.0f}) above that of the frozen network, and will stay above it"
    )


def diverged(number: int, rate: float) -> str:
    """Say in which epoch a training left all numbers, and what to try.

    Examples
    --------
    >>> diverged(1, 10)
    'the loss is no longer a number in epoch 1 with a learning rate of 10: try a rate of 1 (--learning-rate)'
    """
    return (
        f"the loss is no longer a number in epoch {number} with a learning rate of {rate:g}: try a rate of "
        f"{rate / 10:g} (--learning-rate)"
    )


def starts_again(rate: float, lower: float, *, diverged: bool) -> str:
    """Say that a training begins anew, and why.

    Examples
    --------
    >>> starts_again(0.01, 0.001, diverged=False)
    'nothing was learnt at a learning rate of 0.01: training starts again at 0.001'
    """
    why = "the loss is no longer a number" if diverged else "nothing was learnt"
    return f"{why} at a learning rate of {rate:g}: training starts again at {lower:g}"


def learns_again(epochs: int) -> str:
    """Say that training goes on with all pictures.

    Examples
    --------
    >>> learns_again(7)
    'learning once more, on training and validation pictures together, for 7 epochs'
    """
    return f"learning once more, on training and validation pictures together, for {plural(epochs, 'epoch')}"
