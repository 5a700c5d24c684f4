"""What the page is refused for the moment, each with the word that its answer carries."""

from __future__ import annotations

from headway.errors import UserError


class BusyError(UserError):
    """Another job runs."""

    code = "busy"


class NotReadyError(UserError):
    """What is needed is not computed yet."""

    code = "not-ready"


class NoModelError(UserError):
    """There is no model yet."""

    code = "no-model"
