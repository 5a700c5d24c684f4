"""Every check, in the order of their numbers."""

from __future__ import annotations

from headway.checks.balance import class_missing, shift, small_classes, unequal_classes
from headway.checks.base import Check
from headway.checks.copies import (
    chains,
    contradicting_copies,
    copies_across_splits,
    identical_files,
    identical_pixels,
    near_copies,
)
from headway.checks.files import (
    animated,
    blank,
    blurred,
    dark_or_bright,
    extreme_size,
    few_values,
    properties_follow_class,
    wrong_ending,
)
from headway.checks.fitness import colour, shortcut, similarity_to_imagenet
from headway.checks.labels import confused_classes, outliers, wrong_labels

CHECKS = (
    Check(101, "wrong-ending", wrong_ending.run),
    Check(102, "extreme-size", extreme_size.run),
    Check(103, "blank", blank.run),
    Check(104, "blurred", blurred.run),
    Check(105, "dark-or-bright", dark_or_bright.run),
    Check(106, "few-values", few_values.run),
    Check(107, "animated", animated.run),
    Check(108, "properties-follow-class", properties_follow_class.run),
    Check(201, "identical-files", identical_files.run),
    Check(202, "identical-pixels", identical_pixels.run),
    Check(203, "near-copies", near_copies.run),
    Check(204, "chains", chains.run),
    Check(205, "contradicting-copies", contradicting_copies.run),
    Check(206, "copies-across-splits", copies_across_splits.run),
    Check(301, "wrong-labels", wrong_labels.run),
    Check(302, "confused-classes", confused_classes.run),
    Check(303, "outliers", outliers.run),
    Check(401, "class-missing", class_missing.run),
    Check(402, "small-classes", small_classes.run),
    Check(403, "shift", shift.run),
    Check(404, "unequal-classes", unequal_classes.run),
    Check(501, "similarity-to-imagenet", similarity_to_imagenet.run),
    Check(502, "shortcut", shortcut.run),
    Check(503, "colour", colour.run),
)
"""All checks. A number is never given to another check."""
