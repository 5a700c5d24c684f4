"""Findings about single files in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.rendering.words import plural

if TYPE_CHECKING:
    from headway.facts.audit import Finding


def blank(finding: Finding) -> tuple[str, str]:
    """103."""
    shows = "shows" if finding.count == 1 else "show"
    return (
        f"{plural(finding.count, 'picture')} {shows} a single colour",
        "look at them; leave out those that show nothing, as nothing can be learned from them",
    )
