"""Which images a model learned from, and was tested on: beginnings of digests of their contents, for its metadata."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from headway.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PREFIX = 6  # bytes of a digest: among a million images, one in 300 million is taken for another


def pack(digests: Iterable[bytes]) -> str:
    """Return the beginnings of digests as text, sorted: their order says nothing.

    Examples
    --------
    >>> pack([b"abcdefgh", b"abcdefxy"])
    'YWJjZGVm'
    """
    return base64.b64encode(b"".join(sorted({digest[:_PREFIX] for digest in digests}))).decode()


def check(name: str, packed: object) -> str:
    """Return what `pack` made, if it is that; the metadata call it ``name``.

    Raises
    ------
    ModelError
        When it is something else.
    """
    try:
        if isinstance(packed, str) and len(base64.b64decode(packed, validate=True)) % _PREFIX == 0:
            return packed
    except (binascii.Error, ValueError):
        pass
    raise ModelError(f"its metadata headway.{name} is damaged")


def contains(packed: str, digests: Sequence[bytes]) -> NDArray[np.bool_]:
    """Return which digests are among those that were packed, bool (n,)."""
    content = base64.b64decode(packed)
    known = {content[start : start + _PREFIX] for start in range(0, len(content), _PREFIX)}
    return np.fromiter((digest[:_PREFIX] in known for digest in digests), np.bool_, len(digests))
