"""Findings about labels in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.rendering.words import percent, plural

if TYPE_CHECKING:
    from headway.facts.audit import Finding


def wrong_labels(finding: Finding) -> tuple[str, str]:
    """301."""
    evidence = finding.evidence
    least = f"at least {percent(float(evidence['least']))} with 95 % confidence"
    share = f"about {percent(float(evidence['share']))} of the labels are wrong, {least}"
    if not finding.count:
        return f"{share}, but which cannot be told", "look at the pictures that are predicted wrongly, the surest first"
    listed = f"{plural(finding.count, 'label')} {'is' if finding.count == 1 else 'are'} likely wrong"
    todo = "look at the pictures, the likeliest first, and correct the labels that are wrong"
    if finding.severity == "warning":
        return f"{listed}; beyond what errors of the classifier explain, {share}", todo
    return f"{listed}, though there need be no more wrong labels than the errors of a classifier explain", todo


def confused_classes(finding: Finding) -> tuple[str, str]:
    """302."""
    evidence = finding.evidence
    first, second = evidence["first"], evidence["second"]
    apart, usual = float(evidence["apart"]), float(evidence["usual"])
    pair = f"of {evidence['images']:,} pictures of {first!r} and {second!r}, {percent(apart)} are told apart"
    if usual > apart:
        pair += f" (of the median pair {percent(usual)}, by a coin 50 %)"
    ways = (
        f"{evidence['first_as_second']:,} {first!r} are taken for {second!r}, "
        f"{evidence['second_as_first']:,} the other way"
    )
    if finding.severity == "warning":
        return f"{pair}; {ways}", "look whether the two are one class, or differ in what the network cannot see"
    return f"{pair}; {ways}", "more pictures of these two would help most, or a rule for those in between"


def outliers(finding: Finding) -> tuple[str, str]:
    """303."""
    resemble = "resembles" if finding.count == 1 else "resemble"
    far = f"{finding.evidence['limit']:.1f} times as far from all as usual, or more"
    return (
        f"{plural(finding.count, 'picture')} {resemble} no class: {far}",
        "look at them; leave out what does not belong",
    )
