"""Findings about copies in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.rendering.words import plural

if TYPE_CHECKING:
    from headway.facts.audit import Finding


def identical_files(finding: Finding) -> tuple[str, str]:
    """201."""
    contents = int(finding.evidence["contents"])
    found = f"{_of_all(finding, 'copies')} {_are(finding, 'copies')} the same file as another of the class"
    return found, f"keep one of each of the {plural(contents, 'file')}, as copies weigh more than other pictures"


def identical_pixels(finding: Finding) -> tuple[str, str]:
    """202."""
    found = f"{_of_all(finding, 'copies')} {_show(finding, 'copies')} the same pixels as another file of the class"
    return found, "keep one of each, as copies weigh more than other pictures"


def near_copies(finding: Finding) -> tuple[str, str]:
    """203."""
    groups = int(finding.evidence["groups"])
    crowded = int(finding.evidence.get("crowded", 0))
    more = f"; {plural(crowded, 'picture')} may have more than were looked for" if crowded else ""
    return (
        f"{plural(finding.count, 'picture')} ({_share(finding)}) are near copies, in {plural(groups, 'group')}{more}",
        "look at them; keep one of each group, or keep each group on one side of a split",
    )


def compared_by_features(pictures: int, most: int, *, nearly: bool) -> str:
    """Say what the search leaves out of many pictures; ``nearly`` where it does not compare all features either."""
    few = "; so may a few others in a hundred, as not all are compared by their features either" if nearly else ""
    return (
        f"near copies are looked for among the pictures that the network finds alike, as {pictures:,} are too many to "
        f"compare all by their pixels (up to {most:,}): strong changes of small or technical pictures may be missed"
        + few
    )


def chains(finding: Finding) -> tuple[str, str]:
    """204."""
    number = int(finding.evidence["chains"])
    return (
        f"{plural(finding.count, 'picture')} ({_share(finding)}) form {plural(number, 'chain')}, each near to the next",
        "look at them; if they are views of one thing, keep each chain on one side of a split",
    )


def contradicting_copies(finding: Finding) -> tuple[str, str]:
    """205."""
    sets = int(finding.evidence["sets"])
    if finding.evidence["kind"] == "identical":
        stand = "stands" if sets == 1 else "stand"
        return (
            f"{plural(sets, 'picture')} {stand} in several classes, in {plural(finding.count, 'file')}",
            "decide which class is right, and drop the others",
        )
    are = "is" if sets == 1 else "are"
    return f"{plural(sets, 'pair')} of near copies {are} in different classes", "look at them: one label may be wrong"


def copies_across_splits(finding: Finding) -> tuple[str, str]:
    """206."""
    evidence = finding.evidence
    parts = [plural(int(evidence[part]), f"{part} picture") for part in ("test", "validation") if evidence[part]]
    are = "is a copy" if finding.count == 1 else "are copies"
    kinds = f"{evidence['identical']:,} identical, {evidence['near']:,} near"
    found = f"{' and '.join(parts)} {are} of training pictures ({kinds})"
    if "accuracy" in evidence:
        found += f"; accuracy {evidence['accuracy']:.3f} with them, {evidence['accuracy_without']:.3f} without"
    return found, "leave them out of what is tested on, or let Headway split the pictures anew"


def _of_all(finding: Finding, name: str) -> str:
    return f"{plural(int(finding.evidence[name]), 'picture')} ({_share(finding)})"


def _share(finding: Finding) -> str:
    return f"{float(finding.evidence['share']):.1%}".replace("%", " %")


def _are(finding: Finding, name: str) -> str:
    return "is" if finding.evidence[name] == 1 else "are"


def _show(finding: Finding, name: str) -> str:
    return "shows" if finding.evidence[name] == 1 else "show"
