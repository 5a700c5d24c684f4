"""How many levels the pixels of a file have, before they are scaled."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from headway.errors import PictureError
from headway.images.deferred import DeferredImage
from headway.images.source import open_image

if TYPE_CHECKING:
    from headway.types import Picture

_MOST_PIXELS = 4_000_000


def count_levels(picture: Picture) -> int | None:
    """Count the distinct values of the channel that has most of them.

    Alpha is one of them: a black drawing may be in that alone. None for what is no file, cannot be read, is decoded by
    another library than Pillow, or has more than four megapixels, which would take long. Safe to be called from several
    threads at once.

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
            pixels = np.atleast_3d(np.asarray(image.convert("RGB") if image.mode in ("P", "PA") else image))
    except PictureError:
        return None
    return max(len(np.unique(pixels[..., channel])) for channel in range(pixels.shape[2]))
