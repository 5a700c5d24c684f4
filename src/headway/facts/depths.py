"""What each depth of a network is worth: the document of ``headway features --depths --json``."""

from __future__ import annotations

from dataclasses import dataclass

from headway.facts.data import Source
from headway.facts.transfer import Case
from headway.types import Precision


@dataclass(frozen=True)
class Depth:
    """A head on the features of one depth, cross-validated.

    Parameters
    ----------
    name : str
        As ``--features`` takes it: ``"block4"``, ``"last"``; ``"depths"`` for all of them together.
    outputs : tuple of str
        The backbone's outputs that it is made of.
    dim : int
        How many features.
    accuracy, low, high : float
        Cross-validated, choice of the penalty included, and its 95 % interval.
    lead : float
        Accuracy above that of the last layer on the same pictures, from -1 to 1.
    p : float or None
        How likely a lead as large is by chance, from 0 to 1, for as many depths as were tried; None for the last layer.
    """

    name: str
    outputs: tuple[str, ...]
    dim: int
    accuracy: float
    low: float
    high: float
    lead: float
    p: float | None


@dataclass(frozen=True, kw_only=True)
class DepthsReport:
    """Accuracy by depth, from general to specific. Test images are not looked at.

    Parameters
    ----------
    schema : int
        Number of this form.
    source : Source
        What was read, and how.
    backbone : str
        Name of the network.
    precision : {"fp32", "bf16"}
        In which arithmetic.
    pictures : int
        Training and validation images, which the heads are learned from.
    folds : int
        Of the cross-validation; 1 where the data set's own validation split takes its place.
    depths : tuple of Depth
        From the first layers to the last.
    together : Depth
        All of them side by side.
    best : str
        Name of the depth, or of all together, with the highest accuracy.
    earlier : str
        The best of what is not the last layer alone; where some of it is better beyond chance, the best of that.
    ahead : bool
        Whether it is better than the last layer beyond chance.
    case : Case or None
        Which of the four cases of transfer learning it is, by number of images and similarity to ImageNet; None where
        there are few images, or a file of features.
    """

    schema: int = 1
    source: Source
    backbone: str
    precision: Precision
    pictures: int
    folds: int
    depths: tuple[Depth, ...]
    together: Depth
    best: str
    earlier: str
    ahead: bool
    case: Case | None
