"""Numbers of any range as levels of 8 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from headway.types import UInt8Array

# Floats are scaled this many at a time, because each takes eight bytes and more on the way.
_BLOCK = 1 << 18


def integers_to_bytes(values: NDArray[Any]) -> UInt8Array:
    """Bring whole numbers to 0…255.

    Where all are from 0 to 65,535 they are taken for 16 bits, of which the high byte is kept; numbers of 8 bits, of
    which none is below 0, stay as they are. Otherwise the smallest becomes 0 and the largest 255.

    Examples
    --------
    >>> import numpy as np
    >>> integers_to_bytes(np.array([0, 256, 65535])).tolist()
    [0, 1, 255]
    >>> integers_to_bytes(np.array([-1000, 0, 1000])).tolist()
    [0, 128, 255]
    """
    small = values.dtype.itemsize == 1
    if values.min() < 0 or values.max() > (0xFF if small else 0xFFFF):
        return floats_to_bytes(values)
    return (values if small else values >> 8).astype(np.uint8)


def floats_to_bytes(values: NDArray[Any]) -> UInt8Array:
    """Scale numbers to 0…255.

    Where all finite values are from 0 to 1 they are multiplied by 255; otherwise the smallest becomes 0 and the largest
    255. NaN becomes 0, an infinity the end of the range on its side.

    Examples
    --------
    >>> import numpy as np
    >>> floats_to_bytes(np.array([0.0, 0.5, 1.0, np.nan])).tolist()
    [0, 128, 255, 0]
    >>> floats_to_bytes(np.array([-10.0, 0.0, 10.0, np.inf])).tolist()
    [0, 128, 255, 255]
    """
    rows = values.reshape(len(values), -1) if values.ndim and values.size else values.reshape(1, -1)
    step = max(1, _BLOCK // max(1, rows.shape[1]))
    blocks = [rows[at : at + step] for at in range(0, len(rows), step)]
    ends = [(finite.min(), finite.max()) for block in blocks if (finite := block[np.isfinite(block)]).size]
    low, high = (float(min(end[0] for end in ends)), float(max(end[1] for end in ends))) if ends else (0.0, 1.0)
    if low >= 0.0 and high <= 1.0:
        low, high = 0.0, 1.0
    # Halves keep the range finite where it spans all of float64, and only there: they would lose the smallest of
    # numbers. Values that are all the same become 0.
    unit = 1.0 if np.isfinite(high - low) else 0.5
    span = high * unit - low * unit or 1.0
    levels = np.empty(rows.shape, np.uint8)
    for number, block in enumerate(blocks):
        scaled = (np.clip(block.astype(np.float64), low, high) * unit - low * unit) / span * 255
        levels[number * step : (number + 1) * step] = (np.nan_to_num(scaled, nan=0.0) + 0.5).clip(0, 255)
    return levels.reshape(values.shape)
