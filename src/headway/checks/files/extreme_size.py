"""102 extreme-size: images that are very small, huge or long beside the others, or a whole data set of small ones.

Evidence: problem ("all-small", "small", "huge" or "long"), side (the median of the shorter sides, in pixels). Value:
the shorter side in pixels; of long ones how many times as long as wide, of huge ones megapixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from headway.checks.base import Found

if TYPE_CHECKING:
    from headway.checks.context import Context
    from headway.facts.audit import Measure

_SMALL = 32  # pixels: of what is enlarged to 224, there is little to be seen
_UNLIKE = 4.0  # times smaller or longer than the median
_LONG = 8.0
_HUGE, _HUGE_PIXELS = 25.0, 25e6  # times the median, and at all


def run(context: Context) -> Iterator[Found]:
    """Find extreme sizes."""
    rows = np.array([row for row, fact in enumerate(context.facts) if fact], np.int64)
    if not len(rows):
        return
    sizes = np.array([(fact.width, fact.height) for fact in context.facts if fact], np.float64)
    shorter, pixels = sizes.min(axis=1), sizes.prod(axis=1)
    length = sizes.max(axis=1) / shorter
    side = float(np.median(shorter))

    def found(problem: str, which: np.ndarray, values: np.ndarray, worst: np.ndarray) -> Iterator[Found]:
        if which.any():
            order = np.flatnonzero(which)[np.argsort(worst[which], kind="stable")]
            evidence: dict[str, Measure] = {"problem": problem, "side": side}
            yield Found("note", rows[order], evidence, values=np.round(values[order], 1).tolist())

    if side < _SMALL:
        yield Found("note", np.array([], np.int64), {"problem": "all-small", "side": side})
    yield from found("small", (shorter < _SMALL) & (shorter < side / _UNLIKE), shorter, shorter)
    yield from found("long", (length > _LONG) & (length > _UNLIKE * np.median(length)), length, -length)
    huge = (pixels > _HUGE_PIXELS) & (pixels > _HUGE * np.median(pixels))
    yield from found("huge", huge, pixels / 1e6, -pixels)
