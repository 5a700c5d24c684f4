"""Which bands of a picture are read, where that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from headway.errors import PictureError

if TYPE_CHECKING:
    from headway.types import Bands

_STRAIGHT = {"La": "LA", "RGBa": "RGBA"}
_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def counted(bands: int) -> str:
    """Say how many bands there are."""
    return f"{_WORDS[bands] if bands < len(_WORDS) else f'{bands:,}'} band{'s' if bands != 1 else ''}"


def check_bands(there: int, bands: Bands) -> None:
    """Refuse bands that are not there."""
    if max(bands) > there:
        raise PictureError(f"{counted(there)}, and --bands asks for band {max(bands)}")


def choose_bands(image: Image.Image, bands: Bands) -> Image.Image:
    """Return some bands of an image of a working mode, as grey or RGB; all of it where none are asked for."""
    if not bands:
        return image
    channels = image.convert(_STRAIGHT.get(image.mode, image.mode)).split()
    check_bands(len(channels), bands)
    chosen = [channels[band - 1] for band in bands]
    return chosen[0] if len(bands) == 1 else Image.merge("RGB", chosen)


def choose_channels(array: NDArray[Any], bands: Bands) -> NDArray[Any]:
    """Return some bands of an array (H, W) or (H, W, bands)."""
    if not bands or array.ndim not in (2, 3):
        return array
    channels = array.reshape(*array.shape[:2], -1)
    check_bands(channels.shape[2], bands)
    return channels[..., np.array(bands) - 1]
