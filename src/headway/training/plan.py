"""What a training run is told, and what it tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from headway.types import FloatArray, IntArray


class Examples(Protocol):
    """Labelled inputs of a network.

    Attributes
    ----------
    labels : ndarray of int64, shape (n,)
        Classes in ``0 … k - 1``.
    """

    @property
    def labels(self) -> IntArray: ...  # noqa: D102

    def batch(self, rows: IntArray, generator: Generator | None) -> tuple[Tensor, Tensor]:
        """Return some inputs and their targets.

        Parameters
        ----------
        rows : ndarray of int64, shape (b,)
            Which ones, from 0.
        generator : torch.Generator or None
            The only randomness to use, for augmentation; None where the inputs are wanted as they are.

        Returns
        -------
        inputs : Tensor (b, …)
            What the network takes, on the CPU.
        targets : int64 Tensor (b,) or float32 Tensor (b, k)
            Classes, or their shares.
        """


@dataclass(frozen=True)
class Plan:
    """How to train.

    Parameters
    ----------
    epochs : int
        Passes over the examples, at least 1.
    batch : int
        Examples to a step.
    learning_rate : float
        The largest, for parameters whose multiple is 1.
    optimiser : {"adamw", "adam", "sgd"}
        AdamW (Loshchilov and Hutter 2019), Adam, or SGD with Nesterov's momentum of 0.9.
    weight_decay : float
        For AdamW and SGD, and not for vectors (biases, norms).
    schedule : {"one-cycle", "constant"}
        Linear warm-up and cosine down to a hundredth, or the same rate throughout.
    warm_up : float
        Its part of all steps, from 0 to 1.
    patience : int
        Stop after so many epochs without a better one; 0 never stops early.
    criterion : {"loss", "accuracy"}
        By which the best epoch is chosen on the validation part; equal accuracies are told apart by the loss. The loss
        is taken after temperature scaling, because that is how a model is used.
    averaging : float
        Decay, for each step, of an exponential moving average of the weights that is then evaluated and kept; 0 for
        none.
    label_smoothing : float
        From 0 to 1.
    clip : float
        Largest norm of the gradient; 0 for any.
    seed : int
        The only source of randomness.
    device : {"cpu", "cuda"}
        Where to.
    """

    epochs: int
    batch: int = 32
    learning_rate: float = 3e-4
    optimiser: Literal["adamw", "adam", "sgd"] = "adamw"
    weight_decay: float = 0.01
    schedule: Literal["one-cycle", "constant"] = "one-cycle"
    warm_up: float = 0.1
    patience: int = 0
    criterion: Literal["loss", "accuracy"] = "loss"
    averaging: float = 0.0
    label_smoothing: float = 0.0
    clip: float = 0.0
    seed: int = 0
    device: str = "cpu"

    @property
    def lower_rate(self) -> float:
        """What to try where this rate was too high."""
        return self.learning_rate / 3


@dataclass(frozen=True)
class Epoch:
    """One pass over the training examples.

    Attributes
    ----------
    number : int
        From 1; 0 is the start, before any step, whose training figures are NaN.
    train_loss, train_accuracy : float
        Over the batches as they were learnt from: augmented, and while the weights changed. Cross-entropy without label
        smoothing, in nats, and from 0 to 1.
    validation_loss, validation_accuracy : float
        Afterwards, on the validation part.
    learning_rate : float
        The largest in this epoch, for parameters whose multiple is 1.
    seconds : float
        What it took, validation included.
    """

    number: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    learning_rate: float
    seconds: float


@dataclass(frozen=True, eq=False)
class Trained:
    """What came of a training run.

    Attributes
    ----------
    history : tuple of Epoch
        The start, then every epoch.
    best : int
        Number of the epoch whose weights the network now has; 0 if the start was never beaten.
    validation_logits : float32 array (n, k)
        Of that epoch.
    diverged : bool
        Whether it was stopped because the loss was no number.
    seconds : float
        In all, this run and those that it goes on from.
    """

    history: tuple[Epoch, ...]
    best: int
    validation_logits: FloatArray
    diverged: bool
    seconds: float


def given(**values: Any) -> dict[str, Any]:
    """Return the fields of a plan that are not left to the method: those that are not 0 or empty.

    Examples
    --------
    >>> given(epochs=3, learning_rate=0.0)
    {'epochs': 3}
    """
    return {name: value for name, value in values.items() if value}


def balanced(labels: IntArray, n_classes: int) -> FloatArray:
    """Return weights (k,) of classes with which every class counts as much; on average 1 a picture.

    Examples
    --------
    >>> balanced(np.array([0, 0, 1, 1, 1, 1]), 2).tolist()
    [1.5, 0.75]
    """
    counts = np.bincount(labels, minlength=n_classes)
    return (len(labels) / (n_classes * np.maximum(counts, 1))).astype(np.float32)
