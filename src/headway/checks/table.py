"""Every check, in the order of their numbers."""

from __future__ import annotations

from headway.checks.base import Check
from headway.checks.files import blank

CHECKS = (Check(103, "blank", blank.run),)
"""All checks. A number is never given to another check."""
