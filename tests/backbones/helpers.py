"""Sessions for a single call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from headway.backbones import BackboneInfo, obtain
from headway.session import Session


def obtain_in(
    cache: Path | None, name: str, *, offline: bool = False, progress: Any = None, **more: Any
) -> BackboneInfo:
    with Session.open(cache, offline=offline, progress=progress) as session:
        return obtain(name, session, **more)
