"""Every check, in the order of their numbers."""

from __future__ import annotations

from headway.checks.balance import class_missing, shift, small_classes, unequal_classes
from headway.checks.base import Check
from headway.checks.files import blank
from headway.checks.fitness import colour, similarity_to_imagenet

CHECKS = (
    Check(103, "blank", blank.run),
    Check(401, "class-missing", class_missing.run),
    Check(402, "small-classes", small_classes.run),
    Check(403, "shift", shift.run),
    Check(404, "unequal-classes", unequal_classes.run),
    Check(501, "similarity-to-imagenet", similarity_to_imagenet.run),
    Check(503, "colour", colour.run),
)
"""All checks. A number is never given to another check."""
