"""107 animated: files of several frames or pages, of which only the first is read.

Evidence: none. Value: how many there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from headway.checks.base import Found

if TYPE_CHECKING:
    from headway.checks.context import Context


def run(context: Context) -> Iterator[Found]:
    """Find files of several images."""
    frames = np.array([file.frames if file else 1 for file in context.files])
    several = np.flatnonzero(frames > 1)
    if len(several):
        rows = several[np.argsort(-frames[several], kind="stable")]
        yield Found("note", rows, values=frames[rows].tolist())
