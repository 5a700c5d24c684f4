"""What an audit finds out about data: findings by numbered checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from headway.facts.bounds import LeftOut
from headway.facts.data import Source
from headway.facts.fixes import Proposals
from headway.facts.forecast import LearningCurve
from headway.types import Quarantined

Severity: TypeAlias = Literal["severe", "warning", "note"]
"""Whether a score or a model built on the data is wrong, may be, or is only better understood."""

Decision: TypeAlias = Literal["drop", "relabel", "group", "keep"]
"""What may be done about a picture."""

Measure: TypeAlias = float | int | str
"""A number or a name that a finding rests on."""

Need: TypeAlias = Literal[
    "files", "pictures", "pictures-per-class", "pictures-per-part", "classes", "labels", "predictions", "splits"
]
"""What there is too little of."""


@dataclass(frozen=True)
class Suspect:
    """A picture that a finding is about.

    Parameters
    ----------
    file : str
        Its file.
    label : str or None
        Its class; None without a label.
    split : {"train", "validation", "test"} or None
        Its part of the split that the data set brings; None where it brings none.
    value : float or None
        What was measured of it; the description of the check says what.
    partner : str or None
        The file of the picture that it was compared with.
    group : int or None
        Pictures of a finding with the same number belong together.
    decision : {"drop", "relabel", "group", "keep"} or None
        What is proposed to do about it; None where nothing is.
    to : str or None
        The class of a proposal to relabel, the name of a group of one to group.
    sure : bool
        Whether the proposal may be followed without looking at the picture.
    """

    file: str
    label: str | None = None
    split: Literal["train", "validation", "test"] | None = None
    value: float | None = None
    partner: str | None = None
    group: int | None = None
    decision: Decision | None = None
    to: str | None = None
    sure: bool = False


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Parameters
    ----------
    number : int
        Of the check, which is described in ``docs/audit.md``.
    check : str
        Its name.
    severity : {"severe", "warning", "note"}
        A score or model built on the data is wrong; may be; or is only better understood.
    count : int
        How many pictures it is about.
    pictures : tuple of Suspect
        The first of them, the worst first; none in a model's file, which holds no paths.
    evidence : mapping of str to number or str
        What the finding rests on; the description of the check says what is there.
    """

    number: int
    check: str
    severity: Severity
    count: int
    pictures: tuple[Suspect, ...] = ()
    evidence: Mapping[str, Measure] = field(default_factory=dict)


@dataclass(frozen=True)
class Unchecked:
    """A check that cannot tell: there is too little of what it needs.

    Parameters
    ----------
    number : int
        Of the check.
    check : str
        Its name.
    needs : str
        What there is too little of: ``"files"``, ``"pictures"``, ``"pictures-per-class"``, ``"pictures-per-part"``,
        ``"classes"``, ``"labels"``, ``"predictions"`` or ``"splits"``.
    least : int
        How much of it the check needs.
    found : int
        How much there is.
    """

    number: int
    check: str
    needs: Need
    least: int
    found: int


@dataclass(frozen=True, kw_only=True)
class AuditReport:
    """What was checked of a data set, and what was found.

    Parameters
    ----------
    schema : int
        Number of this form.
    headway : str
        Version of Headway that made it.
    source : Source
        What was read, and how.
    n : int
        Pictures that could be read.
    counts : mapping of str to int
        Pictures of each class.
    backbone : str
        What the features come from.
    accuracy : float or None
        Of the predictions that checks of labels rest on, out of fold; None where there are none.
    left_out : LeftOut or None
        What of these predictions was left out because of the number of classes; None where that is nothing.
    findings : tuple of Finding
        The severe ones first.
    checked : tuple of str
        The checks that were made, by name.
    unchecked : tuple of Unchecked
        Those that cannot tell.
    quarantined : tuple of Quarantined
        Pictures that could not be read, with reasons.
    forecast : LearningCurve or None
        What more pictures would bring; None where only some checks were asked for, or there is no class to learn.
    fixes : Proposals or None
        The list that the proposals were written to; None where they were not.
    seconds : float
        How long it took.
    """

    schema: int = 1
    headway: str
    source: Source
    n: int
    counts: Mapping[str, int]
    backbone: str
    accuracy: float | None
    findings: tuple[Finding, ...]
    checked: tuple[str, ...]
    unchecked: tuple[Unchecked, ...]
    quarantined: tuple[Quarantined, ...]
    left_out: LeftOut | None = None
    forecast: LearningCurve | None = None
    fixes: Proposals | None = None
    seconds: float = 0.0
