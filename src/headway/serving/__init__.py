"""``headway serve``: models behind an address that stays up.

A request passes the guard (`headway.web.security`), is read within bounds (`headway.web.bodies`) and takes places in
the queue, or is refused; each of its pictures is decoded by a thread and computed with whatever others are ready.
Needs the extra ``headway[serve]``.
"""

from headway.serving.app import build
from headway.serving.settings import Settings
from headway.serving.shelf import Shelf

__all__ = ["Settings", "Shelf", "build"]
