"""What the training loop takes and returns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Generator, Tensor

    from headway.facts.training import Epoch, ExpectedTime
    from headway.types import FloatArray, IntArray

_KERAS_RATES = {"adam": 1e-3, "sgd": 1e-2, "sgd-momentum": 1e-2}


class Examples(Protocol):
    """Labelled inputs of a network; labels are classes in ``0 … k - 1``."""

    @property
    def labels(self) -> IntArray: ...  # noqa: D102

    def batch(self, rows: IntArray, generator: Generator | None) -> tuple[Tensor, Tensor]:
        """Return inputs (b, …) on the CPU and targets: int64 classes (b,), or float32 shares of classes (b, k).

        Augmentation draws from ``generator`` alone; with None the inputs are those of evaluation.
        """


@dataclass(frozen=True)
class Plan:
    """Hyperparameters of a training run. Checkpoints are found by their values, in this order."""

    epochs: int
    batch: int = 32  # examples in a step
    learning_rate: float = 3e-4  # the peak, for parameters whose multiplier is 1
    # AdamW (Loshchilov and Hutter 2019), or as Keras has them: Adam, and SGD with or without a momentum of 0.9.
    optimiser: Literal["adamw", "adam", "sgd", "sgd-momentum"] = "adamw"
    weight_decay: float = 0.01  # for AdamW, and not for vectors (biases, norms)
    # Linear warm-up and cosine down to a hundredth, or the same rate throughout.
    schedule: Literal["one-cycle", "constant"] = "one-cycle"
    warm_up: float = 0.1  # its share of all steps, from 0 to 1
    # Which weights the network ends with: those of the epoch that validates best, or those of the last one.
    keeps: Literal["best", "last"] = "best"
    # Chooses the best epoch on the validation rows: the loss after temperature scaling, because that is how a model is
    # used, or as it is, like publications.
    criterion: Literal["calibrated-loss", "loss"] = "calibrated-loss"
    loss: Literal["cross-entropy", "binary-cross-entropy"] = "cross-entropy"  # the second of an output for each class
    precision: Literal["auto", "fp32"] = "auto"  # bfloat16 where that is native, or never
    even: bool = True  # batches of equal size; otherwise all but the last are full, as in Keras
    averaging: float = 0.0  # decay per step of a moving average of the weights, which takes their place; 0 for none
    label_smoothing: float = 0.0  # from 0 to 1
    clip: float = 0.0  # largest norm of the gradient; 0 for any
    seed: int = 0
    device: str = "cpu"

    def as_keras(self, optimiser: Literal["adam", "sgd", "sgd-momentum"]) -> Plan:
        """Return the plan with another optimiser, as published programs have it: at one rate, and by the plain loss."""
        return replace(
            self,
            optimiser=optimiser,
            learning_rate=_KERAS_RATES[optimiser],
            schedule="constant",
            keeps="best",
            criterion="loss",
            label_smoothing=0.0,
            even=False,
        )

    @property
    def lower_rate(self) -> float:
        """The rate to suggest where this one was too high."""
        return self.learning_rate / 3


@dataclass(frozen=True, eq=False)
class LoopResult:
    """The course of a training run."""

    history: tuple[Epoch, ...]  # the start, then every epoch
    best: int  # number of the epoch whose weights the network now has; 0 if none was better than the start
    validation_logits: FloatArray  # (n, k) of that epoch; empty without validation rows
    diverged: bool  # whether it was stopped because the loss was not a number
    seconds: float  # of this run and those that it resumed
    expected: ExpectedTime | None = None  # as its first steps showed; None where there were none, or no validation rows
    # Trained parameters and buffers after the last epoch; None where the network has these, or they are no numbers.
    last: Mapping[str, Tensor] | None = None
    gave_up: bool = False  # whether it was stopped because it would not beat its rival
