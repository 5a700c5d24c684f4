"""Other ways to transfer that a comparison measured on exactly the images, labels and division of a fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """The best of one kind of way that ``headway compare`` measured, beside the model of a fit.

    Parameters
    ----------
    kind : {"fine-tuning", "bigger-network"}
        The same network, trained, too; or a network with more parameters, trained or not.
    recipe : str
        What the comparison calls it.
    backbone : str
        Name of the network.
    tuned : bool
        Whether the network was fine-tuned.
    n : int
        Test images.
    accuracy, low, high : float
        Part of them that is right, and the ends of its 95 % interval.
    gain : float
        Accuracy above that of the model.
    p : float
        McNemar's mid-p against the model on the test images, times the number of ways of this kind; at most 1.
    better : bool
        Whether it is better than the model beyond chance, at 5 %.
    seconds : float
        What training took, features included.
    command : str
        Command line that does it; ``PICTURES/`` stands for the data.
    """

    kind: Literal["fine-tuning", "bigger-network"]
    recipe: str
    backbone: str
    tuned: bool
    n: int
    accuracy: float
    low: float
    high: float
    gain: float
    p: float
    better: bool
    seconds: float
    command: str
