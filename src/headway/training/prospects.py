"""Whether a training can still come up with what it must beat, after each of its epochs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from headway.calibration import fit_calibration

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

_ERRORS = 2.0  # standard errors by which a training must be hopeless
_FALLING_RATE = 0.1  # of the rival's log-loss: what the second half of a training brought at most (docs/adr/0040)
_LEAST_LOSS = 1e-6  # of a rival, so that shares of it are numbers


class Gain(NamedTuple):
    """By how much a classifier is ahead of another, and the standard error; shares of the other's log-loss."""

    mean: float
    error: float

    @property
    def is_loss(self) -> bool:
        """Whether it is behind beyond chance: by more than two standard errors."""
        return self.mean + _ERRORS * self.error < 0


@dataclass(frozen=True, eq=False)
class Rival:
    """A classifier that a training must not fall behind on its validation rows, for instance the frozen network.

    Parameters
    ----------
    logits : float32 array (n, k)
        Its own, of the validation rows.
    ends_training : bool
        Whether a training that will not beat it ends early.
    """

    logits: FloatArray
    ends_training: bool = False

    def gain(self, logits: FloatArray, labels: IntArray) -> Gain:
        """Return how far other logits are ahead: in log-loss after temperature scaling, row by row.

        Examples
        --------
        >>> better, labels = np.array([[2.0, 0], [0, 2], [1, 0]], "float32"), np.array([0, 1, 1])
        >>> gain = Rival(np.zeros((3, 2), "float32")).gain(better, labels)
        >>> gain.mean > 0, gain.mean < 2 * gain.error
        (True, True)
        """
        own = calibrated_losses(self.logits, labels)
        share = (own - calibrated_losses(logits, labels)) / max(float(own.mean()), _LEAST_LOSS)
        return Gain(float(share.mean()), float(share.std(ddof=1) / np.sqrt(len(share))) if len(share) > 1 else np.inf)


def is_hopeless(gains: Sequence[Gain], epochs: int) -> bool:
    """Say whether a training of so many epochs will stay behind, by its gains over a rival after those that are done.

    The rate falls with a cosine, and what is behind at its peak may be ahead at the end. So nothing is concluded in the
    first half. Then it is hopeless, where it would be behind at the end even if it went on at the pace of its last
    epoch, the falling rate brought a tenth more, and the difference that was seen were two standard errors too bad.

    Examples
    --------
    >>> curve = [Gain(-0.5, 0.04), Gain(-0.4, 0.04), Gain(-0.4, 0.04)]
    >>> is_hopeless(curve[:2], epochs=6), is_hopeless(curve, epochs=6)
    (False, True)
    """
    done = len(gains)
    if done < max(2, epochs / 2) or done >= epochs:
        return False
    last, before = gains[-1], gains[-2]
    pace = max(last.mean - before.mean, 0.0)
    return last.mean + _ERRORS * last.error + pace * (epochs - done) + _FALLING_RATE < 0


def calibrated_losses(logits: FloatArray, labels: IntArray) -> FloatArray:
    """Return the log-loss of each row after temperature scaling, in nats."""
    log_probabilities = fit_calibration(logits, labels).log_probabilities(logits)
    return -log_probabilities[np.arange(len(labels)), labels]
