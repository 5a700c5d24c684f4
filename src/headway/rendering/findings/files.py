"""Findings about single files in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.rendering.words import percent, plural

if TYPE_CHECKING:
    from headway.facts.audit import Finding


def wrong_ending(finding: Finding) -> tuple[str, str]:
    """101."""
    is_ = "is" if finding.count == 1 else "are"
    return (
        f"{plural(finding.count, 'file')} {is_} of another format than the name says: {finding.evidence['formats']}",
        "nothing here, as the content counts; rename them for programs that go by the name",
    )


_SIZES = {
    "small": (
        "less than 32 pixels wide or high, and less than a quarter of the others",
        "look whether they show enough",
    ),
    "long": (
        "more than 8 times as long as wide",
        "look whether they lose too much when they are squeezed into a square",
    ),
    "huge": (
        "much larger than the others",
        "make them smaller if reading takes long; what is learned stays the same",
    ),
}


def extreme_size(finding: Finding) -> tuple[str, str]:
    """102."""
    problem, side = str(finding.evidence["problem"]), float(finding.evidence["side"])
    if problem == "all-small":
        return (
            f"the pictures are small: the shorter side has {side:.0f} pixels as a rule",
            "take larger ones if there are any, as a network sees more in them",
        )
    found, todo = _SIZES[problem]
    are = "is" if finding.count == 1 else "are"
    return f"{plural(finding.count, 'picture')} {are} {found} (the shorter side has {side:.0f} pixels as a rule)", todo


def blank(finding: Finding) -> tuple[str, str]:
    """103."""
    shows = "shows" if finding.count == 1 else "show"
    return (
        f"{plural(finding.count, 'picture')} {shows} a single colour",
        "look at them; leave out those that show nothing, as nothing can be learned from them",
    )


def blurred(finding: Finding) -> tuple[str, str]:
    """104."""
    are = "is" if finding.count == 1 else "are"
    return (
        f"{plural(finding.count, 'picture')} {are} far less sharp than the others",
        "look whether what matters can be seen; leave them out if not, keep them if pictures to come are blurred, too",
    )


def dark_or_bright(finding: Finding) -> tuple[str, str]:
    """105."""
    are = "is" if finding.count == 1 else "are"
    extreme = "black" if finding.evidence["problem"] == "dark" else "white"
    return (
        f"{plural(finding.count, 'picture')} {are} nearly {extreme} (the others have a mean grey level of "
        f"{float(finding.evidence['median']):.0f} of 255)",
        "look whether anything can be seen",
    )


def few_values(finding: Finding) -> tuple[str, str]:
    """106."""
    has = "has" if finding.count == 1 else "have"
    return (
        f"{plural(finding.count, 'picture')} {has} few levels of brightness or colour, the others about "
        f"{float(finding.evidence['median']):.0f}",
        "look whether they were posterised, or scaled wrongly from more than 8 bits; export them anew",
    )


def animated(finding: Finding) -> tuple[str, str]:
    """107."""
    holds = "holds" if finding.count == 1 else "hold"
    return (
        f"{plural(finding.count, 'file')} {holds} several frames or pages, of which only the first is read",
        "write out the frames if the others matter",
    )


_PROPERTIES = {
    "mode": "the colour mode",
    "format": "the format",
    "depth": "the depth",
    "orientation": "the orientation tag",
    "quality": "the quality of the JPEG",
    "size": "the size",
    "aspect": "the ratio of width to height",
    "bytes": "the number of bytes per pixel",
    "border": "the border",
}
_OF_THINGS = "look whether it belongs to what is shown; if not, bring the pictures of all classes to the same"


def properties_follow_class(finding: Finding) -> tuple[str, str]:
    """108."""
    evidence = finding.evidence
    what = _PROPERTIES[str(evidence["property"])]
    inside, outside, accuracy, majority = (
        percent(float(evidence[key])) for key in ("inside", "outside", "accuracy", "majority")
    )
    return (
        f"{what} follows the class: {evidence['value']} for {inside} of {evidence['class']}, {outside} of the others; "
        f"it alone tells the class of {accuracy} of the pictures, always saying the most frequent class of {majority}",
        _OF_THINGS
        if finding.severity != "severe"
        else "save all pictures in the same way, from originals where there are any; do not trust a score on these",
    )
