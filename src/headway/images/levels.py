"""Numbers of any range as levels of 8 bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from headway.ranges import ValueRange, bits_of

if TYPE_CHECKING:
    from headway.types import UInt8Array

# Values are scaled this many at a time, because each takes eight bytes and more on the way.
_BLOCK = 1 << 18


class Levels:
    """What becomes of numbers that have more than 8 bits: the same for all pictures of a data set.

    Parameters
    ----------
    value_range : tuple of float
        What becomes 0 and what becomes 255; beyond them all is the same. Empty for the range that the format gives:
        16 bits, of which the high byte is kept, or that of the picture where the format gives none.

    Examples
    --------
    >>> import numpy as np
    >>> camera = np.array([0, 2048, 4095, 5000], np.uint16)
    >>> Levels().of(camera).tolist(), Levels((0.0, 4095.0)).of(camera).tolist()
    ([0, 8, 15, 19], [0, 128, 255, 255])
    """

    def __init__(self, value_range: ValueRange = ()) -> None:
        self._range = value_range

    @property
    def is_plain(self) -> bool:
        """Whether the format's own range is taken."""
        return not self._range

    def of(self, values: NDArray[Any]) -> UInt8Array:
        """Bring numbers to 0…255: colours of a picture, all of them, or some rows."""
        bits, real = bits_of(self._range), values.dtype.kind == "f"
        if not self._range:
            return floats_to_bytes(values) if real else integers_to_bytes(values)
        if real:
            # Beside whole numbers of some bits, floats from 0 to 1 are what they are elsewhere.
            return floats_to_bytes(values, () if bits and _is_unit(values) else self._range)
        return floats_to_bytes(values, self._range) if bits is None else _high_bits(values, bits)

    def of_pixels(self, pixels: NDArray[Any], colours: int | None = None) -> UInt8Array:
        """Bring pixels (H, W, C) to 0…255: the first ``colours`` by the range, and transparency by its format's.

        By default the last of two or four is transparency.
        """
        if colours is None:
            colours = pixels.shape[2] - (pixels.shape[2] in (2, 4))
        if colours == pixels.shape[2]:
            return self.of(pixels)
        return np.concatenate([self.of(pixels[..., :colours]), PLAIN.of(pixels[..., colours:])], axis=2)


PLAIN = Levels()
"""The ranges of the formats."""


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
    if values.dtype == np.uint16:
        return (values >> 8).astype(np.uint8)
    small = values.dtype.itemsize == 1
    if values.min() < 0 or values.max() > (0xFF if small else 0xFFFF):
        return floats_to_bytes(values)
    return (values if small else values >> 8).astype(np.uint8)


def floats_to_bytes(values: NDArray[Any], ends: ValueRange = ()) -> UInt8Array:
    """Scale numbers to 0…255, from one of the ``ends`` to the other.

    Without them all are multiplied by 255 where the finite ones are from 0 to 1; otherwise the smallest becomes 0 and
    the largest 255. NaN becomes 0, an infinity the end of the range on its side.

    Examples
    --------
    >>> import numpy as np
    >>> floats_to_bytes(np.array([0.0, 0.5, 1.0, np.nan])).tolist()
    [0, 128, 255, 0]
    >>> floats_to_bytes(np.array([-10.0, 0.0, 10.0, np.inf])).tolist()
    [0, 128, 255, 255]
    >>> floats_to_bytes(np.array([-10.0, 0.0, 10.0, np.inf]), (-5.0, 15.0)).tolist()
    [0, 64, 191, 255]
    """
    low, high = ends or _ends(values)
    if not ends and low >= 0.0 and high <= 1.0:
        low, high = 0.0, 1.0
    # Halves keep the range finite where it spans all of float64, and only there: they would lose the smallest of
    # numbers. Values that are all the same become 0.
    unit = 1.0 if np.isfinite(high - low) else 0.5
    span = high * unit - low * unit or 1.0

    def scaled(block: NDArray[Any]) -> NDArray[Any]:
        levels = (np.clip(block.astype(np.float64), low, high) * unit - low * unit) / span * 255
        return (np.nan_to_num(levels, nan=0.0) + 0.5).clip(0, 255)

    return _by_blocks(values, scaled)


def _high_bits(values: NDArray[Any], bits: int) -> UInt8Array:
    """Return the highest 8 of so many bits of whole numbers; what is beyond them is white, below 0 black."""
    most = min((1 << bits) - 1, np.iinfo(values.dtype).max)
    return _by_blocks(values, lambda block: block.clip(0, most) >> (bits - 8))


def _is_unit(values: NDArray[Any]) -> bool:
    low, high = _ends(values)
    return low >= 0.0 and high <= 1.0


def _ends(values: NDArray[Any]) -> tuple[float, float]:
    """Return the smallest and the largest of the finite values; 0 and 1 where there is none."""
    finite = (block[np.isfinite(block)] for block in _blocks(values))
    ends = [(block.min(), block.max()) for block in finite if block.size]
    return (float(min(end[0] for end in ends)), float(max(end[1] for end in ends))) if ends else (0.0, 1.0)


def _by_blocks(values: NDArray[Any], levels_of: Callable[[NDArray[Any]], NDArray[Any]]) -> UInt8Array:
    """Return what ``levels_of`` makes of some rows after the other."""
    blocks = _blocks(values)
    levels = np.empty((sum(map(len, blocks)), *blocks[0].shape[1:]), np.uint8)
    row = 0
    for block in blocks:
        levels[row : row + len(block)] = levels_of(block)
        row += len(block)
    return levels.reshape(values.shape)


def _blocks(values: NDArray[Any]) -> list[NDArray[Any]]:
    rows = values.reshape(len(values), -1) if values.ndim and values.size else values.reshape(1, -1)
    step = max(1, _BLOCK // max(1, rows.shape[1]))
    return [rows[at : at + step] for at in range(0, len(rows), step)]
