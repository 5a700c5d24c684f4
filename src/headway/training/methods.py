"""How each part of a network is fine-tuned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from headway.training.plan import Plan

Part = Literal["last-block", "all"]


@dataclass(frozen=True)
class Method:
    """How a part is fine-tuned by default: docs/adr/0013-fine-tuning.md says why."""

    plan: Plan
    decay: float  # of the learning rate, from the last layer (1) geometrically to the first that is trained


METHODS: Mapping[Part, Method] = {
    "last-block": Method(Plan(epochs=6, learning_rate=3e-4, patience=5, label_smoothing=0.1), decay=1.0),
    "all": Method(Plan(epochs=6, learning_rate=3e-4, patience=5, label_smoothing=0.1), decay=0.1),
}
