"""What training a network returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headway.facts.training import Epoch, ExpectedTime
    from headway.heads import DenseHead
    from headway.types import FloatArray


@dataclass(frozen=True, eq=False)
class Stage:
    """A network at one point of its training, and its head; see `TrainedNetwork`."""

    network: bytes = field(repr=False)
    head: DenseHead


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainedNetwork:
    """A trained network and its head.

    Attributes
    ----------
    network : bytes
        An ONNX file with the input ``images``, uint8 (N, H, W, 3), and at least the output ``head.mean``.
    head : DenseHead
        On some of its outputs.
    dims : mapping of str to int
        These outputs, side by side, and their lengths.
    part : str
        What was trained: ``"last-block"``, ``"all"``, or the name of an architecture.
    image_size : int
        Height and width of the images that the network takes, in pixels.
    parameters, trained_parameters : int
        How many numbers the network has, and how many were trained, those of the head included. The first counts the
        head only where the network was trained from scratch.
    history : tuple of Epoch
        For learning curves; the first is the start.
    best : int
        The epoch whose weights were taken; 0 if none was better than the start.
    diverged : bool
        Whether training was stopped because the loss was not a number.
    validation_network : bytes
    validation_head : DenseHead
        The network and the head that have not seen the validation rows; ``network`` and ``head`` themselves unless
        training was repeated on all rows.
    validation_logits : float32 array (n, k)
        Theirs, for the validation rows.
    last : Stage or None
        After the last epoch, where training was not repeated and another epoch was the best.
    seconds : mapping of str to float
        ``inputs`` (maps or decoded images), ``training``, with the time of runs that this one resumed, ``again``,
        training on all rows, and ``total``, what this run took.
    expected : ExpectedTime or None
        What the first steps led to expect; None where nothing was left to train.
    """

    network: bytes = field(repr=False)
    head: DenseHead
    dims: Mapping[str, int]
    part: str
    image_size: int
    parameters: int
    trained_parameters: int
    history: tuple[Epoch, ...]
    best: int
    diverged: bool
    validation_network: bytes = field(repr=False)
    validation_head: DenseHead
    validation_logits: FloatArray = field(repr=False)
    seconds: Mapping[str, float]
    last: Stage | None = None
    expected: ExpectedTime | None = None

    @property
    def final(self) -> Stage:
        """What is to be used."""
        return Stage(self.network, self.head)

    @property
    def repeated(self) -> bool:
        """Whether that has learned from the validation rows, too."""
        return self.head is not self.validation_head

    @property
    def watched(self) -> Stage:
        """What has not seen the validation rows."""
        return Stage(self.validation_network, self.validation_head)


@dataclass(frozen=True, eq=False, kw_only=True)
class FineTunedNetwork(TrainedNetwork):
    """A fine-tuned network, with the inputs and outputs of the backbone that it was made from.

    Its history starts with the linear probe. If that was never beaten, network and head are as they were given. Its
    validation logits are computed by OpenVINO, as in use.

    Attributes
    ----------
    cut : str
        The tensor after which it was trained.
    log_loss, frozen_log_loss : float
        Of this network and of the frozen one, on the validation rows after temperature scaling; nats.
    gave_up : bool
        Whether training ended early, because it would not beat the frozen network.
    """

    cut: str
    log_loss: float
    frozen_log_loss: float
    gave_up: bool = False

    @property
    def beats_frozen(self) -> bool:
        """Whether fine-tuning did better than the frozen network."""
        return self.best > 0 and self.log_loss < self.frozen_log_loss
