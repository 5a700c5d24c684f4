"""Whether a training can still come up with what it must beat, after each of its epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from headway.calibration import fit_calibration

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

_FIRST = 2  # epochs before anything is concluded: the first falls behind nearly always, at the peak of the rate
_ERRORS = 2.0  # standard errors by which a training must be hopeless


@dataclass(frozen=True, eq=False)
class Rival:
    """A classifier that a training must beat on its validation rows, for instance the frozen network.

    Parameters
    ----------
    logits : float32 array (n, k)
        Its own, of the validation rows.
    """

    logits: FloatArray

    def gain(self, logits: FloatArray, labels: IntArray) -> tuple[float, float]:
        """Return by how much other logits are ahead, in nats a row after temperature scaling, and its standard error.

        Examples
        --------
        >>> better, labels = np.array([[2.0, 0], [0, 2], [1, 0]], "float32"), np.array([0, 1, 1])
        >>> gain, error = Rival(np.zeros((3, 2), "float32")).gain(better, labels)
        >>> gain > 0, gain < 2 * error
        (True, True)
        """
        difference = calibrated_losses(self.logits, labels) - calibrated_losses(logits, labels)
        return float(difference.mean()), float(difference.std(ddof=1) / np.sqrt(len(difference)))


def is_hopeless(gains: list[tuple[float, float]], epochs: int) -> bool:
    """Say whether a training of so many epochs will stay behind, by its gains over a rival after those that are done.

    It is, where it would still be behind if it went on to the end at the pace of its last epoch, and if the true
    difference were two standard errors better than the one that was seen.

    Examples
    --------
    >>> is_hopeless([(-0.2, 0.02), (-0.18, 0.02)], epochs=6), is_hopeless([(-0.2, 0.02), (-0.12, 0.02)], epochs=6)
    (True, False)
    """
    done = len(gains)
    if done < _FIRST or done >= epochs:
        return False
    gain, error = gains[-1]
    pace = max(gain - gains[-2][0], 0.0)
    return gain + _ERRORS * error + pace * (epochs - done) < 0


def calibrated_losses(logits: FloatArray, labels: IntArray) -> FloatArray:
    """Return the log-loss of each row after temperature scaling, in nats."""
    log_probabilities = fit_calibration(logits, labels).log_probabilities(logits)
    return -log_probabilities[np.arange(len(labels)), labels]
