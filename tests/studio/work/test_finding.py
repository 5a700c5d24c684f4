"""What checks found, as the page shows it."""

from __future__ import annotations

from pathlib import Path

from headway.facts.audit import Finding, Suspect
from headway.studio.work.finding import describe, propose
from headway.studio.work.preparing import Findings

FILES = ("a.png", "b.png", "c.png", "=d.png")


def found(folder: Path) -> Findings:
    """Two copies, a label that is likely wrong, and near copies of two classes."""
    a, b, c, d = (str(folder / file) for file in FILES)
    copies = (
        Suspect(a, "cat", group=0),
        Suspect(b, "cat", partner=a, group=0, decision="drop", sure=True),
    )
    near = (
        Suspect(c, "dog", group=0, decision="group", to="copies 0", sure=True),
        Suspect(d, "dog", partner=c, group=0, decision="group", to="copies 0", sure=True),
    )
    wrong = (Suspect(c, "dog", value=0.9, decision="relabel", to="=cat"),)
    evidence = {"labels": 60, "accuracy": 0.9, "share": 0.1, "least": 0.01, "strength": 20.0, "doubted": 1}
    return Findings(
        (
            Finding(301, "wrong-labels", "warning", 1, wrong, evidence),
            Finding(201, "identical-files", "note", 2, copies, {"copies": 1, "share": 0.1, "contents": 1}),
            Finding(203, "near-copies", "note", 2, near, {"groups": 1, "share": 0.1}),
        ),
        {str(folder / file): file for file in FILES},
    )


def test_what_was_found_is_told_with_its_pictures_and_proposals(tmp_path: Path) -> None:
    findings = found(tmp_path)
    proposals = propose(findings, tmp_path / "labels.csv", tmp_path / "fixes.csv", FILES)
    assert [(one.file, one.finding, one.decision, one.to, one.is_sure) for one in proposals] == [
        ("c.png", "wrong-labels", "relabel", "=cat", False),
        ("b.png", "identical-files", "drop", "", True),
        ("c.png", "near-copies", "group", "copies 0", True),
        ("=d.png", "near-copies", "group", "copies 0", True),
    ]
    told = describe(findings, proposals, FILES)
    assert [(one.code, one.severity, one.n, one.proposals) for one in told] == [
        ("wrong-labels", "warning", 1, 1),
        ("identical-files", "note", 2, 1),
        ("near-copies", "note", 2, 2),
    ]
    assert told[0].title == "Wrong labels (warning, check 301)" and told[0].text.endswith(".")


def test_of_pictures_that_are_left_out_nothing_is_told(tmp_path: Path) -> None:
    findings, left = found(tmp_path), ("b.png", "=d.png")
    proposals = propose(findings, tmp_path / "labels.csv", tmp_path / "fixes.csv", left)
    assert [(one.file, one.finding) for one in proposals] == [("=d.png", "near-copies")]  # b's copy is left out
    assert [(one.code, one.n) for one in describe(findings, proposals, left)] == [
        ("identical-files", 1),
        ("near-copies", 1),
    ]


def test_what_is_decided_is_not_proposed_again(tmp_path: Path) -> None:
    fixes = tmp_path / "fixes.csv"
    fixes.write_text("file,finding,decision,to\nc.png,wrong-labels,keep,\nb.png,identical-files,,\n")
    proposals = propose(found(tmp_path), tmp_path / "labels.csv", fixes, FILES)
    assert {one.finding for one in proposals} == {"near-copies"}
