"""Problems other than classification, told by their labels, and what Headway can do for them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?")
_FEW_VALUES = 20  # up to so many, numbers may be grades or codes, whatever they look like
_FEW_EACH = 5  # pictures of a value, on average: with fewer, whole numbers are measured, too


def are_measured(counts: Mapping[str, int]) -> bool:
    """Return whether labels, with how many pictures each has, are numbers that were measured rather than classes.

    Examples
    --------
    >>> are_measured({f"{number / 10}": 40 for number in range(50)})
    True
    >>> are_measured({f"{number}": 500 for number in range(100)}), are_measured({"0.0": 1, "0.5": 1, "1.0": 1})
    (False, False)
    """
    if len(counts) <= _FEW_VALUES:
        return False
    found = [_NUMBER.fullmatch(name) for name in counts]
    return all(found) and (any(match and match[1] for match in found) or sum(counts.values()) < _FEW_EACH * len(counts))


def clustering(root: str) -> str:
    """Say what can be done with pictures that have no labels.

    Examples
    --------
    >>> clustering("my photos").split("`")[1::2]
    ["headway embed 'my photos' -o features.parquet", "headway features 'my photos' --map tsne --plots plots"]
    """
    folder = shlex.quote(root)
    return (
        f"if there are none, it is a problem for clustering: `headway embed {folder} -o features.parquet` writes "
        f"features for it, and `headway features {folder} --map tsne --plots plots` draws a map"
    )
