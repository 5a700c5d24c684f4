"""Run checks, and give what they found its final form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from headway.checks.base import Check, Found, TooLittle
from headway.checks.table import CHECKS
from headway.dataset.names import SPLIT_NAMES
from headway.errors import UnknownNameError, UserError
from headway.facts.audit import Finding, Suspect, Unchecked
from headway.heads.parallel import one_blas_thread

if TYPE_CHECKING:
    from headway.checks.context import Context

MOST_PICTURES = 100
_SEVERITIES = ("severe", "warning", "note")


class Checked(NamedTuple):
    """What checks found, and which could not tell."""

    findings: tuple[Finding, ...]
    unchecked: tuple[Unchecked, ...]


@one_blas_thread()
def run_checks(context: Context, checks: Iterable[Check] = CHECKS, *, most: int | None = MOST_PICTURES) -> Checked:
    """Run checks, and return what they found, the severe first.

    ``most`` is how many images of each finding are listed; None lists all. Images that a person confirmed are left out,
    and so is a finding about such images only.
    """
    findings: list[Finding] = []
    unchecked: list[Unchecked] = []
    checks = tuple(checks)
    context.progress.start("checks", len(checks))
    for check in checks:
        try:
            made = (_finding(context, check, found, most) for found in check.run(context))
            findings += [finding for finding in made if finding is not None]
        except TooLittle as answer:
            unchecked.append(Unchecked(check.number, check.name, answer.needs, answer.least, answer.found))
        context.progress.advance()
    findings.sort(key=lambda finding: (_SEVERITIES.index(finding.severity), finding.number))
    return Checked(tuple(findings), tuple(unchecked))


def select_checks(only: Sequence[str] = (), skip: Sequence[str] = ()) -> tuple[Check, ...]:
    """Return the checks of these names, numbers or families; all where none are named, but for those to skip.

    Examples
    --------
    >>> [check.name for check in select_checks(only=["103"])]
    ['blank']
    """
    chosen = [check for check in CHECKS if not only or any(_names(check, word) for word in only)]
    for word in (*only, *skip):
        if not any(_names(check, word) for check in CHECKS):
            known = [*dict.fromkeys(check.family for check in CHECKS), *(check.name for check in CHECKS)]
            raise UnknownNameError("check", word, known)
    left = tuple(check for check in chosen if not any(_names(check, word) for word in skip))
    if not left:
        raise UserError("no check is left to make: leave fewer of them out (--skip)")
    return left


def _names(check: Check, word: str) -> bool:
    return word in (check.name, str(check.number), check.family)


def _finding(context: Context, check: Check, found: Found, most: int | None) -> Finding | None:
    confirmed = context.data.confirmed
    rows = [
        (place, row)
        for place, row in enumerate(found.rows.tolist())
        if not (confirmed and {(context.data.name(row), check.name), (context.data.name(row), "")} & confirmed)
    ]
    if not rows and len(found.rows):
        return None
    pictures = tuple(_suspect(context, found, place, row) for place, row in rows[:most])
    return Finding(check.number, check.name, found.severity, len(rows), pictures, dict(found.evidence))


def _suspect(context: Context, found: Found, place: int, row: int) -> Suspect:
    data, label = context.data, int(context.labels[row])
    proposal = found.proposals[place] if found.proposals else None
    partner = found.partners[place] if found.partners else -1
    return Suspect(
        file=data.name(row),
        label=data.classes[label] if label >= 0 else None,
        split=None if context.part is None else SPLIT_NAMES[int(context.part[row])],
        value=float(found.values[place]) if found.values else None,
        partner=data.name(int(partner)) if partner >= 0 else None,
        group=int(found.groups[place]) if found.groups else None,
        decision=None if proposal is None else proposal.decision,
        to=None if proposal is None else proposal.to,
        sure=proposal is not None and (proposal.sure or proposal.decision == "group"),
    )
