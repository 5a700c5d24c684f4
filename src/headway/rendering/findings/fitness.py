"""Findings about whether data is fit for the job in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.rendering.transfer import SUGGESTION
from headway.rendering.words import percent, plural

if TYPE_CHECKING:
    from headway.facts.audit import Finding

_BY = {
    "files": "the format, colour mode, compression and orientation of the files",
    "size": "the size of the pictures",
    "corners": "the colours of the corners",
}
_TODO = {
    "files": "save all pictures in the same way, from originals where there are any, or collect the classes alike; do "
    "not trust a score on these",
    "size": "bring the pictures of all classes to the same sizes, unless size belongs to what is shown",
    "corners": "look whether border or background gives the class away; crop it, or take all classes before the same",
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


def similarity_to_imagenet(finding: Finding) -> tuple[str, str]:
    """501."""
    one = finding.evidence
    likeness = "similar to" if one["similar"] else "different from"
    found = (
        f"pictures {likeness} those of ImageNet, which the network has learned from (similarity "
        f"{float(one['similarity']):.2f}, by a sample of {int(one['pictures']):,})"
    )
    if "case" not in one:
        return found, ""
    each = plural(int(one["per_class"]), "picture")
    case = int(one["case"])
    return f"{found}; with {each} a class case {case} of 4", f"the rule says to {SUGGESTION[case]}"


def colour(finding: Finding) -> tuple[str, str]:
    """503."""
    one = finding.evidence
    alone, network, majority = (percent(float(one[key])) for key in ("colour", "network", "majority"))
    return (
        f"colours alone predict the class of {alone} of {plural(int(one['pictures']), 'picture')}, the network "
        f"{network}, the largest class {majority}",
        "nothing where classes do differ by colour, as fruits do; otherwise look for a background, a light or a camera "
        "that goes with the class",
    )
