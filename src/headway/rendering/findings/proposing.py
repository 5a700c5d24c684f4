"""Why something is proposed about a picture, for the person who decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.rendering.findings.words import words

if TYPE_CHECKING:
    from headway.facts.audit import Finding, Suspect


def why(finding: Finding, suspect: Suspect, partner: str | None) -> str:
    """Say what was found of a picture; ``partner`` is what the other one is called there."""
    like = f"; like {partner}" if partner else ""
    value = "" if suspect.value is None else f"; {suspect.value:.3g}"
    return f"{finding.severity} {finding.number}: {words(finding).found}{like}{value}"
