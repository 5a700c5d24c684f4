"""NumPy arrays as images of 8 bits per channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from headway.errors import PictureError
from headway.images.levels import PLAIN, Levels, floats_to_bytes
from headway.images.source import check_pixels

if TYPE_CHECKING:
    from headway.types import UInt8Array

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def to_image(array: NDArray[Any], levels: Levels = PLAIN) -> Image.Image:
    """Turn an array (H, W) or (H, W, 1 to 4) into an image of mode L, LA, RGB or RGBA.

    It is of uint8, uint16 (for which ``levels`` are), bool, or float from 0 to 1. Anything else is a `PictureError`.

    Examples
    --------
    >>> import numpy as np
    >>> to_image(np.zeros((4, 6, 3), np.uint8)).size
    (6, 4)
    """
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or channels not in _MODES:
        hint = ": array.transpose(1, 2, 0) puts the channels last" if array.ndim == 3 and len(array) in _MODES else ""
        raise PictureError(f"an array of shape {array.shape}; (H, W) or (H, W, 1 to 4) is read{hint}")
    if not array.size:
        raise PictureError(f"an empty array of shape {array.shape}")
    check_pixels(array.shape[1], array.shape[0])
    pixels = _to_bytes(array.reshape(*array.shape[:2], channels), levels)
    return Image.fromarray(np.ascontiguousarray(pixels if channels > 1 else pixels.reshape(array.shape[:2])))


def _to_bytes(array: NDArray[Any], levels: Levels) -> UInt8Array:
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype.kind == "u" and array.dtype.itemsize == 2:
        return levels.of_pixels(array.astype(np.uint16, copy=False))
    if array.dtype.kind == "f":
        low, high = array.min(), array.max()
        if np.isnan(low):
            raise PictureError(
                f"an array of {array.dtype} must have values from 0 to 1, and it has NaN: np.nan_to_num makes it 0"
            )
        if low < 0 or high > 1:
            raise PictureError(
                f"an array of {array.dtype} must have values from 0 to 1, not from {low:g} to {high:g}: "
                'give array.astype("uint8") for values from 0 to 255, or scale them'
            )
        return floats_to_bytes(array)
    fits = array.dtype.kind in "iu" and array.min() >= 0 and array.max() <= 255
    hint = ': array.astype("uint8") keeps its values' if fits else ""
    raise PictureError(f"an array of {array.dtype}; uint8, uint16, bool or float is read{hint}")
