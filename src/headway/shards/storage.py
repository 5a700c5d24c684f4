"""Where files are, by what the user calls the place: a path of this machine, or an address of object storage."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from headway.shards.local import LocalPlace
from headway.shards.place import Place as Place

if TYPE_CHECKING:
    from headway.shards.objects import Patience

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def is_address(path: object) -> bool:
    """Say whether this is an address of object storage rather than a path of this machine.

    Examples
    --------
    >>> is_address("s3://bucket/pictures"), is_address("pictures/"), is_address(Path("pictures"))
    (True, False, False)
    """
    return isinstance(path, str) and _ADDRESS.match(path) is not None


def open_place(path: str | Path, patience: Patience | None = None) -> Place:
    """Return a place; nothing is asked of it yet.

    Parameters
    ----------
    path : str or Path
        A folder, or an address: ``s3://BUCKET/PREFIX``, ``gs://…``, ``az://…``, ``https://…`` (to read only) or
        ``file://…``. Addresses other than of files need ``headway[cloud]``.
    patience : Patience, optional
        How long and how often object storage is asked.

    Examples
    --------
    >>> str(open_place("features/"))
    'features'
    """
    if not is_address(path):
        return LocalPlace(Path(path))
    address = str(path)
    if address.lower().startswith("file://"):
        return LocalPlace(Path(address[len("file://") :]))
    from headway.shards.objects import ObjectPlace, Patience

    return ObjectPlace(address, patience or Patience())
