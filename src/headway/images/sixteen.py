"""PNGs of 16 bits, both bytes of each value: Pillow reads the low ones of grey alone.

Where colours or transparency come with them, it keeps the high bytes. The low ones are had by decoding the file once
more, and telling Pillow that they stand where the high ones do.
"""

from __future__ import annotations

from typing import IO, NamedTuple

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from headway.errors import PictureError
from headway.images.levels import Levels

# Both decodings and what is made of them are 12 bytes a pixel.
MEGAPIXELS = 60
_BLOCK = 1 << 18


class _Low(NamedTuple):
    """How the low bytes are had: Pillow's mode and its name for where they stand."""

    mode: str
    packing: str


_GREY_WITH_ALPHA = "LA;16B"
_LOW = {
    # A pixel is four bytes, which RGBA of 8 bits leaves as they are.
    _GREY_WITH_ALPHA: _Low("RGBA", "RGBA"),
    "RGB;16B": _Low("RGB", "RGB;16L"),
    "RGBA;16B": _Low("RGBA", "RGBA;16L"),
}


def has_more(packing: str) -> bool:
    """Say whether the values of pixels that are packed like this have bytes that Pillow leaves out."""
    return packing in _LOW


def check(image: Image.Image) -> None:
    """Refuse a PNG that would take too much."""
    megapixels = -(-image.width * image.height // 1_000_000)
    if megapixels > MEGAPIXELS:
        raise PictureError(f"{megapixels} megapixels; of a 16-bit PNG that is read whole at most {MEGAPIXELS} are read")


def add_low_bytes(
    stream: IO[bytes], image: Image.Image, packing: str, key: tuple[int, ...] | None, levels: Levels
) -> Image.Image:
    """Return a decoded PNG, of which Pillow kept the high bytes, by its levels; ``key`` is its transparent colour."""
    low = _low(stream, packing)
    result = Image.new("RGBA" if key else image.mode, image.size)
    rows = max(1, _BLOCK // image.width)
    for top in range(0, image.height, rows):
        box = (0, top, image.width, min(top + rows, image.height))
        high_bytes, low_bytes = (np.asarray(part.crop(box)) for part in (image, low))
        if packing == _GREY_WITH_ALPHA:
            # Pillow has made RGBA of it; here it is high, low, high, low.
            low_bytes = low_bytes[..., [1, 1, 1, 3]]
        values = high_bytes.astype(np.uint16) << 8 | low_bytes
        pixels = levels.of_pixels(values)
        if key:
            pixels = np.dstack([pixels, np.where((values == key).all(axis=2), 0, 255).astype(np.uint8)])
        result.paste(Image.fromarray(pixels), box)
    return result


def _low(stream: IO[bytes], packing: str) -> Image.Image:
    stream.seek(0)
    with PngImageFile(stream) as image:
        image.tile = [image.tile[0]._replace(args=_LOW[packing].packing)]
        image._mode = _LOW[packing].mode
        image.load()
        return image
