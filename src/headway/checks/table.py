"""Every check, in the order of their numbers."""

from __future__ import annotations

from headway.checks.base import Check
from headway.checks.files import blank
from headway.checks.labels import confused_classes, outliers, wrong_labels

CHECKS = (
    Check(103, "blank", blank.run),
    Check(301, "wrong-labels", wrong_labels.run),
    Check(302, "confused-classes", confused_classes.run),
    Check(303, "outliers", outliers.run),
)
"""All checks. A number is never given to another check."""
