"""What a fit with a budget tried, and what each step brought and cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

StepName = Literal["default", "another-network", "mirrored-views", "larger-pictures", "fine-tuning"]
StepOutcome = Literal["chosen", "no-better", "no-time", "stopped", "not-here", "not-installed", "failed"]


@dataclass(frozen=True)
class Step:
    """A step of the ladder: what the one before it did, and one thing more.

    Parameters
    ----------
    name : str
        The thing more: ``"default"`` for what a fit without a budget does, ``"another-network"`` beside those that
        there are, ``"mirrored-views"``, ``"larger-pictures"``; ``"fine-tuning"``, which is of the first alone.
    backbone : str
        The networks, joined by ``+``.
    image_size : int
        Height and width of their pictures in pixels.
    tta : bool
        Whether mirrored views are averaged.
    outcome : str
        ``"chosen"``: it is the model. ``"no-better"``: a simpler step was within a standard error of it, or another was
        better. ``"no-time"``: it was expected to take longer than what was left. ``"stopped"``: it did take longer.
        ``"not-here"``: a network is not on this machine, and nothing may be downloaded. ``"not-installed"``: it needs
        PyTorch. ``"failed"``: it could not be done with these pictures.
    expected_s : float or None
        Seconds that it was expected to take; None for the first, and where that was not looked into.
    left_s : float or None
        Seconds that were left then.
    seconds : float or None
        That it took: its features, and its part of the choice of a head. None where it was not done, and in a model's
        file.
    accuracy : float or None
        Out of fold, of its best head; that of the best of several is optimistic. Of fine-tuning, on the validation
        part. None where it was not done.
    log_loss : float or None
        The same head's, after calibration.
    """

    name: StepName
    backbone: str
    image_size: int
    tta: bool
    outcome: StepOutcome
    expected_s: float | None = None
    left_s: float | None = None
    seconds: float | None = None
    accuracy: float | None = None
    log_loss: float | None = None


@dataclass(frozen=True)
class BudgetReport:
    """What was tried within a budget.

    Parameters
    ----------
    seconds : float
        The budget.
    steps : tuple of Step
        In the order in which they were to be done. They were chosen among by pictures that a head had not learned from,
        and the cross-validated score is corrected for that choice.
    """

    seconds: float
    steps: tuple[Step, ...]

    def to_publish(self) -> BudgetReport:
        """Return what a model's file may carry: no times."""
        steps = (replace(step, expected_s=None, left_s=None, seconds=None) for step in self.steps)
        return replace(self, steps=tuple(steps))

    def then(self, step: Step) -> BudgetReport:
        """Return the same with one step more."""
        return replace(self, steps=(*self.steps, step))

    def overtaken(self) -> BudgetReport:
        """Return the same where a later step is chosen."""
        steps = (replace(step, outcome="no-better") if step.outcome == "chosen" else step for step in self.steps)
        return replace(self, steps=tuple(steps))
