"""Findings about the fitness of data for the job in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.rendering.words import percent

if TYPE_CHECKING:
    from headway.facts.audit import Finding

_BY = {
    "files": "the format, colour mode, compression and orientation of the files",
    "size": "the size of the pictures",
    "edge": "the pixels around the edge",
}
_TODO = {
    "files": "save all pictures in the same way, from originals where there are any, or collect the classes alike; do "
    "not trust a score on these",
    "size": "bring the pictures of all classes to the same sizes, unless size belongs to what is shown",
    "edge": "look whether border or background gives the class away; crop it, or take the classes before the same ones",
}


def shortcut(finding: Finding) -> tuple[str, str]:
    """502."""
    by = str(finding.evidence["by"])
    accuracy, network, majority = (percent(float(finding.evidence[key])) for key in ("accuracy", "network", "majority"))
    return (
        f"{_BY[by]} alone tell the class of {accuracy} of the pictures, the network does of {network}, and always "
        f"saying the most frequent class of {majority}",
        _TODO[by],
    )
