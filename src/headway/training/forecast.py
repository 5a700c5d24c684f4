"""How long a training run is likely to take, from its first steps."""

from __future__ import annotations

import numpy as np

from headway.facts.training import ExpectedTime

_TIMED_STEPS = 5  # the first of which warms up, and does not count where there are others


class Forecast:
    """Times the first steps of a run, and tells once what they lead to expect.

    ``epochs`` are those that are left, of so many ``steps`` each, and ``validation_s`` is what validating takes after
    each. ``again_steps`` are those of an epoch of the run on all images that may follow.
    """

    def __init__(self, epochs: int, steps: int, validation_s: float, again_steps: int) -> None:
        self._epochs, self._steps, self._validation_s, self._again_steps = epochs, steps, validation_s, again_steps
        self._seconds: list[float] = []

    def step(self, seconds: float) -> ExpectedTime | None:
        """Take what a step took; return what to expect when enough are known, and None before and afterwards."""
        wanted = min(_TIMED_STEPS, self._steps)
        if len(self._seconds) == wanted:
            return None
        self._seconds.append(seconds)
        if len(self._seconds) < wanted:
            return None
        step_s = float(np.mean(self._seconds[1:] or self._seconds))
        epoch_s = self._steps * step_s + self._validation_s
        return ExpectedTime(self._epochs, self._epochs * epoch_s, self._epochs * self._again_steps * step_s)
