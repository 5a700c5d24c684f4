"""How each part of a network is fine-tuned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from headway.training.plan import Plan

Part = Literal["last-block", "all"]


@dataclass(frozen=True)
class Method:
    """How a part is fine-tuned by default: docs/adr/0013 and 0040 say why."""

    plan: Plan
    decay: float  # of the learning rate, from the last layer (1) geometrically to the first that is trained


# The whole schedule, because a few hundred validation images do not tell one epoch from the next, and a falling rate is
# worth more than either: docs/adr/0040-fine-tuning-several-depths.md.
_PLAN = Plan(epochs=6, learning_rate=3e-4, keeps="last", label_smoothing=0.1)

METHODS: Mapping[Part, Method] = {
    "last-block": Method(_PLAN, decay=1.0),
    "all": Method(_PLAN, decay=0.1),
}
