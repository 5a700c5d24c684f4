"""What every step of a run needs beside its own input: where features are kept, what is allowed, who is told."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Real
from pathlib import Path

from headway.errors import UserError
from headway.store import Store
from headway.types import Progress, Silent

_METHODS = ("start", "advance", "note", "warn", "finish")


def checked_progress(progress: Progress | None) -> Progress:
    """Return who is told, nobody for None; what has not all of the methods is a `UserError`."""
    if progress is None:
        return Silent()
    if isinstance(progress, type) or not all(hasattr(progress, name) for name in _METHODS):
        raise UserError(
            f"progress must have the methods {', '.join(_METHODS)}, as headway.progress() has; it is {progress!r}"
        )
    return progress


@dataclass(frozen=True, eq=False)
class Session:
    """One run of the library.

    Public functions take ``cache``, ``offline``, ``max_bad`` and ``progress`` as keywords and open a session.

    Parameters
    ----------
    store : Store
        Where features are kept; open as long as the session.
    offline : bool
        Whether to fail rather than to download weights.
    max_bad : float
        Largest part of the pictures that may be unreadable, from 0 to 1.
    progress : Progress
        Told what goes on.
    """

    store: Store
    offline: bool
    max_bad: float
    progress: Progress

    @classmethod
    @contextmanager
    def open(
        cls,
        cache: str | os.PathLike[str] | None = None,
        *,
        offline: bool = False,
        max_bad: float = 0.1,
        progress: Progress | None = None,
    ) -> Iterator[Session]:
        """Open the store in the cache folder for the body of a ``with`` statement.

        Raises
        ------
        UserError
            When ``max_bad`` is not a number from 0 to 1.
        StoreError
            When the store cannot be used.
        """
        if not isinstance(max_bad, Real) or not 0 <= max_bad <= 1:  # NaN is not, either
            raise UserError(f"max_bad (--max-bad) must be from 0 to 1, not {max_bad!r}")
        progress = checked_progress(progress)
        try:
            with Store.open(cache) as store:
                yield cls(store, offline, float(max_bad), progress)
        finally:
            progress.finish()

    @property
    def cache(self) -> Path:
        """Headway's cache folder, which the store is in."""
        return self.store.path.parent
