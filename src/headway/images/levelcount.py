"""How many levels the pixels of a file have, before they are scaled."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from headway.errors import PictureError
from headway.images.deferred import DeferredImage
from headway.images.source import open_image

if TYPE_CHECKING:
    from headway.types import Picture

_MOST_PIXELS = 4_000_000


def count_levels(picture: Picture) -> int | None:
    """Count the distinct values of the channel that has most of them.

    What is transparent is white. None for what is no file, cannot be read, is decoded by another library than Pillow,
    or has more than four megapixels, which would take long. Safe to be called from several threads at once.

    Examples
    --------
    >>> import headway
    >>> count_levels(min(headway.demo.pictures().glob("birds/*"))) > 16
    True
    """
    if not isinstance(picture, str | os.PathLike | bytes):
        return None
    try:
        with open_image(picture) as (_, image, _kind):
            if isinstance(image, DeferredImage) or image.width * image.height > _MOST_PIXELS:
                return None
            image.load()
            pixels = np.atleast_3d(np.asarray(_opaque(image)))
    except PictureError:
        return None
    return max(len(np.unique(pixels[..., channel])) for channel in range(pixels.shape[2]))


def _opaque(image: Image.Image) -> Image.Image:
    """Put a transparent image on white, and look up the colours of a palette."""
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB") if image.mode == "P" else image
