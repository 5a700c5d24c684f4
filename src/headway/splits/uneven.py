"""What whole groups leave unequal: classes of which a part has clearly more or fewer images than was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from headway.facts.data import Uneven

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.types import IntArray

_NOTICEABLE = 0.25  # of the share that was asked
_FEWEST = 2  # images too many or too few: rounding alone makes less


def uneven(
    labels: IntArray, rows: IntArray, part: Literal["validation", "test"], wanted: float, classes: Sequence[str]
) -> tuple[Uneven, ...]:
    """Return the classes of which a part has another share than was asked, the largest difference first.

    Parameters
    ----------
    labels : int64 array (n,)
        Classes of all images.
    rows : int64 array
        The images of the part.
    part : {"validation", "test"}
    wanted : float, in [0, 1)
    classes : sequence of str

    Examples
    --------
    >>> labels = np.repeat([0, 1], 50)
    >>> uneven(labels, np.r_[0:10, 50:54], "test", 0.2, ["cat", "dog"])
    (Uneven(label='dog', part='test', share=0.08, wanted=0.2),)
    """
    totals = np.bincount(labels, minlength=len(classes))
    shares = np.bincount(labels[rows], minlength=len(classes)) / np.maximum(totals, 1)
    apart = np.abs(shares - wanted)
    found = [
        label
        for label in np.argsort(-apart, kind="stable").tolist()
        if apart[label] > _NOTICEABLE * wanted and apart[label] * totals[label] >= _FEWEST
    ]
    return tuple(Uneven(classes[label], part, round(float(shares[label]), 4), wanted) for label in found)
