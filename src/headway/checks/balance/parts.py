"""What checks of parts have in common: how many images of each class there are in each, and which one is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.dataset.names import SPLIT_NAMES, TEST, VALIDATION

if TYPE_CHECKING:
    from headway.checks.context import Context
    from headway.types import IntArray


def counts_by_part(context: Context) -> IntArray:
    """Count the images of each class in each part, int64 (3, classes); without a given split all are in training."""
    labelled = context.labels >= 0
    part = np.zeros(len(context), np.int64) if context.part is None else context.part
    flat = part[labelled] * context.n_classes + context.labels[labelled]
    return np.bincount(flat, minlength=len(SPLIT_NAMES) * context.n_classes).reshape(len(SPLIT_NAMES), -1)


def judged_part(context: Context) -> int | None:
    """Return the part of a given split that models are judged by, the test or without one validation; or None."""
    if context.part is None:
        return None
    return next((part for part in (TEST, VALIDATION) if (context.part == part).any()), None)
