"""Pictures as Keras' ``load_img`` reads them, for experiments that were published with it.

All pixels are decoded, brought to RGB, and the nearest one is taken for each of the square. Orientation, colour profile
and transparency of the file count for nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from headway.errors import PictureError
from headway.images.arrays import to_image
from headway.images.measure import Header
from headway.images.source import (
    check_pixels,
    not_a_picture,
    one_giant_at_a_time,
    open_image,
    read_once,
    translate_errors,
)

if TYPE_CHECKING:
    from headway.types import Picture, UInt8Array

POLICY = "keras-1"
"""Version of this way to decode, part of every feature's key: to be changed whenever any pixel may change."""

MOST_MEGAPIXELS = 150  # of 4 bytes each, in memory at once


def decode(picture: Picture, size: int) -> tuple[UInt8Array, Header]:
    """Return the pixels (size, size, 3) of a picture, as Keras would, and its header."""
    picture = read_once(picture)
    if isinstance(picture, str | os.PathLike | bytes):
        with open_image(picture) as (_, image, kind), one_giant_at_a_time(image):
            return _take_nearest(image, size, kind)
    if isinstance(picture, np.ndarray):
        with translate_errors("array"):
            picture = to_image(picture)
    if not isinstance(picture, Image.Image):
        raise not_a_picture(picture)
    check_pixels(*picture.size)
    with translate_errors("PIL image"), one_giant_at_a_time(picture):
        return _take_nearest(picture, size, None)


def _take_nearest(image: Image.Image, size: int, kind: str | None) -> tuple[UInt8Array, Header]:
    if image.width * image.height > MOST_MEGAPIXELS * 1_000_000:
        megapixels = -(-image.width * image.height // 1_000_000)
        raise PictureError(f"{megapixels} megapixels; decoded as Keras does, at most {MOST_MEGAPIXELS} are read")
    mode = image.mode
    image.load()
    header = Header(*image.size, mode, kind)  # Pillow turns a TIFF as it decodes it
    # Keras converts first: one pixel after the other, so this gives the same, and no second picture of that size.
    small = image.resize((size, size), Image.Resampling.NEAREST)
    return np.array(small.convert("RGB")), header
