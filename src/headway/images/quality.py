"""How strongly a JPEG was compressed, by its tables."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

# Annex K of ITU-T T.81, the table for luminance; only its values count here, not their order.
_LUMINANCE = (
    *(16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56),
    *(14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92),
    *(49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99),
)


def jpeg_quality(tables: Mapping[int, Sequence[int]]) -> int | None:
    """Return the quality, from 1 to 100, at which libjpeg makes a table for luminance that is as coarse as the first.

    libjpeg scales the standard's table by 5000 / quality percent below 50, by 200 - 2 · quality from there on.

    Examples
    --------
    >>> jpeg_quality({0: [16] * 64}), jpeg_quality({})
    (86, None)
    """
    table = tables.get(0)
    if not table:
        return None
    sums = _sums()
    return min(range(1, 101), key=lambda quality: abs(sums[quality - 1] - sum(table)))


@functools.cache
def _sums() -> tuple[int, ...]:
    scales = [5000 // quality if quality < 50 else 200 - 2 * quality for quality in range(1, 101)]
    return tuple(sum(min(max((value * scale + 50) // 100, 1), 255) for value in _LUMINANCE) for scale in scales)
