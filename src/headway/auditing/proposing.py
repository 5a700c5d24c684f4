"""The proposals of an audit as a list for a person to edit: nothing that stands there already is changed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from headway.cells import text_cell
from headway.dataset.fixes import FixList, file_cells, new_list, read_fixes
from headway.errors import OutputError
from headway.facts.fixes import Proposals
from headway.places import check_output, replacing
from headway.rendering.findings.proposing import why

if TYPE_CHECKING:
    from headway.facts.audit import Finding, Suspect
    from headway.facts.data import Source


def check_fixes_target(path: Path) -> None:
    """Refuse a place where no list can be written, before the work is done; a list that is there is added to."""
    if path.suffix.lower() != ".csv":
        raise OutputError(f"{path} must end in .csv, for spreadsheets; give another place with --fixes")
    if os.path.lexists(path):
        read_fixes(path).refuse()
    else:
        check_output(path, option="--fixes")


def write_proposals(path: Path, findings: Sequence[Finding], source: Source) -> Proposals:
    """Add what is proposed of pictures to a list, which appears whole or stays as it was.

    Parameters
    ----------
    path : Path
        A ``.csv`` file. Of a finding about a picture that stands there, nothing is proposed again.
    findings : sequence of Finding
        With all their pictures, the severe first.
    source : Source
        Where the pictures come from.

    Raises
    ------
    OutputError
        When the place cannot be written to.
    DataError
        When what is there is no list of fixes.
    """
    check_fixes_target(path)
    known = read_fixes(path) if os.path.lexists(path) else new_list(path)
    rows = list(proposal_rows(known, findings, source))
    with replacing(path, option="--fixes") as file:
        file.write(known.with_rows(rows))
    return Proposals(os.fspath(path), len(known.rows), len(rows), sum(bool(row["decision"]) for row in rows))


def proposal_rows(known: FixList, findings: Iterable[Finding], source: Source) -> Iterator[dict[str, str]]:
    """Yield a row for each finding about a picture of which something is proposed and the list has nothing yet.

    The decision is filled in where the proposal is sure. A picture whose copy is dropped is not: both would be lost.
    """
    done = {(fix.file, fix.finding) for fix in known.rows}
    dropped = {fix.file for fix in known.rows if fix.decision == "drop"}
    for finding in findings:
        named = [*zip(finding.pictures, file_cells(source, [one.file for one in finding.pictures]), strict=True)]
        names = _group_names(known, finding, named)
        for one, file in named:
            if one.decision is None or (file, finding.check) in done:
                continue
            done.add((file, finding.check))
            partner = None if one.partner is None else file_cells(source, [one.partner])[0]
            sure = one.sure and not (one.decision == "drop" and partner in dropped)
            if sure and one.decision == "drop":
                dropped.add(file)
            to = names[_group(one)] if one.decision == "group" else one.to or ""
            yield {
                "file": file,
                "finding": finding.check,
                "decision": one.decision if sure else "",
                "to": text_cell(to),
                "proposal": one.decision,
                "label": text_cell(one.label or ""),
                "why": text_cell(why(finding, one, partner)),
            }


def _group(one: Suspect) -> str:
    return one.to if one.to is not None else str(one.group)


def _group_names(known: FixList, finding: Finding, named: Iterable[tuple[Suspect, str]]) -> Mapping[str, str]:
    """Return what each group of a finding is called in the list.

    That is as it is called there already, where one of its pictures is in a group of this finding; otherwise by a name
    that the list does not have, as each audit counts its groups anew.
    """
    old = {fix.file: fix.to for fix in known.rows if fix.finding == finding.check and fix.decision == "group"}
    taken = {fix.to for fix in known.rows}
    names: dict[str, str] = {}
    wanted = [(_group(one), file) for one, file in named if one.decision == "group"]
    for group, file in wanted:
        if file in old:
            names.setdefault(group, old[file])
    for group, _ in wanted:
        if group not in names:
            stem = group if not group.isdigit() else f"{finding.check}-{group}"
            name, number = stem, 1
            while name in taken:
                number += 1
                name = f"{stem}-{number}"
            names[group] = name
            taken.add(name)
    return names
