"""105 dark-or-bright: images that are nearly black or nearly white where the others are not.

How far the mean grey is from black, and from white, as a logarithm beside those of the data set: products on black are
all dark, drawings on white all bright, and neither is found. Evidence: problem ("dark" or "bright"), median. Value: the
mean grey level, from 0 to 255.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from headway.checks.base import Found, TooLittle
from headway.checks.files.unlike import FEWEST, far_below, showing

if TYPE_CHECKING:
    from headway.checks.context import Context
    from headway.facts.audit import Measure

_DEVIATIONS, _LEAST = 3.0, 2.0  # at most a quarter of the median's distance
_BLACK, _WHITE = 20.0, 8.0  # levels from black and from white; drawings on white paper come nearer to this
_PALE = 0.2  # of the median contrast: thin drawings on white, and dark things on black, have more


def run(context: Context) -> Iterator[Found]:
    """Find dark and bright images."""
    seen = showing(context.facts)
    if len(seen) < FEWEST:
        raise TooLittle("pictures", FEWEST, len(seen))
    rows = np.array([row for row, _ in seen])
    brightness = np.array([fact.brightness for _, fact in seen])
    contrast = np.array([fact.contrast for _, fact in seen])
    pale = contrast < _PALE * np.median(contrast)
    for problem, distance, near in (("dark", brightness, _BLACK), ("bright", 255 - brightness, _WHITE)):
        extreme = pale & (distance < near) & far_below(np.log2(distance + 1), _DEVIATIONS, _LEAST)
        if extreme.any():
            order = np.flatnonzero(extreme)[np.argsort(distance[extreme], kind="stable")]
            evidence: dict[str, Measure] = {"problem": problem, "median": float(np.median(brightness))}
            yield Found("note", rows[order], evidence, values=brightness[order].tolist())
