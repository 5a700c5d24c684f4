"""Which of the four cases of transfer learning it is, and what tells them apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from headway.facts.forecast import CurvePoint as CurvePoint

TestKind: TypeAlias = Literal["test", "folds"]
"""What a paired test was computed on: the test images, or the folds of the cross-validation."""


@dataclass(frozen=True)
class Similarity:
    """How similar images are to those of ImageNet.

    Parameters
    ----------
    shift : float
        Root mean square distance of the channels' distributions, in their standard deviations on ImageNet; 0 for
        ImageNet itself.
    peakedness : float
        How sure the network is of an ImageNet class, from 0 to 1.
    similarity : float
        Both in one number from 0 to 1: the mean of 2 ** -(shift / 0.5)² and peakedness.
    pictures : int
        How many images were looked at.
    similar : bool
        Whether they count as similar.
    """

    shift: float
    peakedness: float
    similarity: float
    pictures: int
    similar: bool


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Whether the table bears out what a case of transfer learning suggests.

    The best recipe that does what is suggested is compared with the best that uses a network otherwise.

    Parameters
    ----------
    agrees : bool or None
        Whether it does; None where the table cannot tell.
    code : str
        ``"ahead"`` or ``"behind"``: better or worse beyond chance. ``"level"``: not distinguishable.
        ``"training-gains-nothing"``: not distinguishable, which is enough not to train the network. ``"not-run"``: no
        recipe does what is suggested. ``"no-rival"``: no recipe does otherwise.
    recipe : str or None
        Name of the best recipe that does what is suggested.
    other : str or None
        Name of the best recipe that does otherwise.
    lead : float or None
        Accuracy of the first above that of the second, from -1 to 1, in the test that decides.
    p : float or None
        P-value of that test.
    decided_by : {"test", "folds"} or None
        What it was computed on.
    """

    agrees: bool | None
    code: Literal["ahead", "behind", "level", "training-gains-nothing", "not-run", "no-rival"]
    recipe: str | None = None
    other: str | None = None
    lead: float | None = None
    p: float | None = None
    decided_by: TestKind | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """Which of the four cases of transfer learning it is.

    Parameters
    ----------
    number : {1, 2, 3, 4}
        1: small and similar to ImageNet; 2: large and similar; 3: small and different; 4: large and different.
    train : int
        Training images.
    classes : int
        How many classes there are.
    large : bool
        Whether the data set counts as large.
    curve : tuple of CurvePoint
        Learning curve, by growing number of images.
    gain : float or None
        Accuracy that the last doubling of the training images brought; None where it could not be measured.
    similarity : Similarity
        How similar the images are to those of ImageNet.
    agreement : Agreement or None
        What the table says; None before there is one.
    """

    number: Literal[1, 2, 3, 4]
    train: int
    classes: int
    large: bool
    curve: tuple[CurvePoint, ...]
    gain: float | None
    similarity: Similarity
    agreement: Agreement | None = None
