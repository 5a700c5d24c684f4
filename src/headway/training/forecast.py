"""How long a training run is likely to take, from its first steps."""

from __future__ import annotations

from statistics import median_low

from headway.facts.training import ExpectedTime

_TIMED_STEPS = 5  # of which the middle one counts: the first warms up, and another may be held up by other work

_FORWARD = 1 / 3  # of a step: the way back takes twice as long


class Forecast:
    """Times the first steps of a run, and tells once what they lead to expect.

    ``epochs`` are those that are left, of so many ``steps`` each, and ``validation_steps`` are the batches that are
    validated after each. ``again_steps`` are those of an epoch of the run on all images that may follow.
    """

    def __init__(self, epochs: int, steps: int, validation_steps: int, again_steps: int) -> None:
        self._epochs, self._steps = epochs, steps
        self._validation_steps, self._again_steps = validation_steps, again_steps
        self._seconds: list[float] = []

    def step(self, seconds: float) -> ExpectedTime | None:
        """Take what a step took; return what to expect when enough are known, and None before and afterwards."""
        wanted = min(_TIMED_STEPS, self._steps)
        if len(self._seconds) == wanted:
            return None
        self._seconds.append(seconds)
        if len(self._seconds) < wanted:
            return None
        step_s = median_low(self._seconds)
        epoch_s = (self._steps + _FORWARD * self._validation_steps) * step_s
        return ExpectedTime(self._epochs, self._epochs * epoch_s, self._epochs * self._again_steps * step_s)
