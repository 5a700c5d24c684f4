"""How each part of a network is fine-tuned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from headway.training.plan import Plan

Part = Literal["last-block", "all"]


@dataclass(frozen=True)
class Method:
    """How a part is fine-tuned, unless something else is asked for: docs/adr/0013-fine-tuning.md says why.

    Parameters
    ----------
    plan : Plan
        For the loop.
    decay : float
        Multiple of the learning rate for the first layer that is trained; 1 for the last, geometrically in between.
    """

    plan: Plan
    decay: float


METHODS: Mapping[Part, Method] = {
    "last-block": Method(Plan(epochs=6, learning_rate=3e-4, patience=5, label_smoothing=0.1), decay=1.0),
    "all": Method(Plan(epochs=6, learning_rate=3e-4, patience=5, label_smoothing=0.1), decay=0.1),
}
