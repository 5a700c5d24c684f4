"""104 blurred: images far less sharp than the rest, for their contrast.

The variance of the Laplacian over that of the grey levels, as a logarithm: both grow with the square of contrast, so a
pale image is not taken for a blurred one. What is sharp differs between drawings, photos and scans; an image is
compared with its own data set, and one of a few flat colours, as a flag is, with none.
Evidence: median. Value: the logarithm to base 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from headway.checks.base import Found, TooLittle
from headway.checks.files.unlike import FEWEST, far_below, showing

if TYPE_CHECKING:
    from headway.checks.context import Context

_DEVIATIONS, _LEAST = 3.0, 4.0  # at most a sixteenth of the median: smooth things reach an eighth
_COLOURS = 8


def run(context: Context) -> Iterator[Found]:
    """Find blurred images."""
    seen = showing(context.facts)
    if len(seen) < FEWEST:
        raise TooLittle("pictures", FEWEST, len(seen))
    # Half a level each: what rounding adds to a flat image.
    sharpness = np.log2([(fact.sharpness + 0.5) / (fact.contrast**2 + 0.5) for _, fact in seen])
    flat = np.array([fact.n_colours < _COLOURS for _, fact in seen])
    blurred = np.flatnonzero(far_below(sharpness, _DEVIATIONS, _LEAST) & ~flat)
    if len(blurred):
        order = blurred[np.argsort(sharpness[blurred], kind="stable")]
        rows = np.array([row for row, _ in seen])
        evidence = {"median": float(np.median(sharpness))}
        yield Found("note", rows[order], evidence, values=sharpness[order].tolist())
