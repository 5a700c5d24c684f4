"""What a fit with a budget tried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from headway.clock import duration
from headway.rendering.blocks import Block, Line, table
from headway.rendering.words import megabytes, plural

if TYPE_CHECKING:
    from headway.facts.budget import BudgetReport, Step, StepName, StepOutcome

_NAMES: dict[StepName, str] = {
    "default": "as without a budget",
    "another-network": "another network",
    "mirrored-views": "mirrored views",
    "larger-pictures": "larger pictures",
    "fine-tuning": "fine-tuning",
}
_OUTCOMES: dict[StepOutcome, str] = {
    "chosen": "chosen",
    "no-better": "not chosen",
    "no-time": "left out: too little time",
    "stopped": "stopped: it took longer than expected",
    "too-many-classes": "left out: too many features for so many classes",
    "not-here": "left out: not on this machine, --allow-download gets it",
    "not-installed": "left out: it needs pip install 'headway[torch]'",
    "failed": "left out: it could not be done",
}


def budget(report: BudgetReport) -> Iterator[Block]:
    """Yield what was tried, and what each step brought and cost."""
    yield Line(explained(report))
    yield table(HEADINGS, rows(report), left=2)


HEADINGS = ("step", "outcome", "accuracy", "log-loss", "seconds")


def explained(report: BudgetReport) -> str:
    """Say what a table of steps is about."""
    explained = f"Budget: {duration(report.seconds)}; each step has what those taken before it have, and one thing more"
    first = report.steps[0].seconds if report.steps else None
    if first is None or first <= report.seconds:
        return explained
    return f"{explained}. The first alone, which is always done, took longer: {duration(first)}"


def rows(report: BudgetReport) -> list[tuple[str, ...]]:
    """Return the cells of the steps under the headings."""
    return [
        (
            f"{number} {_what(step)}",
            _OUTCOMES[step.outcome],
            "" if step.accuracy is None else f"{step.accuracy:.3f}",
            "" if step.log_loss is None else f"{step.log_loss:.3f}",
            "" if step.seconds is None else f"{step.seconds:.1f}",
        )
        for number, step in enumerate(report.steps, start=1)
    ]


def _what(step: Step) -> str:
    """Name a step, and the thing that it has more."""
    more = ""
    if step.name == "another-network":
        more = f": {step.backbone.rpartition('+')[2]}"
    elif step.name == "larger-pictures" and step.image_size:
        more = f": {step.image_size} pixels"
    return f"{_NAMES[step.name]}{more}"


def prefix(name: StepName) -> str:
    """Return what stands before the stages of a step."""
    return _NAMES[name]


def taken(step: Step) -> str:
    """Say whether a step is taken, and what it was expected to take."""
    what = _what(step)
    if step.expected_s is None or step.left_s is None:
        return f"{what}: {_OUTCOMES[step.outcome]}"
    times = f"about {duration(step.expected_s)} of {duration(step.left_s)} that were left"
    return f"{what}: {times}" if step.outcome == "no-better" else f"{what}: {times}; {_OUTCOMES[step.outcome]}"


def too_short(n: int, seconds: float, left: float) -> str:
    """Say that a budget does not even suffice for what is done without one."""
    times = f"about {duration(seconds)} of {duration(left)} that are left"
    return f"the features of {plural(n, 'picture')} alone take {times}: the fit is done as without a budget"


def download(name: str, parameters: int, licence: str) -> str:
    """Say what is going to be downloaded, how large it is, and under which licence."""
    return f"{name} is going to be downloaded: about {megabytes(4 * parameters)}, licence {licence}"
