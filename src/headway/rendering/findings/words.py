"""For each check, by its name, the function that makes words of what it found."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from headway.rendering.findings import balance, copies, files, fitness, labels

if TYPE_CHECKING:
    from headway.facts.audit import Finding


class Words(NamedTuple):
    """A finding in words.

    Attributes
    ----------
    found : str
        What was found, with its numbers, without a full stop.
    todo : str
        What to do about it, without a full stop; empty where there is nothing to do.
    """

    found: str
    todo: str


_OF: dict[str, Callable[[Finding], tuple[str, str]]] = {
    "wrong-ending": files.wrong_ending,
    "extreme-size": files.extreme_size,
    "blank": files.blank,
    "blurred": files.blurred,
    "dark-or-bright": files.dark_or_bright,
    "few-values": files.few_values,
    "animated": files.animated,
    "properties-follow-class": files.properties_follow_class,
    "shortcut": fitness.shortcut,
    "class-missing": balance.class_missing,
    "small-classes": balance.small_classes,
    "shift": balance.shift,
    "unequal-classes": balance.unequal_classes,
    "similarity-to-imagenet": fitness.similarity_to_imagenet,
    "colour": fitness.colour,
    "wrong-labels": labels.wrong_labels,
    "confused-classes": labels.confused_classes,
    "outliers": labels.outliers,
    "identical-files": copies.identical_files,
    "identical-pixels": copies.identical_pixels,
    "near-copies": copies.near_copies,
    "chains": copies.chains,
    "contradicting-copies": copies.contradicting_copies,
    "copies-across-splits": copies.copies_across_splits,
}


def words(finding: Finding) -> Words:
    """Say what was found, and what to do about it."""
    return Words(*_OF[finding.check](finding))
