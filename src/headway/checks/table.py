"""Every check, in the order of their numbers."""

from __future__ import annotations

from headway.checks.base import Check
from headway.checks.copies import (
    chains,
    contradicting_copies,
    copies_across_splits,
    identical_files,
    identical_pixels,
    near_copies,
)
from headway.checks.files import blank

CHECKS = (
    Check(103, "blank", blank.run),
    Check(201, "identical-files", identical_files.run),
    Check(202, "identical-pixels", identical_pixels.run),
    Check(203, "near-copies", near_copies.run),
    Check(204, "chains", chains.run),
    Check(205, "contradicting-copies", contradicting_copies.run),
    Check(206, "copies-across-splits", copies_across_splits.run),
)
"""All checks. A number is never given to another check."""
