"""Findings as the page shows them, and what they propose."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from headway.auditing import proposal_rows
from headway.dataset.fixes import file_cells, new_list, read_fixes
from headway.facts.audit import Decision
from headway.facts.data import Source
from headway.facts.studio import ProjectFinding, Proposal
from headway.rendering.findings import sentences, title

if TYPE_CHECKING:
    from headway.facts.audit import Suspect
    from headway.studio.work.preparing import Findings


def describe(findings: Findings, proposals: Sequence[Proposal], shown: Collection[str]) -> tuple[ProjectFinding, ...]:
    """Return what each check found about the pictures that are ``shown``; nothing of a check about others only."""
    told = []
    for check, found in findings.by_check.items():
        files = [file for file in findings.pictures(check) if file in shown]
        if not files and any(one.pictures for one in found):
            continue
        told.append(
            ProjectFinding(
                code=check,
                name=check.replace("-", " "),
                severity=found[0].severity,
                title=title(found[0]),
                text=" ".join(map(sentences, found)),
                n=len(files),
                proposals=sum(one.finding == check for one in proposals),
            )
        )
    return tuple(told)


def propose(findings: Findings, labels: Path, fixes: Path, shown: Collection[str]) -> tuple[Proposal, ...]:
    """Return what is proposed of the pictures that are ``shown``, but for what the list of fixes has decided already.

    To drop is not proposed of a picture whose copy is left out: both would be lost.
    """
    known = read_fixes(fixes) if fixes.is_file() else new_list(fixes)
    source = Source("table", str(labels), 0, 0)
    cells = dict(zip(file_cells(source, findings.files), findings.files.values(), strict=True))
    suspects = _suspects(findings)
    proposals = []
    for row in proposal_rows(known, findings.found, source):
        file, code = cells.get(row["file"], ""), row["finding"]
        if file not in shown:
            continue
        suspect = suspects[file, code]
        partner = None if suspect.partner is None else findings.files.get(suspect.partner)
        decision = next(each for each in get_args(Decision) if each == row["proposal"])
        if decision == "drop" and suspect.partner is not None and partner not in shown:
            continue
        to = row["to"] if decision == "group" else suspect.to or ""  # groups get a name in the list
        is_sure = row["decision"] == decision
        label, why = suspect.label or "", row["why"]
        proposals.append(Proposal(file, code, decision, to, label, why, is_sure, partner))
    return tuple(proposals)


def _suspects(findings: Findings) -> dict[tuple[str, str], Suspect]:
    """Return what was found of each picture by each check that proposes something, as it comes first."""
    suspects: dict[tuple[str, str], Suspect] = {}
    for finding in findings.found:
        for one in finding.pictures:
            if one.file in findings.files and one.decision is not None:
                suspects.setdefault((findings.files[one.file], finding.check), one)
    return suspects
