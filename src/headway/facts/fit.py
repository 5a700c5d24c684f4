"""What a fit found out. A model's file carries it, all but times, rates, cache counts and paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Selection:
    """Which features were left out.

    Parameters
    ----------
    method : str
        The recipe's ``select``.
    total, selected : int
        Features before and after.
    removed : mapping of str to int
        How many of each output of the backbone went.
    """

    method: str
    total: int
    selected: int
    removed: Mapping[str, int]


@dataclass(frozen=True)
class Features:
    """What the head reads, and what it cost to compute it.

    Parameters
    ----------
    name : str
        The feature set: ``"last"``, ``"depths"`` or ``"flat"``.
    outputs : tuple of str
        The backbone's outputs that it is made of, in order.
    dim : int
        How many numbers of a picture the head reads.
    words : tuple of int
        Sizes of the vocabularies of visual words, for local descriptors.
    selection : Selection or None
        None where all were kept.
    precision : {"fp32", "bf16"}
        Arithmetic of the network.
    resize : {"crop", "squash", "letterbox"}
        How a picture became a square.
    computed, cached : int or None
        Pictures computed in this run, and known before; None in a model's file.
    images_per_s : float or None
        Rate of those computed; None if none was, and in a model's file.
    """

    name: str
    outputs: tuple[str, ...]
    dim: int
    words: tuple[int, ...]
    selection: Selection | None
    precision: Literal["fp32", "bf16"]
    resize: Literal["crop", "squash", "letterbox"]
    computed: int | None = None
    cached: int | None = None
    images_per_s: float | None = None


@dataclass(frozen=True)
class Candidate:
    """A head that was tried.

    Parameters
    ----------
    kind : str
        ``"logistic"``, ``"mlp"``, ``"centroid"``, …
    features : str
        The feature set that it read.
    C : float or None
        Inverse strength of the penalty, where the kind has one.
    accuracy : float
        Out of fold; that of the best of several is optimistic.
    log_loss : float
        Out of fold, after calibration; what is chosen by.
    """

    kind: str
    features: str
    C: float | None
    accuracy: float
    log_loss: float


@dataclass(frozen=True)
class Head:
    """The head, and what it was chosen from.

    Parameters
    ----------
    kind : str
        ``"logistic"``, ``"mlp"``, ``"centroid"``, …
    C : float or None
        Inverse strength of the penalty, where the kind has one.
    temperature : float
        What logits are divided by before the softmax.
    candidates : tuple of Candidate
        All that were tried, in order; empty for a network that was trained.
    """

    kind: str
    C: float | None
    temperature: float
    candidates: tuple[Candidate, ...] = ()
