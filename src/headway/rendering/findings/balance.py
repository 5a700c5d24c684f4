"""Findings about classes and parts in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.facts.data import Imbalance
from headway.rendering import data
from headway.rendering.words import percent_range, plural

if TYPE_CHECKING:
    from headway.facts.audit import Finding

_PARTS = {"train": "the training part", "validation": "the validation part", "test": "the test part"}


def class_missing(finding: Finding) -> tuple[str, str]:
    """401."""
    names, part = finding.evidence["names"], finding.evidence["part"]
    found = f"{_PARTS[str(part)]} has no pictures of {names}"
    if part == "train":
        return found, "split anew, or move pictures: what is not in training cannot be learned, and counts as wrong"
    return found, "split anew, or move pictures: a score says nothing about what is not judged"


def small_classes(finding: Finding) -> tuple[str, str]:
    """402."""
    one = finding.evidence
    where = "" if one["part"] == "all" else f" in {_PARTS[str(one['part'])]}"
    recall = percent_range(float(one["low"]), float(one["high"]))
    has = "has" if one["classes"] == 1 else "have"
    return (
        f"{plural(int(one['classes']), 'class', 'classes')} {has} too few pictures{where} to judge: {one['names']}; by "
        f"{plural(int(one['pictures']), 'picture')} of the smallest, even if most were right, its recall may be "
        f"anything from {recall}",
        "believe the score of such a class only within its interval; add pictures of it",
    )


def shift(finding: Finding) -> tuple[str, str]:
    """403."""
    one = finding.evidence
    auroc, low, high = (float(one[key]) for key in ("auroc", "low", "high"))
    most = f", most in {one['class']!r} ({float(one['class_auroc']):.2f})" if "class" in one else ""
    return (
        f"{_PARTS[str(one['part'])]} is unlike training: a classifier tells pictures of one class apart with an "
        f"AUROC of {auroc:.2f} (95 %: {low:.2f} to {high:.2f}; by chance 0.50){most}",
        "look at the first pictures, the most unlike training; the score holds for such pictures only: if they are "
        "what the model is for, add the like to training, otherwise split anew",
    )


def unequal_classes(finding: Finding) -> tuple[str, str]:
    """404."""
    fact = Imbalance(**finding.evidence, balance="none")  # type: ignore[arg-type]
    return data.unequal(fact), data.balancing(fact)
