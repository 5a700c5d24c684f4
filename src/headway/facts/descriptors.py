"""How hand-made descriptors were chosen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DescriptorStep:
    """A descriptor beside those of the steps before: the one that helps most.

    Parameters
    ----------
    added : str
        The descriptor.
    dim : int
        How many features there are with it.
    accuracy, low, high : float
        Cross-validated with it, and its 95 % interval.
    log_loss : float
        Cross-validated, after calibration, in nats; what is chosen by.
    """

    added: str
    dim: int
    accuracy: float
    low: float
    high: float
    log_loss: float


@dataclass(frozen=True)
class DescriptorSelection:
    """Forward selection of descriptors by cross-validation on the training and validation images.

    Parameters
    ----------
    steps : tuple of DescriptorStep
        In order; the last may be one that no longer helped, and is not among those chosen.
    chosen : tuple of str
        The descriptors.
    recipe : str
        Name of the recipe in the table that reads them, and no others.
    tried : int
        How many sets of descriptors were cross-validated.
    pictures : int
        Training and validation images.
    """

    steps: tuple[DescriptorStep, ...]
    chosen: tuple[str, ...]
    recipe: str
    tried: int
    pictures: int
